//! The `migrate` function on Lambda: run by a deployment, before the new code takes traffic.

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
    let config = migrate::as_owner(Config::from_environment()?);
    telemetry::start(config.log);
    let state = AppState::new(config, Timestamp::now())?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let time_left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let made = migrate::handler(&state, &event.payload, time_left).await;
        made.map_err(|error| lambda::diagnostic(&error))
    }))
    .await
}
