//! What people write: claim, release and decide an alert; and labels, from outside.

mod claim;
mod decide;
mod labels;
mod release;

use axum::Router;
use axum::routing::post;
use shared::domain::ids::AlertId;
use shared::error::Error;
use shared::http::layers;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/alerts/{id}/claim", post(claim::claim))
        .route("/api/v1/alerts/{id}/release", post(release::release))
        .route("/api/v1/alerts/{id}/decide", post(decide::decide))
        .route("/api/v1/labels", post(labels::create))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}

/// An id that cannot be an id names nothing.
fn alert_id(text: &str) -> Result<AlertId, Error> {
    AlertId::parse(text).map_err(|_| Error::not_found("alert"))
}
