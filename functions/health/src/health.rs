//! `GET /health`: for load balancers and monitors. The one answer whose error body has a shape of its own.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use shared::http::clock;
use shared::http::layers::OwnShape;
use shared::state::AppState;
use shared::workflow::health::is_database_reachable;

#[derive(Debug, Serialize)]
struct HealthOut {
    status: &'static str,
    database: &'static str,
    uptime_seconds: i64,
    version: &'static str,
}

/// 200 healthy and connected, or 503 unhealthy and disconnected.
pub(crate) async fn health(State(state): State<AppState>) -> Response {
    let is_connected = is_database_reachable(&state).await;
    let body = HealthOut {
        status: if is_connected { "healthy" } else { "unhealthy" },
        database: if is_connected { "connected" } else { "disconnected" },
        uptime_seconds: clock::now().duration_since(state.started_at).as_secs(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let status = if is_connected { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Extension(OwnShape), Json(body)).into_response()
}
