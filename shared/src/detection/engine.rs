//! The engine: three layers, one assessment.
//!
//! It shields the service from a layer that panics, weighs the layers' scores, and names the versions it
//! used. It never looks at a feature itself.

use super::behavioral::BehavioralLayer;
use super::features::{FEATURE_SCHEMA_ID, FeatureVector, Past, extract};
use super::layer::DetectionLayer;
use super::ml::{Contributions, MlLayer, MlModel};
use super::population::PopulationBaseline;
use super::profile::{AccountProfile, CounterpartyProfile};
use super::scales::LayerScales;
use super::statistical::StatisticalLayer;
use crate::domain::assessment::{Assessment, Detail, LayerOutcome, Versions};
use crate::domain::configuration::Configuration;
use crate::domain::ids::ModelId;
use crate::domain::score::{Layer, RiskScore, Weights};
use crate::domain::severity::Severity;
use crate::domain::transaction::NewTransaction;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A baseline that was loaded, or why it cannot be read; none where it is of an older version of the service.
pub type LoadedBaseline = Result<Option<Arc<PopulationBaseline>>, String>;

/// What an engine is made of: one configuration version, one baseline, one champion.
#[derive(Debug, Clone)]
pub struct EngineParts {
    /// The version of the configuration.
    pub configuration_version: i64,
    /// Thresholds and weights.
    pub configuration: Configuration,
    /// The population baseline; none before the first was made.
    pub baseline: Option<(ModelId, LoadedBaseline)>,
    /// The ml layer's champion; none before the first was trained.
    pub model: Option<(ModelId, Arc<MlModel>)>,
}

/// Scores feature vectors with fixed versions of everything; replaced as a whole when a version changes.
#[derive(Debug)]
pub struct DetectionEngine {
    layers: [Box<dyn DetectionLayer>; 3],
    champion: MlLayer,
    configuration: Configuration,
    baseline: Option<Arc<PopulationBaseline>>,
    versions: Versions,
}

impl DetectionEngine {
    /// Puts the three layers together.
    pub fn new(parts: EngineParts) -> Self {
        let champion = MlLayer::new(parts.model.as_ref().map(|(_, model)| Arc::clone(model)));
        let scales = match &parts.baseline {
            Some((_, Ok(Some(baseline)))) => baseline.scales().clone(),
            Some((_, Ok(None) | Err(_))) | None => LayerScales::default(),
        };
        let statistical: Box<dyn DetectionLayer> = match &parts.baseline {
            // Without its figures the layer would abstain, which is what too little data looks like.
            Some((_, Err(reason))) => {
                Box::new(UnusableLayer { layer: Layer::Statistical, reason: reason.clone() })
            }
            Some((_, Ok(_))) | None => Box::new(StatisticalLayer::new(scales.statistical)),
        };
        let behavioral = Box::new(BehavioralLayer::new(scales.behavioral));
        let layers: [Box<dyn DetectionLayer>; 3] = [statistical, behavioral, Box::new(champion.clone())];
        Self::with_layers(parts, champion, layers)
    }

    /// With layers in the order of [`Layer::ALL`].
    fn with_layers(parts: EngineParts, champion: MlLayer, layers: [Box<dyn DetectionLayer>; 3]) -> Self {
        let versions = Versions {
            feature_schema: FEATURE_SCHEMA_ID,
            configuration: parts.configuration_version,
            baseline: parts.baseline.as_ref().map(|(id, _)| *id),
            model: parts.model.as_ref().map(|(id, _)| *id),
        };
        let baseline = parts.baseline.and_then(|(_, baseline)| baseline.ok().flatten());
        Self { layers, champion, configuration: parts.configuration, baseline, versions }
    }

    /// The population baseline that features are to be extracted with.
    pub fn baseline(&self) -> Option<&PopulationBaseline> {
        self.baseline.as_deref()
    }

