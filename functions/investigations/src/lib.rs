//! What people write: claim, release and decide an alert; and labels, from outside.

mod claim;
mod decide;
mod labels;
mod release;

use axum::Router;
use shared::domain::ids::AlertId;
use shared::error::Error;
use shared::http::layers;
use shared::state::AppState;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The function's routes, described.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(claim::claim))
        .routes(routes!(release::release))
        .routes(routes!(decide::decide))
        .routes(routes!(labels::create))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}

/// An id that cannot be an id names nothing.
fn alert_id(text: &str) -> Result<AlertId, Error> {
    AlertId::parse(text).map_err(|_| Error::not_found("alert"))
}
