//! `GET /api/v1/sla`

use crate::wire::sla::{SlaOut, SlaQuery};
use axum::Json;
use axum::extract::State;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::{Fields, read_time};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::sla::by_week;

/// How the deadlines were met, and how long decisions took, by week.
#[utoipa::path(
    get, path = "/api/v1/sla", tag = "alerts", operation_id = "read_sla", params(SlaQuery),
    responses((status = 200, body = SlaOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<SlaOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let mut fields = Fields::of_query(&query);
    let (from, to) = (fields.optional("from", read_time), fields.optional("to", read_time));
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let weeks = by_week(&session, (from, to)).await?;
    Ok(Json(SlaOut::from(weeks)))
}
