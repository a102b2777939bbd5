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
use shared::state::AppState;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The function's routes, described.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(keys::list::list, keys::create::create))
        .routes(routes!(keys::rotate::rotate))
        .routes(routes!(keys::revoke::revoke))
        .routes(routes!(sessions::begin::begin))
        .routes(routes!(sessions::end::end))
        .routes(routes!(lists::list::list, lists::add::add))
        .routes(routes!(lists::remove::remove))
        .routes(routes!(lists::preview::preview))
        .routes(routes!(snoozes::list::list, snoozes::make::make))
        .routes(routes!(snoozes::end::end))
        .routes(routes!(snoozes::preview::preview))
        .routes(routes!(configurations::change::change))
        .routes(routes!(configurations::activate::activate))
        .routes(routes!(webhooks::list::list, webhooks::add::add))
        .routes(routes!(webhooks::rotate::rotate))
        .routes(routes!(webhooks::test::test))
        .routes(routes!(webhooks::remove::remove))
        .routes(routes!(deliveries::list::list))
        .routes(routes!(deliveries::redeliver::redeliver))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
