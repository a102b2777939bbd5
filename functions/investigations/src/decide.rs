//! `POST /api/v1/alerts/{id}/decide`

use crate::target;
use crate::text::notes;
use crate::wire::DecidedOut;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::alert::Disposition;
use shared::domain::ids::TransactionId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::precondition::{IfMatch, Tagged, tagged};
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::investigations::{self, NewDecision};
use utoipa::ToSchema;

/// Transactions one decision may name.
const MAX_NAMED: usize = 1_000;

/// What a decision says; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewDecision)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct DecisionIn {
    #[schema(value_type = words::Disposition)]
    disposition: String,
    /// Why; required for confirmed_fraud.
    #[schema(max_length = 10_000)]
    notes: Option<String>,
    /// How sure.
    #[schema(minimum = 0.0, maximum = 1.0)]
    confidence: Option<f64>,
    /// The transactions it is about, `txn_` and a UUID each; by default the alert's own.
    #[schema(min_items = 1, max_items = 1_000)]
    transactions: Option<Vec<String>>,
}

/// Ends an investigation, or proposes it where two people decide.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/decide", tag = "investigations", operation_id = "decide_alert",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")), request_body = DecisionIn,
    responses((status = 200, body = DecidedOut),
        (status = 202, body = DecidedOut, description = "Proposed: it counts once a second person approves it")),
    security(("key" = ["investigate"]))
)]
pub(crate) async fn decide(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    (RequestId(request_id), IfMatch(seen)): (RequestId, IfMatch),
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Tagged<DecidedOut>), Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let target = target(&id, seen)?;
    let decision = read_decision(&body)?;
    let decided = investigations::decide(&mut session, target, (decision, &request_id)).await?;
    let status = if decided.alert.proposal.is_some() { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, tagged(decided.alert.version(), DecidedOut::from(&decided))))
}

fn read_decision(body: &Value) -> Result<NewDecision, Error> {
    let mut fields = Fields::new(body, "");
    let disposition = fields.required("disposition", Disposition::parse);
    let notes = fields.optional("notes", notes);
    let confidence = fields.number("confidence");
    if confidence.is_some_and(|confidence| !(0.0..=1.0).contains(&confidence)) {
        fields.note("confidence", "must be in [0, 1]");
    }
    let transactions = read_transactions(&mut fields);
    match (disposition, fields.finish()) {
        (Some(disposition), problems) if problems.is_empty() => {
            Ok(NewDecision { disposition, notes, confidence, transactions })
        }
        (_, problems) => Err(Error::validation(problems)),
    }
}

fn read_transactions(fields: &mut Fields<'_>) -> Option<Vec<TransactionId>> {
    fields.value("transactions")?;
    let items = fields.items("transactions", MAX_NAMED);
    let mut ids = Vec::with_capacity(items.len());
    for (position, item) in items.iter().enumerate() {
        match item.as_str().map(TransactionId::parse) {
            Some(Ok(id)) => ids.push(id),
            Some(Err(invalid)) => fields.note_at("transactions", position, invalid.0),
            None => fields.note_at("transactions", position, "must be a string"),
        }
    }
    Some(ids)
}
