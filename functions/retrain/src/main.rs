//! The `retrain` function on Lambda.

use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use shared::config::Config;
use shared::http::lambda;
use shared::state::AppState;
use shared::telemetry;
use std::time::SystemTime;

#[tokio::main]
async fn main() -> Result<(), lambda::BoxError> {
    let config = Config::from_environment()?;
    telemetry::start(config.log);
    let state = AppState::new(config, Timestamp::now())?.serving(env!("CARGO_PKG_NAME"));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let time_left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let task = lambda::within(time_left, retrain::handler(&state, &event.payload, Timestamp::now()));
        lambda::invoked(&state, &event.context, task).await.map_err(|error| lambda::diagnostic(&error))
    }))
    .await
}
