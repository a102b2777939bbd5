//! `GET /api/v1/alerts/facets`

use crate::filter::read_filter;
use crate::wire::facets::FacetsOut;
use crate::wire::query::FilterQuery;
use axum::Json;
use axum::extract::State;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::alerts::facets;

/// What each word of each facet would leave of the queue, under all the other filters.
#[utoipa::path(
    get, path = "/api/v1/alerts/facets", tag = "alerts", operation_id = "count_alerts", params(FilterQuery),
    responses((status = 200, body = FacetsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn count(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<FacetsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let mut fields = Fields::of_query(&query);
    let filter = read_filter(&mut fields, &session.actor);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    Ok(Json(FacetsOut::from(facets(&session, &filter).await?)))
}
