//! Alerts out: the queue, and one alert with everything that explains it. Reads only.

mod detail;
mod list;
mod wire;

use axum::Router;
use axum::routing::get;
use shared::http::layers;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/api/v1/alerts", get(list::list)).route("/api/v1/alerts/{id}", get(detail::read))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state)
}
