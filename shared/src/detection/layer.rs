//! The contract of a layer: its name, and one function from features to an outcome.

use super::features::FeatureVector;
use crate::domain::assessment::LayerOutcome;
use crate::domain::score::Layer;

/// One family of detectors.
///
/// An implementation depends on the features, its configuration and its model only, and gives the same bits
/// for the same input. A score is finite and in [0, 1]; its reasons come largest first and their
/// contributions add up to the score. With nothing to go on it abstains. It never panics on purpose: the
/// engine turns a panic into a failure.
pub trait DetectionLayer: std::fmt::Debug + Send + Sync {
    /// Which layer it is.
    fn layer(&self) -> Layer;

    /// Judges a feature vector.
    fn assess(&self, features: &FeatureVector) -> LayerOutcome;
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
    use proptest::prelude::*;
    use std::sync::{Arc, LazyLock};

    static LAYERS: LazyLock<[Box<dyn DetectionLayer>; 3]> = LazyLock::new(|| {
        [
            Box::new(StatisticalLayer),
            Box::new(BehavioralLayer),
            Box::new(MlLayer::new(Some(Arc::new(fixtures::model())))),
        ]
    });

    fn check_contract(layer: &dyn DetectionLayer, features: &FeatureVector) {
        let outcome = layer.assess(features);
        assert_eq!(outcome, layer.assess(features), "the same input gave another answer");
        let LayerOutcome::Scored(score, reasons) = outcome else {
            return;
        };
        assert!((0.0..=1.0).contains(&score.value()), "{score:?}");
        let total: f64 = reasons.iter().map(|reason| reason.contribution).sum();
        assert!((total - score.value()).abs() < 1e-9, "{total} is not {score:?}: {reasons:?}");
        assert!(reasons.iter().all(|reason| reason.contribution > 0.0), "{reasons:?}");
        assert!(reasons.is_sorted_by(|left, right| left.contribution >= right.contribution), "{reasons:?}");
        for reason in &reasons {
            assert!(!reason.code.is_empty() && !reason.text.is_empty(), "{reason:?}");
        }
    }

    #[test]
    fn the_layers_stand_in_their_order_and_abstain_when_nothing_is_known() {
        for (layer, name) in LAYERS.iter().zip(Layer::ALL) {
            assert_eq!(layer.layer(), name);
            let outcome = layer.assess(&FeatureVector::missing());
            assert!(matches!(outcome, LayerOutcome::Abstained(_)), "{name:?}: {outcome:?}");
        }
    }

    #[test]
    fn the_contract_holds_for_a_life_of_transactions() {
        for features in fixtures::ordinary_vectors(300) {
            LAYERS.iter().for_each(|layer| check_contract(layer.as_ref(), &features));
        }
    }

    proptest! {
        #[test]
        fn the_contract_holds_for_any_vector(bits in proptest::collection::vec(any::<f32>(), N_FEATURES)) {
            let features = FeatureVector::from_values(bits.try_into().unwrap());
            LAYERS.iter().for_each(|layer| check_contract(layer.as_ref(), &features));
        }

        #[test]
        fn the_contract_holds_for_plausible_vectors(
            values in proptest::collection::vec(
                prop_oneof![Just(f32::NAN), Just(0.0_f32), -10.0_f32..200.0],
                N_FEATURES,
            )
        ) {
            let features = FeatureVector::from_values(values.try_into().unwrap());
            LAYERS.iter().for_each(|layer| check_contract(layer.as_ref(), &features));
        }
    }
}
