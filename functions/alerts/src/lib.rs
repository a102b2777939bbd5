//! Alerts out: the queue, one alert with everything that explains it, and any assessment, explained or
//! replayed. Reads only.

mod assessment;
mod detail;
mod list;
mod replay;
mod wire;

use axum::Router;
use axum::routing::get;
use shared::http::layers;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/alerts", get(list::list))
        .route("/api/v1/alerts/{id}", get(detail::read))
        .route("/api/v1/assessments/{id}", get(assessment::read))
        .route("/api/v1/assessments/{id}/replay", get(replay::read))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
