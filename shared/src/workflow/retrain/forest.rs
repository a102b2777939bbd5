//! Training the ml layer's model.

use super::artifact::{Made, promote};
use super::{Moment, learning};
use crate::db::models::ModelKind;
use crate::detection::features::FeatureVector;
use crate::detection::ml::{MlModel, TrainError};
use crate::error::Error;
use crate::state::AppState;
use serde_json::{Value, json};

/// Each tree draws 256 rows and the scale wants the 99.95th percentile: 50,000 rows give both.
const MAX_ROWS: usize = 50_000;

/// Trains an isolation forest on recent transactions and makes it the champion; with too few rows, says so
/// and leaves the champion. The seed is the moment's second, so that a replayed history trains the same model.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn train(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let rows = learning::rows(state, moment, MAX_ROWS).await?;
    let vectors: Vec<FeatureVector> = rows
        .iter()
        .filter_map(|row| FeatureVector::from_bytes(row.feature_schema_id, &row.features).ok())
        .collect();
    let seed = moment.as_of.as_second();
    let n_rows = vectors.len();
    let trained =
        tokio::task::spawn_blocking(move || MlModel::train_isolation_forest(&vectors, seed.unsigned_abs()))
            .await
            .map_err(Error::internal)?;
    match trained {
        Ok(model) => {
            let made = Made { kind: ModelKind::IsolationForest, artifact: model.encode(), n_rows, seed };
            promote(state, made, moment).await
        }
        Err(error @ TrainError::TooFewRows { .. }) => Ok(json!({"skipped": error.to_string()})),
    }
}
