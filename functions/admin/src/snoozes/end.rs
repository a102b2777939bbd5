//! `POST /api/v1/snoozes/{id}/end`

use crate::wire::snooze::SnoozeOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::SnoozeId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::snoozes::end as end_snooze;

/// Ends a snooze before its time; it stays as history.
#[utoipa::path(
    post, path = "/api/v1/snoozes/{id}/end", tag = "lists", operation_id = "end_snooze",
    params(("id" = String, Path, description = "`snz_` and a UUID.")), responses((status = 200, body = SnoozeOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn end(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<Json<SnoozeOut>, Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Investigate, now).await?;
    let id = SnoozeId::parse(&id).map_err(|_| Error::not_found("snooze"))?;
    let ended = end_snooze(&mut session, id, &request_id).await?;
    Ok(Json(SnoozeOut::new(ended, now)))
}
