//! `POST /api/v1/keys/{id}/revoke`

use crate::wire::key::KeyOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::keyring;

/// Ends a key for ever, and every session of it.
#[utoipa::path(
    post, path = "/api/v1/keys/{id}/revoke", tag = "access", operation_id = "revoke_key",
    params(("id" = String, Path, description = "A key's id.")), responses((status = 200, body = KeyOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn revoke(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<Json<KeyOut>, Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Administer, now).await?;
    let details = keyring::revoke(&mut session, &id, &request_id).await?;
    Ok(Json(KeyOut::new(details, now)))
}
