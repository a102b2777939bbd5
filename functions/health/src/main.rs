//! The `health` function on Lambda.

use shared::config::Config;
use shared::http::lambda;
use shared::state::AppState;
use shared::telemetry;

#[tokio::main]
async fn main() -> Result<(), lambda::BoxError> {
    let config = Config::from_environment()?;
    telemetry::start(config.log);
    let state = AppState::new(config, jiff::Timestamp::now())?;
    lambda::run(health::router(state)).await
}
