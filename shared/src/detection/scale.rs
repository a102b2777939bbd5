//! From a layer's raw score to the common scale, on which 0.5 means that it would alert alone.
//!
//! A layer's figure is in its own units: nats, path lengths, a mean of trees. The scale is read from a sample
//! when an artifact is made, and belongs to it: never by rank within a day. Not here: whose scores.

use super::robust::quantile;
use crate::domain::configuration::AlertBudget;
use serde::{Deserialize, Serialize};

/// Shares of transactions, in alert budgets, and what the score they lie above becomes: at the budget a layer
/// would alert alone, ten times rarer is critical, and ten times as frequent is still ordinary.
const ANCHORS: [(f64, f64); 3] = [(10.0, 0.4), (1.0, 0.5), (0.1, 0.8)];
/// Shares of fraud that no anchor lies above, in the order of the anchors: three in five alerts, nine in ten
/// is critical.
#[cfg(feature = "train")]
const SURE: [f64; 3] = [0.4, 0.6, 0.9];
/// What the middle becomes.
const MIDDLE: f64 = 0.2;
/// Anchors lie at least this far apart in raw score, so that the scale increases even where scores are tied.
const MIN_GAP: f64 = 1e-3;

/// A strictly increasing map of raw scores: lines between knots, then a hyperbola towards 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// (raw, mapped), both increasing, the first at 0.
    knots: Vec<(f64, f64)>,
}

impl Scale {
    /// Reads the knots from raw scores of a sample, which are finite and not below 0. None of no scores.
    pub(crate) fn fit(scores: Vec<f64>, budget: AlertBudget) -> Option<Self> {
        Self::fit_below(scores, budget, [f64::INFINITY; 3])
    }

    /// The same for raw scores that are a share of fraud in [0, 1]. Where there is more fraud than budget, its
    /// best part would fill the budget, and a sure fraud next to a surer one would not alert. So what is as
    /// good as sure alerts whatever the budget.
    #[cfg(feature = "train")]
    pub(crate) fn fit_shares(scores: Vec<f64>, budget: AlertBudget) -> Option<Self> {
        Self::fit_below(scores, budget, SURE)
    }

    /// No anchor lies above its ceiling.
    fn fit_below(mut scores: Vec<f64>, budget: AlertBudget, ceilings: [f64; 3]) -> Option<Self> {
        scores.sort_by(f64::total_cmp);
        let middle = quantile(&scores, 0.5)?;
        // Where most say nothing, nothing is the middle: as a score of 0 it would speak against an anomaly.
        let mut knots = if middle > 0.0 { vec![(0.0, 0.0)] } else { Vec::new() };
        let mut last = if middle > 0.0 { middle.max(MIN_GAP) } else { 0.0 };
        knots.push((last, MIDDLE));
        for ((budgets, mapped), ceiling) in ANCHORS.into_iter().zip(ceilings) {
            let raw = quantile(&scores, 1.0 - budgets * budget.share())?;
            last = raw.min(ceiling).max(last + MIN_GAP);
            knots.push((last, mapped));
        }
        Some(Self { knots })
    }

    /// Maps a raw score to [0, 1].
    pub(crate) fn map(&self, raw: f64) -> f64 {
        for pair in self.knots.windows(2) {
            let ((from_raw, from), (to_raw, to)) = (pair[0], pair[1]);
            if raw <= to_raw {
                return from + (to - from) * ((raw - from_raw) / (to_raw - from_raw)).max(0.0);
            }
        }
        self.beyond(raw)
    }

    /// Beyond the last knot the distance to 1 halves after one width of the last segment, is a third after
    /// two, and so on: it never ends, so that the most anomalous stay in order.
    fn beyond(&self, raw: f64) -> f64 {
        let [.., (before, _), (last_raw, last)] = self.knots.as_slice() else {
            return f64::NAN;
        };
        1.0 - (1.0 - last) / (1.0 + (raw - last_raw) / (last_raw - before))
    }

    /// Whether the knots increase within range, for decoding.
    pub(crate) fn is_valid(&self) -> bool {
        self.knots.len() >= 2
            && self.knots.iter().all(|(raw, mapped)| raw.is_finite() && (0.0..=1.0).contains(mapped))
            && self.knots.is_sorted_by(|left, right| left.0 < right.0 && left.1 < right.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_the_sample_meet_their_anchors() {
        let scale = Scale::fit(
            (0..=2_000).map(|index| 0.3 + f64::from(index) * 2e-4).collect(),
            AlertBudget::default(),
        )
        .unwrap();
        for (raw, mapped) in [(0.5, 0.2), (0.68, 0.4), (0.698, 0.5), (0.6998, 0.8)] {
            assert!((scale.map(raw) - mapped).abs() < 0.01, "{raw} became {}", scale.map(raw));
        }
        assert_eq!(scale.map(0.0), 0.0);
    }

    #[test]
    fn the_scale_increases_strictly_even_where_scores_are_tied() {
        let scale = Scale::fit(vec![0.5; 300], AlertBudget::default()).unwrap();
        assert!(scale.is_valid());
        let mapped: Vec<f64> = (0..=100).map(|index| scale.map(0.45 + f64::from(index) * 1e-3)).collect();
        assert!(mapped.is_sorted_by(|left, right| left < right), "{mapped:?}");
        assert!(mapped[100] < 1.0);
    }

    #[test]
    fn where_most_say_nothing_that_is_the_middle() {
        let scores: Vec<f64> = (0..1_000).map(|index| f64::from((index - 800).max(0)) * 0.01).collect();
        let scale = Scale::fit(scores, AlertBudget::default()).unwrap();
        assert!(scale.is_valid());
        assert_eq!(scale.map(0.0), 0.2);
        assert!(scale.map(0.01) > 0.2 && (scale.map(1.495) - 0.4).abs() < 0.01, "{scale:?}");
    }

    #[test]
    fn a_sure_fraud_alerts_even_where_surer_ones_fill_the_budget() {
        // 3 % are as good as sure, six times the budget of 0.5 %.
        let scores = || (0..1_000).map(|index| if index < 30 { 0.99 } else { 0.01 }).collect();
        let capped = Scale::fit_shares(scores(), AlertBudget::default()).unwrap();
        assert!(capped.map(0.9) >= 0.5 && capped.map(0.98) > 0.8, "{capped:?}");
        assert!(capped.is_valid() && capped.map(0.5) < 0.5);
        let plain = Scale::fit(scores(), AlertBudget::default()).unwrap();
        assert!(plain.map(0.98) < 0.5);
    }
}
