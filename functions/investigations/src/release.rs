//! `POST /api/v1/alerts/{id}/release`

use crate::asked::Asked;
use axum::extract::State;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::precondition::Tagged;
use shared::state::AppState;
use shared::workflow::investigations::Move;

/// Gives an alert back to the queue.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/release", tag = "investigations", operation_id = "release_alert",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")),
    responses((status = 200, body = AlertOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn release(State(state): State<AppState>, asked: Asked) -> Result<Tagged<AlertOut>, Error> {
    asked.make(&state, Permission::Investigate, || Ok(Move::Release)).await
}
