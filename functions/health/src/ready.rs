//! `GET /ready`: whether requests can be served, in the error structure when not.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shared::error::Error;
use shared::state::AppState;
use shared::workflow::health::check_ready;

#[derive(Debug, Serialize)]
pub(crate) struct ReadyOut {
    status: &'static str,
}

/// 200 when the database answers and is migrated, else 503.
pub(crate) async fn ready(State(state): State<AppState>) -> Result<Json<ReadyOut>, Error> {
    check_ready(&state).await?;
    Ok(Json(ReadyOut { status: "ready" }))
}
