//! A function whose one route panics, served as every function with routes is.
#![expect(clippy::panic, reason = "this is what is tested")]

use axum::Router;
use axum::routing::get;
use shared::config::Config;
use shared::http::{lambda, layers};
use shared::state::AppState;
use shared::telemetry;

#[tokio::main]
async fn main() -> Result<(), lambda::BoxError> {
    let config = Config::from_environment()?;
    telemetry::start(config.log);
    let state = AppState::new(config, jiff::Timestamp::now())?;
    let routes = Router::new().route("/panic", get(panic)).route("/version", get(async || "fine"));
    lambda::run(layers::finish(routes, state)).await
}

async fn panic() -> &'static str {
    panic!("a secret of the handler's")
}
