//! Drift: the last day's risk scores and features against those of the week before.
//!
//! The week holds every weekday once, so that a Sunday is not compared with Saturdays alone. It is the champion's
//! recent past and not its training data: that a model was trained long ago is what its age says.

use super::Moment;
use super::learning::sampled;
use super::on_a_thread;
use crate::db::lessons::LessonRow;
use crate::db::snapshots::{self, Snapshot, SnapshotKind};
use crate::detection::drift::{MIN_VALUES, SHIFTED, stability_index};
use crate::detection::features::{Feature, FeatureVector};
use crate::domain::ids::ModelId;
use crate::domain::webhook::DRIFT;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::entropy;
use crate::workflow::system_alerts::raise_once;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// What is looked at.
const CURRENT: SignedDuration = SignedDuration::from_hours(24);
/// What it is compared with: the time before that.
const REFERENCE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Rows held at once; where there are more, an even sample of them.
const MAX_ROWS: usize = 80_000;

/// Measures drift and keeps the figures; with too little to go on, says so. Scores that have shifted raise an alert of the
/// system, unless one is open.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn measure(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let begins = moment.as_of - CURRENT;
    let rows = sampled(state, (begins - REFERENCE, moment.as_of), MAX_ROWS).await?;
    let (current, reference): (Vec<LessonRow>, Vec<LessonRow>) =
        rows.into_iter().partition(|row| row.occurred_at >= begins);
    let (n_current, n_reference) = (current.len(), reference.len());
    let Some(mut figures) = on_a_thread(move || compare(&reference, &current)).await? else {
        let said =
            format!("{n_current} transactions of the last day and {n_reference} of the week before it");
        return Ok(json!({"skipped": format!("{said}: each needs {MIN_VALUES}")}));
    };
    figures["n_current"] = json!(n_current);
    figures["n_reference"] = json!(n_reference);
    let id = ModelId::mint(moment.now, entropy::for_id()?).0;
    let snapshot = Snapshot { id, kind: SnapshotKind::Drift, as_of: moment.as_of, figures: figures.clone() };
    let mut connection = state.database.connect().await?;
    snapshots::insert(connection.client()?, &snapshot).await?;
    if is_news(&figures, moment) {
        // By itself: the figures stay though another task raises the alert at the same moment.
        let client = connection.begin().await?;
        let raised = raise_once(client, DRIFT, (&snapshot.figures, moment.now)).await?;
        connection.commit().await?;
        figures["alert_id"] = json!(raised.map(|id| id.to_string()));
    }
    Ok(figures)
}

/// Whether somebody must look: the scores have shifted, and lately; what a replay of history finds is long past.
fn is_news(figures: &Value, moment: Moment) -> bool {
    let has_shifted = figures["score"].as_f64().is_some_and(|score| score >= SHIFTED);
    has_shifted && moment.now.duration_since(moment.as_of) <= CURRENT
}

/// The index of the risk score, and the largest of a feature with its name.
fn compare(reference: &[LessonRow], current: &[LessonRow]) -> Option<Value> {
    let scores = |rows: &[LessonRow]| rows.iter().map(|row| row.risk_score).collect::<Vec<f64>>();
    let score = stability_index(&scores(reference), &scores(current))?;
    let (reference, current) = (vectors(reference), vectors(current));
    let moved = Feature::ALL.into_iter().filter_map(|feature| {
        let values = |rows: &[FeatureVector]| -> Vec<f64> {
            rows.iter().map(|row| row.get(feature).map_or(f64::NAN, f64::from)).collect()
        };
        Some((stability_index(&values(&reference), &values(&current))?, feature))
    });
    let (index, feature) = moved.max_by(|(left, _), (right, _)| left.total_cmp(right))?;
    Some(json!({"score": score, "feature": index, "feature_name": feature.as_str()}))
}

/// A row whose features this version cannot read says nothing.
fn vectors(rows: &[LessonRow]) -> Vec<FeatureVector> {
    let read = |row: &LessonRow| FeatureVector::from_bytes(row.feature_schema_id, &row.features).ok();
    rows.iter().filter_map(read).collect()
}
