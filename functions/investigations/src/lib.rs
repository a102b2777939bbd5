//! What people write: their moves on alerts, and their views of the queue; and labels, from outside.

mod approve;
mod asked;
mod assign;
mod attachments;
mod bulk;
mod claim;
mod claim_next;
mod close;
mod decide;
mod escalate;
mod labels;
mod notes;
mod operations;
mod reject;
mod release;
mod reopen;
mod text;
mod views;
mod wire;

use axum::Router;
use shared::domain::ids::AlertId;
use shared::domain::version::Seen;
use shared::error::Error;
use shared::http::layers;
use shared::http::routes::Routes;
use shared::state::AppState;
use shared::workflow::investigations::Target;

/// The function's routes.
pub fn routes() -> Routes {
    shared::routes![
        bulk::bulk,
        claim_next::claim_next,
        claim::claim,
        release::release,
        assign::assign,
        escalate::escalate,
        decide::decide,
        approve::approve,
        reject::reject,
        reopen::reopen,
        close::close,
        notes::list,
        notes::write,
        notes::read,
        notes::edit,
        attachments::list,
        attachments::read,
        attachments::erase,
        operations::list,
        operations::read,
        operations::undo,
        labels::create,
        views::list,
        views::save,
        views::remove,
    ]
    .merge(shared::routes![attachments::attach].with_body_limit(layers::MAX_BODY_BYTES_OF_A_FILE))
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
