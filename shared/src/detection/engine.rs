//! The engine: three layers, one assessment.
//!
//! It shields the service from a layer that panics, weighs the layers' scores, and names the versions it
//! used. It never looks at a feature itself.

use super::behavioral::BehavioralLayer;
use super::features::{FEATURE_SCHEMA_ID, FeatureVector};
use super::layer::DetectionLayer;
use super::ml::{MlLayer, MlModel};
use super::population::PopulationBaseline;
use super::statistical::StatisticalLayer;
use crate::domain::assessment::{Assessment, LayerOutcome, Versions};
use crate::domain::configuration::Configuration;
use crate::domain::ids::ModelId;
use crate::domain::score::{Layer, RiskScore, Score, Weights};
use crate::domain::severity::Severity;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What an engine is made of: one configuration version, one baseline, one champion.
#[derive(Debug, Clone)]
pub struct EngineParts {
    /// The version of the configuration.
    pub configuration_version: i64,
    /// Thresholds and weights.
    pub configuration: Configuration,
    /// The population baseline, or why it cannot be read; none before the first was made.
    pub baseline: Option<(ModelId, Result<Arc<PopulationBaseline>, String>)>,
    /// The ml layer's champion; none before the first was trained.
    pub model: Option<(ModelId, Arc<MlModel>)>,
}

/// Scores feature vectors with fixed versions of everything; replaced as a whole when a version changes.
#[derive(Debug)]
pub struct DetectionEngine {
    layers: [Box<dyn DetectionLayer>; 3],
    configuration: Configuration,
    baseline: Option<Arc<PopulationBaseline>>,
    versions: Versions,
}

impl DetectionEngine {
    /// Puts the three layers together.
    pub fn new(parts: EngineParts) -> Self {
        let champion = parts.model.as_ref().map(|(_, model)| Arc::clone(model));
        let statistical: Box<dyn DetectionLayer> = match &parts.baseline {
            // Without its figures the layer would abstain, which is what too little data looks like.
            Some((_, Err(reason))) => {
                Box::new(UnusableLayer { layer: Layer::Statistical, reason: reason.clone() })
            }
            Some((_, Ok(_))) | None => Box::new(StatisticalLayer),
        };
        let layers: [Box<dyn DetectionLayer>; 3] =
            [statistical, Box::new(BehavioralLayer), Box::new(MlLayer::new(champion))];
        Self::with_layers(parts, layers)
    }

    /// With layers in the order of [`Layer::ALL`].
    fn with_layers(parts: EngineParts, layers: [Box<dyn DetectionLayer>; 3]) -> Self {
        let versions = Versions {
            feature_schema: FEATURE_SCHEMA_ID,
            configuration: parts.configuration_version,
            baseline: parts.baseline.as_ref().map(|(id, _)| *id),
            model: parts.model.as_ref().map(|(id, _)| *id),
        };
        let baseline = parts.baseline.and_then(|(_, baseline)| baseline.ok());
        Self { layers, configuration: parts.configuration, baseline, versions }
    }

    /// The population baseline that features are to be extracted with.
    pub fn baseline(&self) -> Option<&PopulationBaseline> {
        self.baseline.as_deref()
    }

    /// Thresholds and weights.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The versions that its assessments name.
    pub fn versions(&self) -> Versions {
        self.versions
    }

    /// Assesses a feature vector; a layer that panics or answers out of range has failed.
    pub fn assess(&self, features: &FeatureVector) -> Assessment {
        let layers = self.layers.each_ref().map(|layer| assess_shielded(layer.as_ref(), features));
        let risk = combine(&layers, self.configuration.weights);
        let has_failed = layers.iter().any(|outcome| matches!(outcome, LayerOutcome::Failed(_)));
        let severity =
            if has_failed { Severity::NeedsReview } else { self.configuration.thresholds.severity(risk) };
        Assessment { risk, severity, layers, versions: self.versions }
    }
}

/// Stands in for a layer whose artifact cannot be read.
#[derive(Debug)]
struct UnusableLayer {
    layer: Layer,
    reason: String,
}

impl DetectionLayer for UnusableLayer {
    fn layer(&self) -> Layer {
        self.layer
    }

    fn assess(&self, _features: &FeatureVector) -> LayerOutcome {
        LayerOutcome::Failed(self.reason.clone())
    }
}

/// Layers hold no state that a panic could leave half-changed, so unwinding past them is safe.
fn assess_shielded(layer: &dyn DetectionLayer, features: &FeatureVector) -> LayerOutcome {
    match catch_unwind(AssertUnwindSafe(|| layer.assess(features))) {
        Ok(LayerOutcome::Scored(_, reasons))
            if reasons.iter().any(|reason| !reason.contribution.is_finite()) =>
        {
            LayerOutcome::Failed("a contribution is not a number".to_owned())
        }
        Ok(outcome) => outcome,
        Err(_) => LayerOutcome::Failed("panicked".to_owned()),
    }
}

