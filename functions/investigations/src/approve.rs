//! `POST /api/v1/alerts/{id}/approve`

use crate::target;
use crate::wire::DecidedOut;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::http::precondition::{IfMatch, Tagged, tagged};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::investigations;

/// Makes a proposed decision count, for a supervisor who did not propose it.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/approve", tag = "investigations", operation_id = "approve_decision",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = String, Header, description = "The version that was seen, in quotes, or *")),
    responses((status = 200, body = DecidedOut)), security(("key" = ["supervise"]))
)]
pub(crate) async fn approve(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    (RequestId(request_id), IfMatch(seen)): (RequestId, IfMatch),
    Path(id): Path<String>,
) -> Result<Tagged<DecidedOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Supervise, clock::now()).await?;
    let target = target(&id, seen)?;
    let decided = investigations::approve(&mut session, target, &request_id).await?;
    Ok(tagged(decided.alert.version(), DecidedOut::from(&decided)))
}
