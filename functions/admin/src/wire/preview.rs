//! What would have fired, as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::http::words;
use shared::workflow::previews::{Example, Preview};
use utoipa::ToSchema;

/// What an entry or a snooze would have done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub(crate) struct PreviewOut {
    /// Transactions received since then were looked at.
    since: Timestamp,
    /// How many.
    n_examined: i64,
    /// Whether those were all.
    is_complete: bool,
    /// Alerts and folds that it would have held back.
    would_hold_back: usize,
    /// Assessments that it would have made an alert of.
    would_raise: usize,
    /// Of those, the ten with the highest scores.
    examples: Vec<ExampleOut>,
    /// What it has held back since it was made; null for deny and watch, which hold nothing back.
    held_back_so_far: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewExample)]
struct ExampleOut {
    assessment_id: String,
    risk_score: f64,
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    occurred_at: Timestamp,
    /// The alert that it raised or folded into.
    alert_id: Option<String>,
}

impl From<Preview> for PreviewOut {
    fn from(preview: Preview) -> Self {
        Self {
            since: preview.since,
            n_examined: preview.n_examined,
            is_complete: preview.is_complete,
            would_hold_back: preview.n_held_back,
            would_raise: preview.n_raised,
            examples: preview.examples.iter().map(example_out).collect(),
            held_back_so_far: preview.n_held_so_far,
        }
    }
}

fn example_out(example: &Example) -> ExampleOut {
    ExampleOut {
        assessment_id: example.id.to_string(),
        risk_score: example.risk.value(),
        severity: example.severity.as_str(),
        occurred_at: example.occurred_at,
        alert_id: example.alert.map(|id| id.to_string()),
    }
}
