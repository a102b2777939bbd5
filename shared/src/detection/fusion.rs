//! Fusion: how much each layer should count, learned from labels.
//!
//! The composite stays a weighted sum; only its weights are learned. They are read from scores out of fold:
//! a forest's own rows would give it all the weight. Not here: whether learned weights replace the
//! configured ones.

use super::engine::DetectionEngine;
use super::figures::{Judged, average_precision};
use super::ml::Lesson;
use crate::domain::assessment::{Detail, LayerOutcome};
use crate::domain::score::{Layer, Score, Weights};

/// No layer counts for less, in hundredths: what labels do not show yet, the others may still catch.
const FLOOR: u32 = 10;
/// Steps between weights, in hundredths: finer differences are within the noise of some hundred frauds.
const STEP: u32 = 5;

/// One labelled or matured transaction as the layers scored it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FusionRow {
    /// In the order of the layers; the ml layer's out of fold.
    pub scores: [Option<Score>; 3],
    /// How it turned out.
    pub is_fraud: bool,
}

/// Weights and what they are worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fusion {
    /// Those with the best average precision.
    pub weights: Weights,
    /// Average precision with them.
    pub average_precision: f64,
    /// Average precision with the default weights.
    pub default_average_precision: f64,
}

/// Learns weights from lessons: the layers without a model as the engine scores them, the ml layer as it
/// scored them out of fold. None without a fraud.
pub fn weigh(engine: &DetectionEngine, lessons: &[Lesson], out_of_fold: &[f64]) -> Option<Fusion> {
    let rows: Vec<FusionRow> = lessons
        .iter()
        .zip(out_of_fold)
        .map(|(lesson, ml)| {
            let assessment = engine.assess(&lesson.features, Detail::ByPath);
            let score = |layer| match assessment.layer(layer) {
                LayerOutcome::Scored(score, _) => Some(*score),
                LayerOutcome::Abstained(_) | LayerOutcome::Failed(_) => None,
            };
            let scores = [score(Layer::Statistical), score(Layer::Behavioral), Score::try_new(*ml).ok()];
            FusionRow { scores, is_fraud: lesson.is_fraud }
        })
        .collect();
    learn_weights(&rows)
}

/// The best weights on the simplex in steps of 0.05, each at least 0.10; of equals the first, which has the
/// least weight on the statistical layer, then on the behavioral. None without a fraud.
pub fn learn_weights(rows: &[FusionRow]) -> Option<Fusion> {
    let default_average_precision = value(rows, Weights::default())?;
    let mut best = Fusion {
        weights: Weights::default(),
        average_precision: f64::NEG_INFINITY,
        default_average_precision,
    };
    for weights in simplex() {
        let average_precision = value(rows, weights)?;
        if average_precision > best.average_precision {
            best = Fusion { weights, average_precision, ..best };
        }
    }
    Some(best)
}

fn value(rows: &[FusionRow], weights: Weights) -> Option<f64> {
    let judged: Vec<Judged> = rows
        .iter()
        .map(|row| Judged { score: weights.combine(row.scores).value(), is_fraud: row.is_fraud })
        .collect();
    average_precision(&judged)
}

fn simplex() -> impl Iterator<Item = Weights> {
    let steps = |from: u32, to: u32| (from..=to).step_by(STEP as usize);
    steps(FLOOR, 100 - 2 * FLOOR).flat_map(move |statistical| {
        steps(FLOOR, 100 - FLOOR - statistical).filter_map(move |behavioral| {
            let share = |hundredths: u32| f64::from(hundredths) / 100.0;
            let ml = 100 - statistical - behavioral;
            Weights::try_new(share(statistical), share(behavioral), share(ml)).ok()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::score::Layer;

    fn row(scores: [f64; 3], is_fraud: bool) -> FusionRow {
        FusionRow { scores: scores.map(|score| Score::try_new(score).ok()), is_fraud }
    }

    #[test]
    fn the_layer_that_tells_frauds_gets_what_the_floors_leave() {
        // Only ml tells; the others are loud about genuine transactions.
        let mut rows = vec![row([0.0, 0.0, 0.6], true); 5];
        rows.extend(vec![row([0.9, 0.9, 0.3], false); 50]);
        let fusion = learn_weights(&rows).unwrap();
        assert_eq!(Layer::ALL.map(|layer| fusion.weights.of(layer)), [0.10, 0.10, 0.80]);
        assert!(fusion.average_precision > fusion.default_average_precision);
        assert_eq!(fusion.average_precision, 1.0);
    }

    #[test]
    fn every_weight_on_the_grid_respects_the_floor() {
        let all: Vec<Weights> = simplex().collect();
        assert_eq!(all.len(), 120);
        for weights in all {
            assert!(Layer::ALL.into_iter().all(|layer| weights.of(layer) >= 0.10 - 1e-12), "{weights:?}");
        }
    }

    #[test]
    fn without_a_fraud_nothing_is_learned() {
        assert_eq!(learn_weights(&[row([0.1, 0.1, 0.1], false)]), None);
    }
}