    /// Thresholds and weights.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Whether the champion learned from labels.
    pub fn has_supervised_champion(&self) -> bool {
        self.champion.is_supervised()
    }

    /// The versions that its assessments name.
    pub fn versions(&self) -> Versions {
        self.versions
    }

    /// Derives the features of a transaction from its past: both profiles as they were just before it.
    pub fn extract(
        &self,
        transaction: &NewTransaction,
        account: &AccountProfile,
        counterparty: &CounterpartyProfile,
    ) -> FeatureVector {
        let label_maturity_days = self.configuration.label_maturity.days();
        let past = Past { account, counterparty, baseline: self.baseline(), label_maturity_days };
        extract(transaction, &past)
    }

    /// Assesses a feature vector; a layer that panics or answers out of range has failed.
    ///
    /// `detail` says how the ml layer's score is shared among features; every score is the same for both.
    /// Without a champion that learned from labels there is nothing to be exact about.
    pub fn assess(&self, features: &FeatureVector, detail: Detail) -> Assessment {
        let detail = if self.has_supervised_champion() { detail } else { Detail::ByPath };
        let assessed = self.layers.each_ref().map(|layer| assess_shielded(layer.as_ref(), features, detail));
        let probability = assessed.iter().find_map(|(_, probability)| *probability);
        let layers = assessed.map(|(outcome, _)| outcome);
        let risk = combine(&layers, self.configuration.weights);
        let has_failed = layers.iter().any(|outcome| matches!(outcome, LayerOutcome::Failed(_)));
        let severity =
            if has_failed { Severity::NeedsReview } else { self.configuration.thresholds.severity(risk) };
        Assessment { risk, severity, layers, probability, detail, versions: self.versions }
    }

    /// Every feature's part in the ml layer's score, where it scores: all of what its reasons name the largest of.
    pub fn contributions(&self, features: &FeatureVector, detail: Detail) -> Option<Contributions> {
        self.champion.contributions(features, detail)
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

    fn assess(&self, _features: &FeatureVector, _detail: Detail) -> LayerOutcome {
        LayerOutcome::Failed(self.reason.clone())
    }
}

/// Layers hold no state that a panic could leave half-changed, so unwinding past them is safe.
fn assess_shielded(
    layer: &dyn DetectionLayer,
    features: &FeatureVector,
    detail: Detail,
) -> (LayerOutcome, Option<f64>) {
    match catch_unwind(AssertUnwindSafe(|| layer.assess_calibrated(features, detail))) {
        Ok((LayerOutcome::Scored(_, reasons), _))
            if reasons.iter().any(|reason| !reason.contribution.is_finite()) =>
        {
            (LayerOutcome::Failed("a contribution is not a number".to_owned()), None)
        }
        Ok(assessed) => assessed,
        Err(_) => (LayerOutcome::Failed("panicked".to_owned()), None),
    }
}

fn combine(layers: &[LayerOutcome; 3], weights: Weights) -> RiskScore {
    weights.combine(layers.each_ref().map(|outcome| match outcome {
        LayerOutcome::Scored(score, _) => Some(*score),
        LayerOutcome::Abstained(_) | LayerOutcome::Failed(_) => None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures;
    use crate::domain::assessment::Reason;
    use crate::domain::score::Score;

    /// A layer that does as told.
    #[derive(Debug)]
    struct Told(Layer, fn() -> LayerOutcome);

    impl DetectionLayer for Told {
        fn layer(&self) -> Layer {
            self.0
        }

        fn assess(&self, _features: &FeatureVector, _detail: Detail) -> LayerOutcome {
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
        DetectionEngine::with_layers(parts(), MlLayer::new(None), layers)
            .assess(&FeatureVector::missing(), Detail::ByPath)
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
        let assessment = engine.assess(&FeatureVector::missing(), Detail::ByPath);
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
        let assessment = engine.assess(&fixtures::ordinary_vectors(1).remove(0), Detail::ByPath);
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
