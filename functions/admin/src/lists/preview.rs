//! `GET /api/v1/lists/{id}/preview`

use crate::wire::preview::PreviewOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::ListEntryId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::Caller;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::previews::of_entry;

/// What an entry would have done to the last 30 days, and what it has held back since it was made.
#[utoipa::path(
    get, path = "/api/v1/lists/{id}/preview", tag = "lists", operation_id = "preview_list_entry",
    params(("id" = String, Path, description = "`lst_` and a UUID.")), responses((status = 200, body = PreviewOut)), security(("key" = ["read"]))
)]
pub(crate) async fn preview(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<PreviewOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = ListEntryId::parse(&id).map_err(|_| Error::not_found("list entry"))?;
    Ok(Json(PreviewOut::from(of_entry(&session, id).await?)))
}
