//! The supervised model: a forest grown on labels, its scale and its calibration.

use super::artifact::Judgement;
use super::forest::Forest;
use super::probability::ProbabilityMap;
use crate::detection::features::{Feature, FeatureVector};
use crate::detection::scale::Scale;
use crate::domain::assessment::Detail;
use serde::{Deserialize, Serialize};

/// Raw scores nearer to the base than this have no parts worth sharing.
const NO_DISTANCE: f64 = 1e-12;

/// One feature that the forest looks at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    /// Its place in the vector.
    pub(super) index: u16,
    /// What stands for a missing value: one less than the least in training, so that a cut can tell it.
    pub(super) missing: f32,
    /// Its median in training, for people.
    pub(super) median: f32,
}

/// A forest over the features that varied in training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SupervisedModel {
    pub(super) n_rows: u64,
    pub(super) n_frauds: u64,
    pub(super) inputs: Vec<Input>,
    pub(super) forest: Forest,
    pub(super) scale: Scale,
    pub(super) probability: ProbabilityMap,
    /// Expected calibration error out of fold.
    pub(super) calibration_error: f64,
}

impl SupervisedModel {
    /// The parts are those of the forest's mean, times one factor: what the way from the base to the score is
    /// on the common scale over what it is on the forest's own.
    pub(super) fn judge(&self, features: &FeatureVector, detail: Detail) -> Judgement {
        let row = fill(features, &self.inputs);
        let (raw, own_parts) = self.attribute(&row, detail);
        let own_base = self.forest.expectation();
        let (score, base) = (self.scale.map(raw), self.scale.map(own_base));
        let distance = raw - own_base;
        let factor = if distance.abs() < NO_DISTANCE { 0.0 } else { (score - base) / distance };
        let features = self.inputs.iter().filter_map(|input| Feature::at(usize::from(input.index)));
        let parts = features.zip(own_parts).map(|(feature, part)| (feature, part * factor)).collect();
        // Without a distance there is nothing to share, and what is left of it belongs to the base.
        let base = if factor == 0.0 { score } else { base };
        Judgement { score, base, parts, probability: Some(self.probability.map(raw)) }
    }

    fn attribute(&self, row: &[f32], detail: Detail) -> (f64, Vec<f64>) {
        match detail {
            Detail::ByPath => {
                let mut parts = vec![0.0; self.inputs.len()];
                (self.forest.attribute_by_path(row, &mut parts), parts)
            }
            Detail::Exact => (self.forest.predict(row), self.forest.shapley(row)),
        }
    }

    pub(super) fn describe(&self) -> String {
        format!(
            "forest of {} trees on {} features, grown on {} rows with {} frauds",
            self.forest.n_trees(),
            self.inputs.len(),
            self.n_rows,
            self.n_frauds
        )
    }

    pub(super) fn median(&self, feature: Feature) -> Option<f32> {
        let input = self.inputs.iter().find(|input| usize::from(input.index) == feature.index())?;
        Some(input.median)
    }

    pub(super) fn is_valid(&self) -> bool {
        let is_input_valid = |input: &Input| {
            Feature::at(usize::from(input.index)).is_some()
                && input.missing.is_finite()
                && input.median.is_finite()
        };
        self.inputs.iter().all(is_input_valid)
            && self.forest.is_valid(self.inputs.len())
            && self.scale.is_valid()
            && self.probability.is_valid()
            && self.calibration_error.is_finite()
    }
}

/// The values of the inputs, with what stands for a missing one.
pub(super) fn fill(features: &FeatureVector, inputs: &[Input]) -> Vec<f32> {
    let values = features.values();
    let value = |input: &Input| values.get(usize::from(input.index)).copied().filter(|it| !it.is_nan());
    inputs.iter().map(|input| value(input).unwrap_or(input.missing)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures;
    use crate::detection::ml::MlModel;

    fn check_parts(judgement: &Judgement) {
        let total: f64 = judgement.base + judgement.parts.iter().map(|(_, part)| part).sum::<f64>();
        assert!((total - judgement.score).abs() < 1e-9, "{judgement:?}");
        assert!((0.0..=1.0).contains(&judgement.score));
    }

    #[test]
    fn base_and_parts_add_up_and_both_details_give_the_same_score() {
        let model = fixtures::supervised_model();
        let mut n_lowered = 0;
        let vectors: Vec<FeatureVector> =
            fixtures::lessons().into_iter().step_by(9).map(|lesson| lesson.features).collect();
        for features in vectors.iter().chain(&fixtures::ordinary_vectors(60)) {
            let by_path = model.judge(features, Detail::ByPath).unwrap();
            let exact = model.judge(features, Detail::Exact).unwrap();
            check_parts(&by_path);
            check_parts(&exact);
            assert_eq!(by_path.score.to_bits(), exact.score.to_bits());
            assert_eq!(by_path.base.to_bits(), exact.base.to_bits());
            n_lowered += usize::from(by_path.score < by_path.base);
        }
        assert!(n_lowered > 0, "no vector scored below the base");
    }

    #[test]
    fn the_odd_amount_has_the_largest_part() {
        let model = fixtures::supervised_model();
        let fraud = fixtures::lessons().remove(800);
        assert!(fraud.is_fraud);
        let judgement = model.judge(&fraud.features, Detail::Exact).unwrap();
        let largest = judgement.parts.iter().max_by(|left, right| left.1.total_cmp(&right.1)).unwrap();
        assert!(largest.0.as_str().contains("amount"), "{largest:?}");
        assert!(judgement.score > judgement.base, "{judgement:?}");
    }

    #[test]
    fn a_missing_value_is_told_from_every_other() {
        // Fraud is what has no device.
        let mut lessons = fixtures::lessons();
        for (index, lesson) in lessons.iter_mut().enumerate() {
            lesson.is_fraud = index % 5 == 0;
            lesson
                .features
                .set(Feature::NewDevice, (!lesson.is_fraud).then_some(f64::from(index as u32 % 3)));
        }
        let learned = MlModel::learn(&lessons, Default::default(), 1).unwrap();
        let probability = |device: Option<f64>| {
            let mut features = lessons[41].features.clone();
            features.set(Feature::NewDevice, device);
            learned.model.judge(&features, Detail::ByPath).unwrap().probability.unwrap()
        };
        let known = [0.0, 1.0, 2.0].map(|device| probability(Some(device)));
        assert!(known.iter().all(|known| probability(None) > 2.0 * known), "{} {known:?}", probability(None));
    }

    #[test]
    fn it_says_what_it_is() {
        let model = fixtures::supervised_model();
        let text = model.describe();
        assert!(text.starts_with("forest of 100 trees on "), "{text}");
        assert!(text.ends_with("grown on 900 rows with 113 frauds"), "{text}");
        assert!(model.median(Feature::AmountLog).is_some());
        // The same in every lesson, and so never looked at.
        assert_eq!(model.median(Feature::CounterpartyFrauds30d), None);
    }
}
