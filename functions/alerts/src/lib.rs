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
use shared::http::routes::Routes;
use shared::state::AppState;

/// The function's routes.
pub fn routes() -> Routes {
    shared::routes![
        list::list,
        facets::count,
        export::export,
        detail::read,
        dashboard::read,
        dashboard::analyse,
        sla::read,
        trail::read,
        evidence::read,
        context::read,
        related::list,
        transactions::list,
        transactions::read,
        accounts::list,
        accounts::read,
        investigations::list,
        labels::list,
        audit::list,
        noise::list,
        noise::count,
        configurations::list,
        assessment::read,
        replay::read,
    ]
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
