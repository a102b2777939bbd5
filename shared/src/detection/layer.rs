//! The contract of a layer: its name, and one function from features to an outcome.

use super::features::FeatureVector;
use crate::domain::assessment::{Detail, LayerOutcome};
use crate::domain::score::Layer;

/// One family of detectors.
///
/// An implementation depends on the features, its configuration and its model only, and gives the same bits
/// for the same input. A score is finite and in [0, 1]; its reasons come largest first, whatever their sign,
/// and their contributions add up to the score. With nothing to go on it abstains. It never panics on purpose: the
/// engine turns a panic into a failure.
pub trait DetectionLayer: std::fmt::Debug + Send + Sync {
    /// Which layer it is.
    fn layer(&self) -> Layer;

    /// Judges a feature vector.
    fn assess(&self, features: &FeatureVector, detail: Detail) -> LayerOutcome;

    /// The same, with the calibrated probability of fraud, in (0, 1), of a layer that has learned one.
    fn assess_calibrated(&self, features: &FeatureVector, detail: Detail) -> (LayerOutcome, Option<f64>) {
        (self.assess(features, detail), None)
    }
}

#[cfg(test)]
mod tests {
    //! One contract test for all layers: a new one is added to `all_layers` and to nothing else.

    use super::*;
    use crate::detection::behavioral::BehavioralLayer;
    use crate::detection::features::N_FEATURES;
    use crate::detection::fixtures;
    use crate::detection::ml::MlLayer;
    use crate::detection::statistical::StatisticalLayer;
    use crate::domain::assessment::Reason;
    use proptest::prelude::*;
    use std::sync::{Arc, LazyLock};

    /// The ml layer stands for each kind of model.
    static LAYERS: LazyLock<[(Layer, Box<dyn DetectionLayer>); 4]> = LazyLock::new(|| {
        let ml = |model| Box::new(MlLayer::new(Some(Arc::new(model))));
        [
            (Layer::Statistical, Box::new(StatisticalLayer::default())),
            (Layer::Behavioral, Box::new(BehavioralLayer::default())),
            (Layer::Ml, ml(fixtures::model())),
            (Layer::Ml, ml(fixtures::supervised_model())),
        ]
    });

    fn check_contract(layer: &dyn DetectionLayer, features: &FeatureVector) {
        let scores = [Detail::ByPath, Detail::Exact].map(|detail| check_detail(layer, features, detail));
        assert_eq!(scores[0], scores[1], "the detail changed the score");
    }

    /// The score's bits; none where the layer did not score.
    fn check_detail(layer: &dyn DetectionLayer, features: &FeatureVector, detail: Detail) -> Option<u64> {
        let outcome = layer.assess(features, detail);
        assert_eq!(outcome, layer.assess(features, detail), "the same input gave another answer");
        let LayerOutcome::Scored(score, reasons) = outcome else {
            return None;
        };
        assert!((0.0..=1.0).contains(&score.value()), "{score:?}");
        let total: f64 = reasons.iter().map(|reason| reason.contribution).sum();
        assert!((total - score.value()).abs() < 1e-9, "{total} is not {score:?}: {reasons:?}");
        let is_something = |reason: &Reason| reason.contribution.is_finite() && reason.contribution != 0.0;
        assert!(reasons.iter().all(is_something), "{reasons:?}");
        assert!(reasons.is_sorted_by(|left, right| left.contribution >= right.contribution), "{reasons:?}");
        for reason in &reasons {
            assert!(!reason.code.is_empty() && !reason.text.is_empty(), "{reason:?}");
        }
        Some(score.value().to_bits())
    }

    #[test]
    fn every_layer_has_its_name_and_abstains_when_nothing_is_known() {
        for (name, layer) in LAYERS.iter() {
            assert_eq!(layer.layer(), *name);
            let outcome = layer.assess(&FeatureVector::missing(), Detail::ByPath);
            assert!(matches!(outcome, LayerOutcome::Abstained(_)), "{name:?}: {outcome:?}");
        }
    }

    #[test]
    fn the_contract_holds_for_a_life_of_transactions() {
        for features in fixtures::ordinary_vectors(300) {
            LAYERS.iter().for_each(|(_, layer)| check_contract(layer.as_ref(), &features));
        }
    }

    proptest! {
        #[test]
        fn the_contract_holds_for_any_vector(bits in proptest::collection::vec(any::<f32>(), N_FEATURES)) {
            let features = FeatureVector::from_values(bits.try_into().unwrap());
            LAYERS.iter().for_each(|(_, layer)| check_contract(layer.as_ref(), &features));
        }

        #[test]
        fn the_contract_holds_for_plausible_vectors(
            values in proptest::collection::vec(
                prop_oneof![Just(f32::NAN), Just(0.0_f32), -10.0_f32..200.0],
                N_FEATURES,
            )
        ) {
            let features = FeatureVector::from_values(values.try_into().unwrap());
            LAYERS.iter().for_each(|(_, layer)| check_contract(layer.as_ref(), &features));
        }
    }
}
