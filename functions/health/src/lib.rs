//! Whether the service works: `/health`, `/ready`, `/version` and `/openapi.json` without a key, and `/metrics`.

mod health;
mod metrics;
mod openapi;
mod ready;
mod version;

use axum::Router;
use shared::http::layers;
use shared::state::AppState;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The function's routes, described.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(health::health))
        .routes(routes!(ready::ready))
        .routes(routes!(metrics::metrics))
        .routes(routes!(version::version))
        .routes(routes!(openapi::openapi))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
