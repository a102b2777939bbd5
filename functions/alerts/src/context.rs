//! `GET /api/v1/alerts/{id}/context`

use crate::wire::context::ContextOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::AlertId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::Caller;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::context;

/// Everything an analyst looks at before a decision: explanation, profile, history, similar alerts, sharers, timeline.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/context", tag = "alerts", operation_id = "read_alert_context",
    params(("id" = String, Path, description = "`alr_` and a UUID")),
    responses((status = 200, body = ContextOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<ContextOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = AlertId::parse(&id).map_err(|_| Error::not_found("alert"))?;
    let context = context::read(&state, &session, id).await?;
    Ok(Json(ContextOut::new(&context, session.now)))
}
