//! `GET /api/v1/dashboard` and `GET /api/v1/analysis`

use crate::wire::dashboard::{AnalysisOut, DashboardOut};
use axum::Json;
use axum::extract::State;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::Caller;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::dashboard;

/// A team's day in figures.
///
/// Open alerts, the last 24 hours and 30 days, how alerts ended and how fast. `stale` when they could not be counted within
/// a second: then they are of `as_of`.
#[utoipa::path(
    get, path = "/api/v1/dashboard", tag = "dashboard", operation_id = "read_dashboard",
    responses((status = 200, body = DashboardOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
) -> Result<Json<DashboardOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    Ok(Json(DashboardOut::from(&dashboard::dashboard(&state, session).await?)))
}

/// What the alerts of the last 30 days turned out to be.
///
/// By detector, reason code, pairs of reasons, account and counterparty.
#[utoipa::path(
    get, path = "/api/v1/analysis", tag = "dashboard", operation_id = "read_analysis",
    responses((status = 200, body = AnalysisOut)), security(("key" = ["read"]))
)]
pub(crate) async fn analyse(
    State(state): State<AppState>,
    Caller(credentials): Caller,
) -> Result<Json<AnalysisOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    Ok(Json(AnalysisOut::from(&dashboard::analysis(&state, session).await?)))
}
