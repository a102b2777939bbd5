//! `GET /ready`: whether requests can be served, in the error structure when not.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::error::Error;
use shared::state::AppState;
use shared::workflow::health::check_ready;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ready)]
pub(crate) struct ReadyOut {
    /// Always `ready`.
    status: &'static str,
}

/// Whether requests can be served.
///
/// 200 when the database answers and is migrated, else 503.
#[utoipa::path(get, path = "/ready", tag = "operation", operation_id = "ready", responses((status = 200, body = ReadyOut)))]
pub(crate) async fn ready(State(state): State<AppState>) -> Result<Json<ReadyOut>, Error> {
    check_ready(&state).await?;
    Ok(Json(ReadyOut { status: "ready" }))
}
