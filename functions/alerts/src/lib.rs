//! What people read: the queue, one alert with everything that explains it or proves what was done about it, any
//! assessment, explained or replayed, and the transactions, accounts, labels and trails behind them. Reads only.

mod accounts;
mod assessment;
mod audit;
mod configurations;
mod context;
mod dashboard;
mod detail;
mod evidence;
mod export;
mod facets;
mod filter;
mod investigations;
mod labels;
mod list;
mod noise;
mod related;
mod replay;
mod sla;
mod trail;
mod transactions;
mod wire;

use axum::Router;
use shared::http::layers;
use shared::state::AppState;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The function's routes, described.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::list))
        .routes(routes!(facets::count))
        .routes(routes!(export::export))
        .routes(routes!(detail::read))
        .routes(routes!(dashboard::read))
        .routes(routes!(dashboard::analyse))
        .routes(routes!(sla::read))
        .routes(routes!(trail::read))
        .routes(routes!(evidence::read))
        .routes(routes!(context::read))
        .routes(routes!(related::list))
        .routes(routes!(transactions::list))
        .routes(routes!(transactions::read))
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::read))
        .routes(routes!(investigations::list))
        .routes(routes!(labels::list))
        .routes(routes!(audit::list))
        .routes(routes!(noise::list))
        .routes(routes!(noise::count))
        .routes(routes!(configurations::list))
        .routes(routes!(assessment::read))
        .routes(routes!(replay::read))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
