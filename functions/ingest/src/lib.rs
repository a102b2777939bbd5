//! Transactions in: one at a time, or up to 5,000 at once.

mod batch;
mod transactions;
mod wire;

use axum::Router;
use shared::http::layers;
use shared::http::routes::Routes;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Routes {
    shared::routes![transactions::create, batch::create]
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
