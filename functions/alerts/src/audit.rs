//! `GET /api/v1/audit`

use crate::wire::query::{AuditQuery, PagingQuery};
use crate::wire::record::AuditOut;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::text::Text;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::{Fields, read_time};
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::records::{AfterEvent, AuditFilter, ChainedEvent, list_events};

#[derive(Serialize, Deserialize)]
struct CursorIn {
    at: Timestamp,
    chain: String,
    sequence: i64,
}

/// A page of the audit trail over all chains, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", operation_id = "list_audit_events", params(AuditQuery, PagingQuery),
    responses((status = 200, body = AuditOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<AuditOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let (filter, paging) = read_listing(&query)?;
    let signature = format!("audit {filter:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after: Option<CursorIn> = paging.position(sealing.0, sealing.1)?;
    let after = after.map(|CursorIn { at, chain, sequence }| AfterEvent { at, chain, sequence });
    let rows = list_events(&session, &filter, after.as_ref(), paging.n_wanted()).await?;
    let paged = paging.page(rows, sealing, |last: &ChainedEvent| CursorIn {
        at: last.at,
        chain: last.chain.clone(),
        sequence: last.sequence,
    })?;
    Ok(Json(AuditOut::from(paged)))
}

fn read_listing(query: &Value) -> Result<(AuditFilter, Paging), Error> {
    let mut fields = Fields::of_query(query);
    let mut name = |name| fields.optional(name, |text| Ok(Text::<160>::parse(text)?.to_string()));
    let (chain, actor, action) = (name("chain"), name("actor"), name("action"));
    let (from, to) = (fields.optional("from", read_time), fields.optional("to", read_time));
    let filter = AuditFilter { chain, actor, action, from, to };
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if problems.is_empty() { Ok((filter, paging)) } else { Err(Error::validation(problems)) }
}
