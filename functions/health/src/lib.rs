//! Whether the service works: `/health`, `/ready`, `/version` and `/openapi.json` without a key, and `/metrics`.

mod health;
mod metrics;
mod openapi;
mod ready;
mod version;

use axum::Router;
use shared::http::layers;
use shared::http::routes::Routes;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Routes {
    shared::routes![health::health, ready::ready, metrics::metrics, version::version, openapi::openapi,]
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
