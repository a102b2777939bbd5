//! Transactions in: one at a time, or up to 5,000 at once.

mod batch;
mod transactions;
mod wire;

use axum::Router;
use shared::http::layers;
use shared::state::AppState;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The function's routes, described.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(transactions::create)).routes(routes!(batch::create))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
