//! `POST /api/v1/alerts/{id}/close`

use crate::asked::Asked;
use axum::extract::State;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::precondition::Tagged;
use shared::state::AppState;
use shared::workflow::investigations::Move;

/// Closes a resolved alert for good.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/close", tag = "investigations", operation_id = "close_alert",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")),
    responses((status = 200, body = AlertOut)), security(("key" = ["supervise"]))
)]
pub(crate) async fn close(State(state): State<AppState>, asked: Asked) -> Result<Tagged<AlertOut>, Error> {
    asked.make(&state, Permission::Supervise, || Ok(Move::Close(None))).await
}
