//! When an account is active: its transactions by hour of the day, UTC.

use super::seen::DAY_SECONDS;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A cell that fills up halves them all: the shape stays, and each takes two bytes when encoded.
const FULL: u16 = 16_383;

/// The hour of the day, 0 to 23, UTC.
pub(crate) fn hour_of(at: Timestamp) -> usize {
    (at.as_second().rem_euclid(DAY_SECONDS) / 3_600) as usize
}

/// Transactions by hour of the day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HourHistogram([u16; 24]);

impl HourHistogram {
    /// Counts a transaction.
    pub(crate) fn add(&mut self, at: Timestamp) {
        let cell = &mut self.0[hour_of(at)];
        *cell += 1;
        if *cell >= FULL {
            for cell in &mut self.0 {
                *cell /= 2;
            }
        }
    }

    /// The share of transactions within an hour of this hour of the day: three cells of 24, each with one
    /// transaction added so that an empty cell is not impossible (Laplace). 0.125 when nothing is known.
    pub(crate) fn share_near(&self, at: Timestamp) -> f64 {
        let hour = hour_of(at);
        let near: u32 = [hour + 23, hour, hour + 1].iter().map(|hour| u32::from(self.0[hour % 24]) + 1).sum();
        f64::from(near) / (f64::from(self.total()) + 24.0)
    }

    /// Transactions in one hour of the day.
    pub(crate) fn cell(&self, hour: usize) -> u32 {
        u32::from(self.0[hour % 24])
    }

    /// All transactions counted.
    pub(crate) fn total(&self) -> u32 {
        self.0.iter().map(|cell| u32::from(*cell)).sum()
    }

    /// Whether the bound holds, for decoding.
    pub(crate) fn is_bounded(&self) -> bool {
        self.0.iter().all(|cell| *cell < FULL)
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self([FULL - 1; 24])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_beside_midnight_are_near_it() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let mut hours = HourHistogram::default();
        assert_eq!(hours.share_near(at(5)), 0.125);
        for hour in [23, 0, 1, 12] {
            hours.add(at(hour));
        }
        assert_eq!(hours.share_near(at(24)), 6.0 / 28.0);
        assert_eq!(hours.share_near(at(12)), 4.0 / 28.0);
    }

    #[test]
    fn a_full_histogram_keeps_its_shape() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let mut hours = HourHistogram::default();
        for index in 0..40_000 {
            hours.add(at(if index % 4 == 0 { 8 } else { 9 }));
        }
        assert!(hours.is_bounded());
        assert!((f64::from(hours.cell(8)) / f64::from(hours.total()) - 0.25).abs() < 0.01);
    }
}
