//! Alerts out: the queue, one alert with everything that explains it or proves what was done about it, and any
//! assessment, explained or replayed. Reads only.

mod assessment;
mod detail;
mod evidence;
mod list;
mod replay;
mod sla;
mod trail;
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
        .routes(routes!(detail::read))
        .routes(routes!(sla::read))
        .routes(routes!(trail::read))
        .routes(routes!(evidence::read))
        .routes(routes!(assessment::read))
        .routes(routes!(replay::read))
}

/// The function as a service.
pub fn router(state: AppState) -> Router {
    layers::finish(routes(), state.serving(env!("CARGO_PKG_NAME")))
}
