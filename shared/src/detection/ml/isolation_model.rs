//! The unsupervised model: an isolation forest, what is ordinary of each of its inputs, and its scale.

use super::artifact::Judgement;
use super::inputs::INPUTS;
use super::isolation::IsolationForest;
use crate::detection::features::{Feature, FeatureVector};
use crate::detection::scale::Scale;
use serde::{Deserialize, Serialize};

/// Which share of values is nothing out of the ordinary: all but one in fifty. Random cuts would else tell the
/// usual from the most usual, and bury in such differences what is rare.
const ORDINARY: f64 = 0.98;

/// An isolation forest over [`INPUTS`], what is ordinary of each, and its scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct IsolationModel {
    pub(super) n_rows: u64,
    /// Those of [`INPUTS`] at the time of training, in their order.
    pub(super) inputs: Vec<Input>,
    pub(super) forest: IsolationForest,
    pub(super) scale: Scale,
}

/// A feature that the forest looks at, as it was in training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    /// Its place in the vector.
    pub(super) index: u16,
    /// Its lower median, for people.
    pub(super) median: f32,
    /// What a value counts as that is smaller, or missing.
    pub(super) ordinary: f32,
}

impl IsolationModel {
    /// The score is shared among the features that shortened the path, in proportion: those that lengthened
    /// it speak for the ordinary, and have already lowered the score.
    pub(super) fn judge(&self, features: &FeatureVector) -> Judgement {
        let isolation = self.forest.isolate(&departures(features, &self.inputs));
        let score = self.scale.map(isolation.score);
        let total: f64 = isolation.shortfalls.iter().map(|part| part.max(0.0)).sum();
        let shared = |(feature, part): (Feature, f64)| (feature, score * (part.max(0.0) / total));
        let parts: Vec<_> = if total > 0.0 {
            INPUTS.into_iter().zip(isolation.shortfalls).map(shared).collect()
        } else {
            Vec::new()
        };
        let base = if parts.is_empty() { score } else { 0.0 };
        Judgement { score, base, parts, probability: None }
    }

    pub(super) fn median(&self, feature: Feature) -> Option<f32> {
        let input = self.inputs.iter().find(|input| usize::from(input.index) == feature.index())?;
        Some(input.median)
    }

    /// Whether it was trained on other inputs than this version gives it.
    pub(super) fn is_outdated(&self) -> bool {
        let places = self.inputs.iter().map(|input| usize::from(input.index));
        !places.eq(INPUTS.into_iter().map(Feature::index))
    }

    pub(super) fn is_valid(&self) -> bool {
        self.inputs.iter().all(|input| input.median.is_finite() && input.ordinary.is_finite())
            && self.forest.is_valid(INPUTS.len())
            && self.scale.is_valid()
    }
}

impl Input {
    /// Measures a feature over the rows that have it; all is 0 where none does.
    pub(super) fn measure(feature: Feature, rows: &[FeatureVector]) -> Self {
        let mut values: Vec<f32> = rows.iter().filter_map(|row| row.get(feature)).collect();
        values.sort_by(f32::total_cmp);
        let last = values.len().saturating_sub(1);
        let value = |share: f64| values.get((last as f64 * share) as usize).copied().unwrap_or(0.0);
        Self { index: feature.index() as u16, median: value(0.5), ordinary: value(ORDINARY) }
    }
}

/// The values of the inputs; of each that is ordinary or missing, what is ordinary.
pub(super) fn departures(features: &FeatureVector, inputs: &[Input]) -> Vec<f32> {
    let value = |(feature, input): (Feature, &Input)| {
        features.get(feature).map_or(input.ordinary, |value| value.max(input.ordinary))
    };
    INPUTS.into_iter().zip(inputs).map(value).collect()
}
