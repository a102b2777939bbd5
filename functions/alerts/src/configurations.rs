//! `GET /api/v1/configurations`

use crate::wire::query::PagingQuery;
use crate::wire::record::ConfigurationsOut;
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
use shared::workflow::records::{ListedVersion, list_versions};

/// A page of the configuration's versions, newest first, and which of them is active.
#[utoipa::path(
    get, path = "/api/v1/configurations", tag = "configurations", operation_id = "list_configurations", params(PagingQuery),
    responses((status = 200, body = ConfigurationsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<ConfigurationsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let mut fields = Fields::of_query(&query);
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let sealing = (state.config.secret_key.as_str(), "configurations");
    let after = paging.position(sealing.0, sealing.1)?;
    let rows = list_versions(&session, after, paging.n_wanted()).await?;
    let paged = paging.page(rows, sealing, |last: &ListedVersion| last.version)?;
    Ok(Json(ConfigurationsOut::from(paged)))
}
