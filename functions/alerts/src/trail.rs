//! `GET /api/v1/alerts/{id}/audit`

use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::audit::StoredEvent;
use shared::domain::ids::AlertId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::Caller;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::evidence::{Trail, trail};
use utoipa::ToSchema;

/// An alert's audit chain, verified while it was read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Trail)]
pub(crate) struct TrailOut {
    alert_id: String,
    /// Whether every event is what was written, and none is missing.
    is_verified: bool,
    /// The first thing that is wrong.
    fault: Option<String>,
    /// The newest anchor that covers the chain.
    anchor: Option<AnchorOut>,
    /// `alert:` and the id.
    chain: String,
    head: HeadOut,
    events: Vec<HashedEventOut>,
}

/// An anchor of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrailAnchor)]
struct AnchorOut {
    number: i64,
    at: Timestamp,
}

/// The newest event, as the alert's own row names it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrailHead)]
struct HeadOut {
    sequence: i64,
    /// Base64.
    hash: String,
}

/// An audit event with its hashes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HashedAuditEvent)]
struct HashedEventOut {
    sequence: i64,
    at: Timestamp,
    actor: String,
    action: String,
    request_id: String,
    before: Value,
    after: Value,
    /// Base64; zeros before the first.
    prev_hash: String,
    /// The bytes that were hashed behind `prev_hash`, base64.
    canonical: String,
    /// SHA-256, base64.
    hash: String,
}

/// An alert's audit trail with its hashes and the bytes that were hashed.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/audit", tag = "alerts", operation_id = "read_alert_audit",
    params(("id" = String, Path, description = "`alr_` and a UUID")),
    responses((status = 200, body = TrailOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<TrailOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = AlertId::parse(&id).map_err(|_| Error::not_found("alert"))?;
    Ok(Json(TrailOut::from(&trail(&session, id).await?)))
}

impl From<&Trail> for TrailOut {
    fn from(trail: &Trail) -> Self {
        let head = trail.alert.head;
        Self {
            alert_id: trail.alert.id.to_string(),
            is_verified: trail.fault.is_none(),
            fault: trail.fault.as_ref().map(ToString::to_string),
            anchor: trail
                .anchor
                .as_ref()
                .map(|(anchor, _)| AnchorOut { number: anchor.number, at: anchor.at }),
            chain: trail.alert.chain(),
            head: HeadOut { sequence: head.sequence, hash: STANDARD.encode(head.hash) },
            events: trail.events.iter().map(event_out).collect(),
        }
    }
}

fn event_out(event: &StoredEvent) -> HashedEventOut {
    HashedEventOut {
        sequence: event.sequence,
        at: event.at,
        actor: event.actor.clone(),
        action: event.action.clone(),
        request_id: event.request_id.clone(),
        before: event.before.clone(),
        after: event.after.clone(),
        prev_hash: STANDARD.encode(&event.prev_hash),
        canonical: STANDARD.encode(&event.canonical),
        hash: STANDARD.encode(&event.hash),
    }
}
