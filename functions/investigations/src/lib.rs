//! What people write: their moves on alerts; and labels, from outside.

mod assign;
mod bulk;
mod claim;
mod claim_next;
mod close;
mod decide;
mod escalate;
mod labels;
mod notes;
mod operations;
mod release;
mod reopen;
mod text;
mod wire;

use axum::Router;
use shared::domain::ids::AlertId;
use shared::domain::version::Seen;
use shared::error::Error;
use shared::http::layers;
use shared::state::AppState;
use shared::workflow::investigations::Target;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The function's routes, described.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(bulk::bulk))
        .routes(routes!(claim_next::claim_next))
        .routes(routes!(claim::claim))
        .routes(routes!(release::release))
        .routes(routes!(assign::assign))
        .routes(routes!(escalate::escalate))
        .routes(routes!(decide::decide))
        .routes(routes!(reopen::reopen))
        .routes(routes!(close::close))
        .routes(routes!(notes::list, notes::write))
        .routes(routes!(notes::read, notes::edit))
        .routes(routes!(operations::list))
        .routes(routes!(operations::read))
        .routes(routes!(operations::undo))
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

/// Which alert, and which version of it the caller has seen.
fn target(id: &str, seen: Seen) -> Result<Target, Error> {
    Ok(Target { id: alert_id(id)?, seen })
}
