//! Who may do what, what raises alerts, and who else is told: keys, the sessions that people exchange them for, lists,
//! snoozes, configuration versions, webhooks and their deliveries.

mod configurations;
mod deliveries;
mod keys;
mod lists;
mod sessions;
mod snoozes;
mod webhooks;
mod wire;

use axum::Router;
use shared::http::layers;
use shared::http::routes::Routes;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Routes {
    shared::routes![
        keys::list::list,
        keys::create::create,
        keys::rotate::rotate,
        keys::revoke::revoke,
        sessions::begin::begin,
        sessions::end::end,
        lists::list::list,
        lists::add::add,
        lists::remove::remove,
        lists::preview::preview,
        snoozes::list::list,
        snoozes::make::make,
        snoozes::end::end,
        snoozes::preview::preview,
        configurations::change::change,
        configurations::activate::activate,
        webhooks::list::list,
        webhooks::add::add,
        webhooks::rotate::rotate,
        webhooks::test::test,
        webhooks::redeliver::redeliver,
        webhooks::remove::remove,
        deliveries::list::list,
        deliveries::redeliver::redeliver,
    ]
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
