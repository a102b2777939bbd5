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
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
struct HealthOut {
    /// healthy or unhealthy.
    status: &'static str,
    /// connected or disconnected.
    database: &'static str,
    uptime_seconds: i64,
    version: &'static str,
}

/// Whether the service works, for load balancers and monitors.
///
/// 200 healthy and connected, or 503 unhealthy and disconnected.
#[utoipa::path(
    get, path = "/health", tag = "operation", operation_id = "health",
    responses((status = 200, body = HealthOut), (status = 503, body = HealthOut))
)]
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
