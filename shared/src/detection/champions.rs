//! What the engine makes of each kind of champion and baseline: who states a probability, who abstains, who
//! fails.

use super::engine::{DetectionEngine, EngineParts, LoadedBaseline};
use super::features::FeatureVector;
use super::fixtures;
use super::ml::MlModel;
use crate::domain::assessment::{Detail, LayerOutcome};
use crate::domain::configuration::Configuration;
use crate::domain::ids::ModelId;
use crate::domain::score::Layer;
use crate::domain::severity::Severity;
use jiff::Timestamp;
use std::sync::Arc;

fn engine(baseline: LoadedBaseline, model: MlModel) -> DetectionEngine {
    let id = |byte| ModelId::mint(Timestamp::UNIX_EPOCH, [byte; 10]);
    DetectionEngine::new(EngineParts {
        configuration_version: 1,
        configuration: Configuration::default(),
        baseline: Some((id(1), baseline)),
        model: Some((id(2), Arc::new(model))),
    })
}

fn usable() -> LoadedBaseline {
    Ok(Some(Arc::new(fixtures::baseline())))
}

#[test]
fn only_a_champion_that_learned_from_labels_states_a_probability() {
    let features = fixtures::ordinary_vectors(60).remove(59);
    let unsupervised = engine(usable(), fixtures::model());
    assert_eq!(unsupervised.assess(&features, Detail::ByPath).probability, None);
    assert!(!unsupervised.has_supervised_champion());
    let supervised = engine(usable(), fixtures::supervised_model());
    assert!(supervised.has_supervised_champion());
    let assessed = [Detail::ByPath, Detail::Exact].map(|detail| supervised.assess(&features, detail));
    let probability = assessed[0].probability.unwrap();
    assert!(probability > 0.0 && probability < 1.0, "{probability}");
    assert_eq!(assessed[1].probability, Some(probability));
    assert_eq!(assessed.map(|assessment| assessment.detail), [Detail::ByPath, Detail::Exact]);
}

#[test]
fn frauds_are_more_probable_than_the_rest() {
    let supervised = engine(usable(), fixtures::supervised_model());
    let (mut frauds, mut others) = (Vec::new(), Vec::new());
    for lesson in fixtures::lessons() {
        let probability = supervised.assess(&lesson.features, Detail::ByPath).probability.unwrap();
        if lesson.is_fraud { frauds.push(probability) } else { others.push(probability) }
    }
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    assert!(mean(&frauds) > 0.5 && mean(&others) < 0.1, "{} and {}", mean(&frauds), mean(&others));
}

#[test]
fn where_the_ml_layer_abstains_there_is_no_probability() {
    let supervised = engine(usable(), fixtures::supervised_model());
    let assessment = supervised.assess(&FeatureVector::missing(), Detail::Exact);
    assert!(matches!(assessment.layer(Layer::Ml), LayerOutcome::Abstained(_)));
    assert_eq!(assessment.probability, None);
}

#[test]
fn what_is_of_an_older_version_abstains_and_is_still_named() {
    let features = fixtures::ordinary_vectors(60).remove(59);
    let outdated = engine(Ok(None), MlModel::outdated());
    assert!(outdated.baseline().is_none());
    // As the features come out without the outdated baseline.
    let without = fixtures::without_population(&features);
    let assessment = outdated.assess(&without, Detail::ByPath);
    for layer in [Layer::Statistical, Layer::Ml] {
        let outcome = assessment.layer(layer);
        assert!(matches!(outcome, LayerOutcome::Abstained(_)), "{layer:?}: {outcome:?}");
    }
    assert!(matches!(assessment.layer(Layer::Behavioral), LayerOutcome::Scored(..)));
    assert_eq!((assessment.severity, assessment.probability), (Severity::Low, None));
    assert!(assessment.versions.baseline.is_some() && assessment.versions.model.is_some());
}

#[test]
fn what_is_corrupt_fails_and_needs_review() {
    let features = fixtures::ordinary_vectors(60).remove(59);
    for (corrupt, layer) in [
        (engine(usable(), MlModel::unusable("torn")), Layer::Ml),
        (engine(Err("torn".to_owned()), fixtures::supervised_model()), Layer::Statistical),
    ] {
        let assessment = corrupt.assess(&features, Detail::ByPath);
        assert_eq!(assessment.layer(layer), &LayerOutcome::Failed("torn".to_owned()));
        assert_eq!(assessment.severity, Severity::NeedsReview);
        assert_eq!(assessment.probability.is_some(), layer == Layer::Statistical);
    }
}
