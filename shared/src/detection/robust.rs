//! Robust figures of a sample: median, spread and upper tail, as a baseline keeps them.

use serde::{Deserialize, Serialize};

/// 1 / the 75th percentile of the standard normal: makes the median absolute deviation estimate its spread.
pub(crate) const NORMAL_CONSISTENCY: f64 = 1.482_602_218_505_602;
/// The tail begins where 5 % of the sample is larger.
const TAIL_BEGINS: f64 = 0.95;
/// No mean excess is smaller: amounts that are all alike still allow for 5 % more.
const MIN_MEAN_EXCESS: f64 = 0.05;

/// The quantile of sorted values, `q` in [0, 1], by linear interpolation (Hyndman and Fan 1996, type 7).
/// None of an empty sample.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let position = q.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let below = position.floor() as usize;
    let low = sorted.get(below)?;
    let high = sorted.get(below + 1).unwrap_or(low);
    Some(low + (high - low) * (position - position.floor()))
}

/// A median and a spread: the median absolute deviation, scaled to the standard deviation of a normal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RobustScale {
    median: f64,
    spread: f64,
}

impl RobustScale {
    /// Measures sorted values; no spread is narrower than `min_spread`. None of an empty sample.
    pub(crate) fn of_sorted(sorted: &[f64], min_spread: f64) -> Option<Self> {
        let median = quantile(sorted, 0.5)?;
        let mut deviations: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
        deviations.sort_by(f64::total_cmp);
        let spread = quantile(&deviations, 0.5)? * NORMAL_CONSISTENCY;
        Some(Self { median, spread: spread.max(min_spread) })
    }

    /// The middle of the sample.
    pub fn median(&self) -> f64 {
        self.median
    }

    /// How many spreads a value lies above the median (Iglewicz and Hoaglin, How to Detect and Handle
    /// Outliers, 1993).
    pub fn z(&self, value: f64) -> f64 {
        (value - self.median) / self.spread
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.median.is_finite() && self.spread.is_finite() && self.spread > 0.0
    }
}

/// The upper tail of logarithms as an exponential: a threshold and the mean excess over it.
///
/// An exponential tail of logarithms is a Pareto tail of amounts, and the mean excess is Hill's estimator of
/// its index (Hill, Annals of Statistics 3, 1975).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UpperTail {
    threshold: f64,
    mean_excess: f64,
}

impl UpperTail {
    /// Measures sorted values. None of an empty sample.
    pub(crate) fn of_sorted(sorted: &[f64]) -> Option<Self> {
        let threshold = quantile(sorted, TAIL_BEGINS)?;
        let excesses: Vec<f64> =
            sorted.iter().map(|value| value - threshold).filter(|excess| *excess > 0.0).collect();
        let mean_excess = excesses.iter().sum::<f64>() / excesses.len().max(1) as f64;
        Some(Self { threshold, mean_excess: mean_excess.max(MIN_MEAN_EXCESS) })
    }

    /// How far into the tail a value lies: -ln of the share of the tail that is larger. 0 below the tail.
    pub fn nats_beyond(&self, value: f64) -> f64 {
        ((value - self.threshold) / self.mean_excess).max(0.0)
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.threshold.is_finite() && self.mean_excess.is_finite() && self.mean_excess > 0.0
    }
}

/// Even quantiles of a sample: where a value stands in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantiles(Vec<f64>);

impl Quantiles {
    /// Steps between the least and the greatest.
    const STEPS: usize = 100;

    /// Measures sorted values. None of an empty sample.
    pub(crate) fn of_sorted(sorted: &[f64]) -> Option<Self> {
        let knots = (0..=Self::STEPS).map(|step| quantile(sorted, step as f64 / Self::STEPS as f64));
        knots.collect::<Option<Vec<f64>>>().map(Self)
    }

    /// The share of the sample below a value, in [0, 1]; linear between the quantiles.
    pub fn share_below(&self, value: f64) -> f64 {
        let above = self.0.partition_point(|knot| *knot < value);
        let (Some(low), Some(high)) = (above.checked_sub(1).and_then(|at| self.0.get(at)), self.0.get(above))
        else {
            return if above == 0 { 0.0 } else { 1.0 };
        };
        ((above - 1) as f64 + (value - low) / (high - low)) / (self.0.len() - 1) as f64
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.0.len() >= 2 && self.0.is_sorted() && self.0.iter().all(|knot| knot.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_between_neighbours() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile(&values, 0.5), Some(3.0));
        assert_eq!(quantile(&values, 1.0), Some(8.0));
        assert_eq!(quantile(&values, 0.25), Some(1.75));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn one_wild_value_moves_neither_median_nor_spread() {
        // Median 3; deviations 2 1 0 1 997 sorted 0 1 1 2 997, median 1; spread 1.4826.
        let scale = RobustScale::of_sorted(&[1.0, 2.0, 3.0, 4.0, 1_000.0], 0.1).unwrap();
        assert!((scale.z(3.0 + 1.482_602_2) - 1.0).abs() < 1e-6);
        assert_eq!(RobustScale::of_sorted(&[5.0; 9], 0.1).unwrap().z(5.2), (5.2 - 5.0) / 0.1);
    }

    #[test]
    fn a_value_stands_where_its_share_of_the_sample_lies_below() {
        let sorted: Vec<f64> = (0..=200).map(f64::from).collect();
        let quantiles = Quantiles::of_sorted(&sorted).unwrap();
        assert!((quantiles.share_below(50.0) - 0.25).abs() < 1e-12);
        assert!((quantiles.share_below(51.0) - 0.255).abs() < 1e-12);
        assert_eq!((quantiles.share_below(-1.0), quantiles.share_below(201.0)), (0.0, 1.0));
        assert_eq!(Quantiles::of_sorted(&[3.0; 5]).unwrap().share_below(3.0), 0.0);
    }

    #[test]
    fn the_tail_of_an_exponential_sample_is_read_back() {
        // Quantiles of an exponential of mean 0.5: 1 in 1,000 lies ln(50) = 3.9 nats
        // beyond the 95th percentile.
        let n = 20_000;
        let sorted: Vec<f64> =
            (0..n).map(|index| -0.5 * libm::log(1.0 - (f64::from(index) + 0.5) / f64::from(n))).collect();
        let tail = UpperTail::of_sorted(&sorted).unwrap();
        let one_in_a_thousand = -0.5 * libm::log(0.001);
        assert!((tail.nats_beyond(one_in_a_thousand) - 3.912).abs() < 0.05);
        assert_eq!(tail.nats_beyond(0.5), 0.0);
    }
}
