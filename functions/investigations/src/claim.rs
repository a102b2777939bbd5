//! `POST /api/v1/alerts/{id}/claim`

use crate::target;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::http::precondition::{IfMatch, Tagged, tagged};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::investigations::{Move, make};

/// Takes an alert out of the queue, for the caller.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/claim", tag = "investigations", operation_id = "claim_alert",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")),
    responses((status = 200, body = AlertOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn claim(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    IfMatch(seen): IfMatch,
    Path(id): Path<String>,
) -> Result<Tagged<AlertOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let target = target(&id, seen)?;
    let alert = make(&mut session, target, (Move::Claim, &request_id)).await?;
    Ok(tagged(alert.version(), AlertOut::from(&alert)))
}
