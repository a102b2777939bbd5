//! `POST /api/v1/alerts/{id}/reject`

use crate::target;
use crate::text::{ReasonIn, read_reason};
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::precondition::{IfMatch, Tagged, tagged};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::investigations::{Move, make};

/// Gives a proposed decision back to its holder, for a supervisor; who proposed it takes it back by this.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/reject", tag = "investigations", operation_id = "reject_decision",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")), request_body = ReasonIn,
    responses((status = 200, body = AlertOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn reject(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    (RequestId(request_id), IfMatch(seen)): (RequestId, IfMatch),
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Tagged<AlertOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let target = target(&id, seen)?;
    let reason = read_reason(&body)?;
    let alert = make(&mut session, target, (Move::Reject(reason), &request_id)).await?;
    Ok(tagged(alert.version(), AlertOut::from(&alert)))
}
