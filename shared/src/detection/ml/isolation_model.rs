//! The unsupervised model: an isolation forest, what stands for missing values, and its scale.

use super::artifact::Judgement;
use super::inputs::INPUTS;
use super::isolation::IsolationForest;
use crate::detection::features::{Feature, FeatureVector};
use crate::detection::scale::Scale;
use serde::{Deserialize, Serialize};

/// An isolation forest over [`INPUTS`], the medians that stand in for missing values, and its scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct IsolationModel {
    pub(super) n_rows: u64,
    /// Places in the vector of what it was trained on: those of [`INPUTS`] at the time.
    pub(super) inputs: Vec<u16>,
    pub(super) medians: Vec<f32>,
    pub(super) forest: IsolationForest,
    pub(super) scale: Scale,
}

impl IsolationModel {
    /// The score is shared among the features that shortened the path, in proportion: those that lengthened
    /// it speak for the ordinary, and have already lowered the score.
    pub(super) fn judge(&self, features: &FeatureVector) -> Judgement {
        let isolation = self.forest.isolate(&impute(features, &self.medians));
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
        let index = INPUTS.iter().position(|input| *input == feature)?;
        self.medians.get(index).copied()
    }

    /// Whether it was trained on other inputs than this version gives it.
    pub(super) fn is_outdated(&self) -> bool {
        self.inputs != input_places()
    }

    pub(super) fn is_valid(&self) -> bool {
        self.medians.len() == INPUTS.len()
            && self.medians.iter().all(|median| median.is_finite())
            && self.forest.is_valid(INPUTS.len())
            && self.scale.is_valid()
    }
}

/// The places of [`INPUTS`] in the vector.
pub(super) fn input_places() -> Vec<u16> {
    INPUTS.into_iter().map(|input| input.index() as u16).collect()
}

/// The values of the inputs, with the median of training where one is missing or below it.
pub(super) fn impute(features: &FeatureVector, medians: &[f32]) -> Vec<f32> {
    let value = |(input, median): (Feature, &f32)| features.get(input).map_or(*median, |it| it.max(*median));
    INPUTS.into_iter().zip(medians).map(value).collect()
}
