//! Training the ml layer's model: on labels once there are enough, without until then.

use super::artifact::{Made, promote};
use super::weights::{self, Weighing};
use super::{Moment, learning, on_a_thread};
use crate::config::AdaptMode;
use crate::db::models::ModelKind;
use crate::detection::features::FeatureVector;
use crate::detection::ml::{LearnError, Learned, Lesson, MlModel, TrainError};
use crate::domain::configuration::Configuration;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::engine;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Each tree of the isolation forest draws 256 rows and the scale wants the 99.95th percentile: 50,000 rows
/// give both.
const MAX_ROWS: usize = 50_000;

/// Trains a model on recent transactions and makes it the champion; with too few rows, says so and leaves the
/// champion. The seed is the moment's second, so that a replayed history trains the same model.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn train(
    state: &AppState,
    moment: Moment,
    configuration: Configuration,
) -> Result<Value, Error> {
    let lessons = learning::lessons(state, moment, configuration.label_maturity).await?;
    let seed = moment.as_of.as_second();
    let budget = configuration.alert_budget;
    let (lessons, learned) = on_a_thread(move || {
        let learned = MlModel::learn(&lessons, budget, seed.unsigned_abs());
        (lessons, learned)
    })
    .await?;
    match learned {
        Ok(learned) => {
            let span = learning::matured_span(moment, configuration.label_maturity);
            promote_learned(state, (moment, span), (lessons, learned)).await
        }
        Err(
            reason @ (LearnError::TooFewFrauds { .. }
            | LearnError::TooFewDays { .. }
            | LearnError::OneBlock
            | LearnError::Uncalibrated),
        ) => without_labels(state, moment, (configuration, reason)).await,
        Err(LearnError::Forest(error)) => Err(Error::internal(error)),
    }
}

async fn promote_learned(
    state: &AppState,
    (moment, span): (Moment, (Timestamp, Timestamp)),
    (lessons, learned): (Vec<Lesson>, Learned),
) -> Result<Value, Error> {
    let made = Made {
        kind: ModelKind::SupervisedForest,
        artifact: learned.model.encode(),
        n_rows: lessons.len(),
        span,
        seed: moment.as_of.as_second(),
    };
    let Learned { out_of_fold, calibration_error, .. } = learned;
    let weighing = match state.config.adapt_mode {
        AdaptMode::Off => None,
        AdaptMode::Propose | AdaptMode::Apply => {
            let engine = engine::active(state).await?;
            on_a_thread(move || weights::weigh(&engine, &lessons, &out_of_fold)).await?
        }
    };
    let adopted = weighing.as_ref().map(|weighing| weighing.adopted(state.config.adapt_mode));
    let mut report = promote(state, made, (moment, adopted.flatten())).await?;
    report["calibration_error"] = json!(calibration_error);
    report["weights"] = weighing.as_ref().map_or(Value::Null, Weighing::describe);
    Ok(report)
}

/// The isolation forest, unless a model that learned from labels is champion: that knows more.
async fn without_labels(
    state: &AppState,
    moment: Moment,
    (configuration, reason): (Configuration, LearnError),
) -> Result<Value, Error> {
    if engine::active(state).await?.has_supervised_champion() {
        return Ok(json!({"skipped": format!("{reason}; the champion stays")}));
    }
    let rows = learning::rows(state, moment, MAX_ROWS).await?;
    let vectors: Vec<FeatureVector> = rows
        .iter()
        .filter_map(|row| FeatureVector::from_bytes(row.feature_schema_id, &row.features).ok())
        .collect();
    let (seed, n_rows) = (moment.as_of.as_second(), vectors.len());
    let budget = configuration.alert_budget;
    let trained =
        on_a_thread(move || MlModel::train_isolation_forest(&vectors, budget, seed.unsigned_abs())).await?;
    match trained {
        Ok(model) => {
            let (kind, span) = (ModelKind::IsolationForest, learning::span(moment));
            let made = Made { kind, artifact: model.encode(), n_rows, span, seed };
            let mut report = promote(state, made, (moment, None)).await?;
            report["unsupervised"] = json!(reason.to_string());
            Ok(report)
        }
        Err(error @ TrainError::TooFewRows { .. }) => Ok(json!({"skipped": error.to_string()})),
    }
}
