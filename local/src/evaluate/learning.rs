//! What an evaluation learns: the same trainings as the schedule's, from a history in memory.

use super::input::Event;
use super::timing::Stopwatch;
use super::walk::{Labels, Walk};
use jiff::Timestamp;
use shared::detection::engine::DetectionEngine;
use shared::detection::features::FeatureVector;
use shared::detection::fusion::{Fusion, weigh};
use shared::detection::ml::{LearnError, Lesson, MlModel};
use shared::domain::configuration::AlertBudget;
use std::ops::Range;
use std::sync::Arc;

/// Transactions that an unsupervised model is trained on at most, as the schedule's task has it.
const MAX_UNSUPERVISED: usize = 50_000;

/// What one training gave.
#[derive(Debug)]
pub struct Trained {
    /// What made it differ.
    pub seed: u64,
    /// By the clock on the wall.
    pub seconds: f64,
    /// None where there was too little to train on.
    pub model: Option<Arc<MlModel>>,
    /// The learned weights; none without labels.
    pub fusion: Option<Fusion>,
    /// Expected calibration error out of fold; none without labels.
    pub calibration_error: Option<f64>,
    /// Why nothing was learned from labels.
    pub unsupervised: Option<LearnError>,
    /// Rows trained on.
    pub n_lessons: usize,
    /// Of these, labelled fraud.
    pub n_frauds: usize,
}

/// The training days' rows with the labels known at `as_of`.
pub fn lessons_of(
    events: &[Event],
    seen: Vec<(usize, FeatureVector)>,
    labels: Labels,
    as_of: Timestamp,
) -> Vec<Lesson> {
    let is_known = |occurred_at: Timestamp| match labels {
        Labels::After(delay) => occurred_at + delay <= as_of,
        Labels::Never => false,
    };
    seen.into_iter()
        .map(|(index, features)| {
            let occurred_at = events[index].transaction.occurred_at;
            Lesson { occurred_at, features, is_fraud: events[index].is_fraud && is_known(occurred_at) }
        })
        .collect()
}

/// Learns from labels where there are enough, else without.
///
/// # Errors
/// When training fails for another reason than too few labels.
pub fn train(lessons: &[Lesson], engine: &DetectionEngine, seed: u64) -> Result<Trained, LearnError> {
    let watch = Stopwatch::started();
    let budget = engine.configuration().alert_budget;
    let n_frauds = lessons.iter().filter(|lesson| lesson.is_fraud).count();
    let untrained = Trained {
        seed,
        seconds: 0.0,
        model: None,
        fusion: None,
        calibration_error: None,
        unsupervised: None,
        n_lessons: lessons.len(),
        n_frauds,
    };
    match MlModel::learn(lessons, budget, seed) {
        Ok(learned) => Ok(Trained {
            fusion: weigh(engine, lessons, &learned.out_of_fold),
            model: Some(Arc::new(learned.model)),
            seconds: watch.seconds(),
            calibration_error: Some(learned.calibration_error),
            ..untrained
        }),
        Err(
            reason @ (LearnError::TooFewFrauds { .. }
            | LearnError::TooFewDays { .. }
            | LearnError::OneBlock
            | LearnError::Uncalibrated),
        ) => {
            let newest = lessons.iter().rev().take(MAX_UNSUPERVISED);
            let vectors: Vec<FeatureVector> = newest.map(|lesson| lesson.features.clone()).collect();
            let model = MlModel::train_isolation_forest(&vectors, budget, seed).ok().map(Arc::new);
            Ok(Trained { model, seconds: watch.seconds(), unsupervised: Some(reason), ..untrained })
        }
        Err(other) => Err(other),
    }
}

/// The model that the schedule trains without labels; none with too few transactions.
pub fn unsupervised(walk: &Walk<'_>, span: Range<Timestamp>, budget: AlertBudget) -> Option<MlModel> {
    let newest = walk.newest_since(span.start).take(MAX_UNSUPERVISED);
    let vectors: Vec<FeatureVector> = newest.map(|(_, features)| features.clone()).collect();
    MlModel::train_isolation_forest(&vectors, budget, span.end.as_second().unsigned_abs()).ok()
}

impl Trained {
    /// What a reader should know of it.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(reason) = &self.unsupervised {
            notes.push(format!("unsupervised: {reason}"));
        }
        if let Some(fusion) = &self.fusion {
            notes.push(format!(
                "weights: average precision out of fold {:.4}, with the default weights {:.4}",
                fusion.average_precision, fusion.default_average_precision
            ));
        }
        if let Some(error) = self.calibration_error {
            notes.push(format!("expected calibration error out of fold: {error:.5}"));
        }
        notes
    }
}
