//! A replayed decision as it looks on the wire.

use serde::Serialize;
use serde_json::Value;
use shared::http::present::VersionsOut;
use shared::http::words;
use shared::workflow::replay::{Difference, Replay};
use utoipa::ToSchema;

/// Whether an assessment comes out the same.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Replay)]
pub(crate) struct ReplayOut {
    /// `asm_` and the transaction's UUID.
    assessment_id: String,
    /// To the bit, reasons included.
    identical: bool,
    /// How the reasons that were compared share out the ml layer's score.
    #[schema(value_type = words::ExplanationDetail)]
    explanation_detail: &'static str,
    /// What it was recomputed by.
    versions: VersionsOut,
    /// Empty when identical.
    differences: Vec<DifferenceOut>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
struct DifferenceOut {
    field: String,
    stored: Value,
    recomputed: Value,
}

impl From<Replay> for ReplayOut {
    fn from(replay: Replay) -> Self {
        Self {
            assessment_id: replay.id.to_string(),
            identical: replay.differences.is_empty(),
            explanation_detail: replay.detail.as_str(),
            versions: VersionsOut::from(&replay.versions),
            differences: replay.differences.into_iter().map(difference_out).collect(),
        }
    }
}

fn difference_out(difference: Difference) -> DifferenceOut {
    let Difference { field, stored, recomputed } = difference;
    DifferenceOut { field, stored, recomputed }
}
