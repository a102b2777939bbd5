//! The same vectors give the same bits, whatever the thread, the order, or what was asked before.

use super::engine::{DetectionEngine, EngineParts};
use super::features::FeatureVector;
use super::fixtures;
use super::ml::MlModel;
use super::population::PopulationBaseline;
use crate::domain::assessment::{Assessment, Detail, LayerOutcome};
use crate::domain::configuration::Configuration;
use crate::domain::ids::ModelId;
use jiff::Timestamp;
use std::sync::Arc;
use std::thread;

fn engine() -> DetectionEngine {
    let baseline = fixtures::baseline_with_scales();
    assert!(baseline.scales().statistical.is_some() && baseline.scales().behavioral.is_some());
    engine_of(baseline, fixtures::supervised_model())
}

fn engine_of(baseline: PopulationBaseline, model: MlModel) -> DetectionEngine {
    let id = ModelId::mint(Timestamp::UNIX_EPOCH, [0; 10]);
    DetectionEngine::new(EngineParts {
        configuration_version: 1,
        configuration: Configuration::default(),
        baseline: Some((id, Ok(Some(Arc::new(baseline))))),
        model: Some((id, Arc::new(model))),
    })
}

/// Every number of an assessment, to the bit.
fn bits(assessment: &Assessment) -> Vec<u64> {
    let mut bits = vec![assessment.risk.value().to_bits()];
    bits.extend(assessment.probability.map(f64::to_bits));
    for outcome in &assessment.layers {
        if let LayerOutcome::Scored(score, reasons) = outcome {
            bits.push(score.value().to_bits());
            bits.extend(reasons.iter().map(|reason| reason.contribution.to_bits()));
        }
    }
    bits
}

fn assess_all(engine: &DetectionEngine, vectors: &[FeatureVector]) -> Vec<Vec<u64>> {
    let details = [Detail::ByPath, Detail::Exact];
    let assess = |(index, features)| bits(&engine.assess(features, details[index % 2]));
    vectors.iter().enumerate().map(assess).collect()
}

#[test]
fn eight_threads_and_one_give_the_same_bits() {
    let (engine, vectors) = (engine(), fixtures::ordinary_vectors(120));
    let alone = assess_all(&engine, &vectors);
    assert!(alone.iter().any(|bits| bits.len() > 12), "too little was scored to compare");
    thread::scope(|scope| {
        let others: Vec<_> = (0..8).map(|_| scope.spawn(|| assess_all(&engine, &vectors))).collect();
        for other in others {
            assert_eq!(other.join().unwrap(), alone);
        }
    });
}

#[test]
fn the_order_of_vectors_does_not_matter() {
    let (engine, vectors) = (engine(), fixtures::ordinary_vectors(120));
    let assess = |features: &FeatureVector| bits(&engine.assess(features, Detail::ByPath));
    let forwards: Vec<_> = vectors.iter().map(assess).collect();
    let mut backwards: Vec<_> = vectors.iter().rev().map(assess).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
}

#[test]
fn an_engine_made_again_from_stored_bytes_gives_the_same_bits() {
    let vectors = fixtures::ordinary_vectors(60);
    let baseline = PopulationBaseline::decode(&fixtures::baseline_with_scales().encode()).unwrap();
    let model = MlModel::decode(&fixtures::supervised_model().encode()).unwrap();
    assert_eq!(assess_all(&engine(), &vectors), assess_all(&engine_of(baseline, model), &vectors));
}

#[test]
fn both_details_give_the_same_scores_to_the_bit() {
    let (engine, vectors) = (engine(), fixtures::ordinary_vectors(60));
    for features in &vectors {
        let [by_path, exact] = [Detail::ByPath, Detail::Exact].map(|detail| engine.assess(features, detail));
        let scores = |assessment: &Assessment| {
            let of = |outcome: &LayerOutcome| match outcome {
                LayerOutcome::Scored(score, _) => Some(score.value().to_bits()),
                LayerOutcome::Abstained(_) | LayerOutcome::Failed(_) => None,
            };
            (assessment.risk.value().to_bits(), assessment.layers.each_ref().map(of))
        };
        assert_eq!(scores(&by_path), scores(&exact));
        assert_eq!(by_path.probability.map(f64::to_bits), exact.probability.map(f64::to_bits));
    }
}
