//! `POST /api/v1/alerts/{id}/release`

use crate::alert_id;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::investigations;

/// Gives an alert back to the queue.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/release", tag = "investigations", operation_id = "release_alert",
    params(("id" = String, Path, description = "`alr_` and a UUID")),
    responses((status = 200, body = AlertOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn release(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<Json<AlertOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let alert = investigations::release(&mut session, alert_id(&id)?, &request_id).await?;
    Ok(Json(AlertOut::from(&alert)))
}
