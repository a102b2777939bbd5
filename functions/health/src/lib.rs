//! Whether the service works: `/health`, `/ready` and `/version` without a key, and `/metrics`.

mod health;
mod metrics;
mod ready;
mod version;

use axum::Router;
use axum::routing::get;
use shared::http::layers;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(ready::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/version", get(version::version))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