/// The mean of the scores by weight, over the layers that scored; 0 where none did or none of those counts.
fn combine(layers: &[LayerOutcome; 3], weights: Weights) -> RiskScore {
    let (mut sum, mut total_weight) = (0.0, 0.0);
    for (layer, outcome) in Layer::ALL.into_iter().zip(layers) {
        if let LayerOutcome::Scored(score, _) = outcome {
            sum += weights.of(layer) * score.value();
            total_weight += weights.of(layer);
        }
    }
    if total_weight <= 0.0 {
        return RiskScore::ZERO;
    }
    // Rounding may leave the mean of ones a hair above 1.
    Score::try_new((sum / total_weight).clamp(0.0, 1.0)).unwrap_or(RiskScore::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures;
    use crate::domain::assessment::Reason;

    /// A layer that does as told.
    #[derive(Debug)]
    struct Told(Layer, fn() -> LayerOutcome);

    impl DetectionLayer for Told {
        fn layer(&self) -> Layer {
            self.0
        }

        fn assess(&self, _features: &FeatureVector) -> LayerOutcome {
            (self.1)()
        }
    }

    fn parts() -> EngineParts {
        EngineParts {
            configuration_version: 7,
            configuration: Configuration::default(),
            baseline: None,
            model: None,
        }
    }

    fn assess(outcomes: [fn() -> LayerOutcome; 3]) -> Assessment {
        let [statistical, behavioral, ml] = outcomes;
        let layers: [Box<dyn DetectionLayer>; 3] = [
            Box::new(Told(Layer::Statistical, statistical)),
            Box::new(Told(Layer::Behavioral, behavioral)),
            Box::new(Told(Layer::Ml, ml)),
        ];
        DetectionEngine::with_layers(parts(), layers).assess(&FeatureVector::missing())
    }

    fn scored(value: f64) -> LayerOutcome {
        LayerOutcome::Scored(Score::try_new(value).unwrap(), Vec::new())
    }

    fn abstained() -> LayerOutcome {
        LayerOutcome::Abstained("too little is known".to_owned())
    }

    #[test]
    fn a_baseline_that_cannot_be_read_fails_its_layer_instead_of_silencing_it() {
        let id = ModelId::mint(jiff::Timestamp::UNIX_EPOCH, [0; 10]);
        let engine = DetectionEngine::new(EngineParts {
            configuration_version: 1,
            configuration: Configuration::default(),
            baseline: Some((id, Err("it is corrupt".to_owned()))),
            model: None,
        });
        let assessment = engine.assess(&FeatureVector::missing());
        assert_eq!(assessment.severity, Severity::NeedsReview);
        assert_eq!(assessment.layer(Layer::Statistical), &LayerOutcome::Failed("it is corrupt".to_owned()));
    }

    #[test]
    fn the_risk_is_the_weighted_mean() {
        // 0.25 * 0.4 + 0.35 * 0.8 + 0.40 * 0.5 = 0.58.
        let assessment = assess([|| scored(0.4), || scored(0.8), || scored(0.5)]);
        assert!((assessment.risk.value() - 0.58).abs() < 1e-12);
        assert_eq!((assessment.severity, assessment.versions.configuration), (Severity::Medium, 7));
    }

    #[test]
    fn the_weights_of_layers_that_abstain_go_to_those_that_scored() {
        // (0.25 * 0.9 + 0.35 * 0.3) / 0.60 = 0.55.
        let assessment = assess([|| scored(0.9), || scored(0.3), abstained]);
        assert!((assessment.risk.value() - 0.55).abs() < 1e-12);
        assert_eq!(assessment.severity, Severity::Medium);
    }

    #[test]
    fn when_no_layer_knows_enough_the_risk_is_low() {
        let assessment = assess([abstained, abstained, abstained]);
        assert_eq!((assessment.risk, assessment.severity), (RiskScore::ZERO, Severity::Low));
    }

    #[test]
    fn a_layer_that_panics_needs_review_and_the_others_still_count() {
        let assessment = assess([|| scored(0.1), || panic!("a bug in a layer"), || scored(0.1)]);
        assert_eq!(assessment.severity, Severity::NeedsReview);
        assert_eq!(assessment.layers[1], LayerOutcome::Failed("panicked".to_owned()));
        assert!((assessment.risk.value() - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_contribution_that_is_not_a_number_is_a_failure() {
        let assessment = assess([
            || {
                let reason = Reason { code: "odd", text: "odd".to_owned(), contribution: f64::NAN };
                LayerOutcome::Scored(Score::ZERO, vec![reason])
            },
            || scored(0.0),
            abstained,
        ]);
        assert_eq!(assessment.severity, Severity::NeedsReview);
    }

    #[test]
    fn a_corrupt_champion_needs_review() {
        let id = ModelId::mint(jiff::Timestamp::UNIX_EPOCH, [1; 10]);
        let model = Some((id, Arc::new(MlModel::unusable("the model's bytes are corrupt"))));
        let engine = DetectionEngine::new(EngineParts { model, ..parts() });
        let assessment = engine.assess(&fixtures::ordinary_vectors(1).remove(0));
        assert_eq!((assessment.severity, assessment.versions.model), (Severity::NeedsReview, Some(id)));
        assert!(matches!(assessment.layer(Layer::Ml), LayerOutcome::Failed(_)));
    }

    #[test]
    fn risk_never_leaves_the_unit_interval() {
        let assessment = assess([|| scored(1.0), || scored(1.0), || scored(1.0)]);
        assert_eq!(assessment.risk, Score::try_new(1.0).unwrap());
        assert_eq!(assessment.severity, Severity::Critical);
    }
}
