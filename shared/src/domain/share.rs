//! A share of a count, with how far it can be trusted.

use serde::{Deserialize, Serialize};

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Share {
    /// Those counted; at most `of`.
    pub n: i64,
    /// All that were looked at.
    pub of: i64,
}

impl Share {
    /// In [0, 1]; none of nothing.
    pub fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| self.n as f64 / self.of as f64)
    }

    /// The 95 % interval of the rate, both ends in [0, 1]; none of nothing. Honest for few, and at 0 and 1, where the
    /// textbook interval is empty (Wilson 1927, equation for the score interval).
    pub fn interval(self) -> Option<(f64, f64)> {
        let rate = self.rate()?;
        let of = self.of as f64;
        let shrunk = 1.0 + Z * Z / of;
        let middle = (rate + Z * Z / (2.0 * of)) / shrunk;
        let half = Z / shrunk * libm::sqrt(rate * (1.0 - rate) / of + Z * Z / (4.0 * of * of));
        Some(((middle - half).max(0.0), (middle + half).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 of 10: the Wilson interval worked by hand is 0.0179 to 0.4042.
    #[test]
    fn the_interval_of_one_in_ten_is_wilsons() {
        let (low, high) = Share { n: 1, of: 10 }.interval().unwrap();
        assert!((low - 0.0179).abs() < 5e-5 && (high - 0.4042).abs() < 5e-5, "{low} {high}");
    }

    #[test]
    fn none_of_many_is_not_certainly_none() {
        let (low, high) = Share { n: 0, of: 20 }.interval().unwrap();
        assert!(low == 0.0 && (high - 0.1611).abs() < 5e-5, "{low} {high}");
        assert_eq!(Share { n: 0, of: 0 }.rate(), None);
        assert_eq!(Share { n: 0, of: 0 }.interval(), None);
    }
}
