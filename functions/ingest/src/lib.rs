//! Transactions in: one at a time, or up to 5,000 at once.

mod batch;
mod transactions;
mod wire;

use axum::Router;
use axum::routing::post;
use shared::http::layers;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/transactions", post(transactions::create))
        .route("/api/v1/transactions/batch", post(batch::create))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
