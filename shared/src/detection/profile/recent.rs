//! An account's newest amounts: enough to read a median from, which no single odd payment moves.
//!
//! Amounts are kept as logarithms in two bytes each, in the account's first currency. Not here: what is made
//! of them.

use serde::{Deserialize, Serialize};

/// How many amounts are kept.
const KEPT: usize = 32;
/// Steps a nat: a tenth of a percent.
const STEPS: f64 = 1_024.0;
/// Lowest logarithm kept; a hundredth of anything is -4.6.
const LOWEST: f64 = -8.0;

/// Logarithms of the newest 32 amounts in major units, oldest first, in steps of 1/1024 above -8.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecentAmounts(Vec<[u8; 2]>);

impl RecentAmounts {
    /// Takes the logarithm of an amount; the oldest goes when there are 32.
    pub(crate) fn add(&mut self, log_amount: f64) {
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push(steps(log_amount).to_be_bytes());
    }

    /// A logarithm as it would be kept: what is compared with kept ones is rounded like them, or rounding
    /// alone would decide which of two equal amounts is the larger.
    pub(crate) fn rounded(log_amount: f64) -> f64 {
        logarithm(steps(log_amount))
    }

    /// The logarithms, oldest first, at most 32.
    pub(crate) fn logs(&self) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator {
        self.0.iter().map(|steps| logarithm(u16::from_be_bytes(*steps)))
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the bound holds, for decoding.
    pub(crate) fn is_bounded(&self) -> bool {
        self.0.len() <= KEPT
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self(vec![[0xff; 2]; KEPT])
    }
}

fn steps(log_amount: f64) -> u16 {
    ((log_amount - LOWEST) * STEPS).round().clamp(0.0, f64::from(u16::MAX)) as u16
}

fn logarithm(steps: u16) -> f64 {
    f64::from(steps) / STEPS + LOWEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_thirty_two_are_kept_to_a_tenth_of_a_percent() {
        let mut recent = RecentAmounts::default();
        for index in 0..40 {
            recent.add(f64::from(index) / 10.0);
        }
        let logs: Vec<f64> = recent.logs().collect();
        assert_eq!(logs.len(), 32);
        assert!((logs[0] - 0.8).abs() < 1e-3 && (logs[31] - 3.9).abs() < 1e-3, "{logs:?}");
    }

    #[test]
    fn amounts_beyond_the_range_stop_at_its_ends() {
        let mut recent = RecentAmounts::default();
        recent.add(-100.0);
        recent.add(1e9);
        assert_eq!(recent.logs().collect::<Vec<_>>(), [-8.0, f64::from(u16::MAX) / 1_024.0 - 8.0]);
    }
}
