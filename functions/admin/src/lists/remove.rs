//! `POST /api/v1/lists/{id}/remove`

use crate::wire::list::EntryOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::ListEntryId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::lists::remove as remove_entry;

/// Takes an entry off its list; it stays as history.
#[utoipa::path(
    post, path = "/api/v1/lists/{id}/remove", tag = "lists", operation_id = "remove_list_entry",
    params(("id" = String, Path, description = "`lst_` and a UUID.")), responses((status = 200, body = EntryOut)), security(("key" = ["supervise"]))
)]
pub(crate) async fn remove(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<Json<EntryOut>, Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Supervise, now).await?;
    let id = ListEntryId::parse(&id).map_err(|_| Error::not_found("list entry"))?;
    let removed = remove_entry(&mut session, id, &request_id).await?;
    Ok(Json(EntryOut::new(removed, now)))
}
