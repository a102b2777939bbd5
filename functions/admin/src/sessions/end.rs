//! `DELETE /api/v1/sessions/current`

use axum::extract::State;
use axum::http::StatusCode;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::sessions;

/// Ends the session that the call carries. Whoever can only read has nothing to end: such a session changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", tag = "access", operation_id = "end_session",
    responses((status = 204)), security(("key" = ["investigate"]))
)]
pub(crate) async fn end(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
) -> Result<StatusCode, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    sessions::end(&mut session, &credentials, &request_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
