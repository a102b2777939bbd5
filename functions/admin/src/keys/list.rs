//! `GET /api/v1/keys`

use crate::wire::key::{KeyOut, KeyPageOut, KeysQuery};
use axum::Json;
use axum::extract::State;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::keyring::{self, KeyDetails, KeyPosition};

/// The listing's name; it has no filters.
const SIGNATURE: &str = "keys";

/// A page of keys, newest made first. Secrets are not in it, nor their hashes.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "access", operation_id = "list_keys",
    params(KeysQuery), responses((status = 200, body = KeyPageOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<KeyPageOut>, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Administer, now).await?;
    let mut fields = Fields::of_query(&query);
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let sealing = (state.config.secret_key.as_str(), SIGNATURE);
    let after: Option<KeyPosition> = paging.position(sealing.0, sealing.1)?;
    let keys = keyring::list(&session, after.as_ref(), paging.n_wanted()).await?;
    let paged = paging.page(keys, sealing, |last: &KeyDetails| (last.created_at, last.id.clone()))?;
    let keys = paged.rows.into_iter().map(|key| KeyOut::new(key, now)).collect();
    Ok(Json(KeyPageOut { keys, next_cursor: paged.next_cursor }))
}
