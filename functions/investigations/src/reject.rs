//! `POST /api/v1/alerts/{id}/reject`

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

/// Gives a proposed decision back to its holder, for a supervisor; who proposed it takes it back by this.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/reject", tag = "investigations", operation_id = "reject_decision",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")), request_body = ReasonIn,
    responses((status = 200, body = AlertOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn reject(
    State(state): State<AppState>,
    asked: Asked,
    JsonBody(body): JsonBody,
) -> Result<Tagged<AlertOut>, Error> {
    asked.make(&state, Permission::Investigate, || Ok(Move::Reject(read_reason(&body)?))).await
}
