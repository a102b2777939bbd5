//! The bundle and its parameters, as the description of the API has them.

use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// The bundle; of its sections docs/API.md says what is in them.
#[derive(ToSchema)]
#[schema(as = Evidence)]
#[expect(dead_code, reason = "describes the answer, which is made of sections")]
pub(super) struct EvidenceOut {
    /// SHA-256 of each section's text, in hexadecimal.
    manifest: BTreeMap<String, String>,
    /// By name: about, answers, alert, transactions, assessments, configurations, models, labels, notes, attachments, audit,
    /// anchor.
    sections: BTreeMap<String, Value>,
}

/// What `GET /api/v1/alerts/{id}/evidence` takes; read by hand, described here.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(super) struct EvidenceQuery {
    /// json, or html for a page; by default html for whoever accepts text/html first.
    #[param(inline)]
    format: Option<FormatIn>,
}

#[derive(ToSchema)]
#[schema(as = EvidenceFormat, rename_all = "snake_case")]
#[expect(dead_code, reason = "lists the words of a query parameter")]
enum FormatIn {
    Json,
    Html,
}
