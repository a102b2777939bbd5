//! The population baseline: what is normal over everybody, as of a moment.

use super::artifact::{Made, promote};
use super::{Moment, learning};
use crate::db::assessments::LearningRow;
use crate::db::models::ModelKind;
use crate::detection::features::FeatureVector;
use crate::detection::population::{PopulationBaseline, PopulationSample};
use crate::domain::configuration::Configuration;
use crate::domain::money::CurrencyCode;
use crate::error::Error;
use crate::state::AppState;
use serde_json::{Value, json};

/// Samples are enough for the 99.99th percentile of a handful of currencies.
const MAX_ROWS: usize = 100_000;

/// Makes a baseline and activates it; with too little to go on, says so and changes nothing.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn make(
    state: &AppState,
    moment: Moment,
    configuration: Configuration,
) -> Result<Value, Error> {
    let rows = learning::rows(state, moment, MAX_ROWS).await?;
    let samples: Vec<PopulationSample> = rows.into_iter().filter_map(sample).collect();
    let Some(baseline) = PopulationBaseline::build(&samples, configuration.alert_budget) else {
        return Ok(json!({"skipped": format!("{} transactions are too few for a baseline", samples.len())}));
    };
    let made = Made {
        kind: ModelKind::PopulationBaseline,
        artifact: baseline.encode(),
        n_rows: samples.len(),
        span: learning::span(moment),
        seed: 0,
    };
    promote(state, made, (moment, None)).await
}

/// A row whose currency or features this version cannot read says nothing.
fn sample(row: LearningRow) -> Option<PopulationSample> {
    let features = FeatureVector::from_bytes(row.feature_schema_id, &row.features).ok()?;
    Some(PopulationSample {
        occurred_at: row.occurred_at,
        amount_minor: row.amount_minor,
        currency: CurrencyCode::parse(&row.currency).ok()?,
        category: row.category,
        features,
    })
}
