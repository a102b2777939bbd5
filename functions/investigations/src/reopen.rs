//! `POST /api/v1/alerts/{id}/reopen`

use crate::asked::Asked;
use crate::text::{ReasonIn, read_reason};
use axum::extract::State;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::extract::JsonBody;
use shared::http::precondition::Tagged;
use shared::state::AppState;
use shared::workflow::investigations::Move;

/// Takes a decided alert into review again, for the supervisor who does it.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/reopen", tag = "investigations", operation_id = "reopen_alert",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")), request_body = ReasonIn,
    responses((status = 200, body = AlertOut)), security(("key" = ["supervise"]))
)]
pub(crate) async fn reopen(
    State(state): State<AppState>,
    asked: Asked,
    JsonBody(body): JsonBody,
) -> Result<Tagged<AlertOut>, Error> {
    asked.make(&state, Permission::Supervise, || Ok(Move::Reopen(read_reason(&body)?))).await
}
