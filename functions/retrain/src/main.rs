//! The `retrain` function on Lambda: one task an event of the schedule.

use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use shared::config::Config;
use shared::http::lambda;
use shared::state::AppState;
use shared::telemetry;

#[tokio::main]
async fn main() -> Result<(), lambda::BoxError> {
    let config = Config::from_environment()?;
    telemetry::start(&config);
    let state = AppState::new(config, Timestamp::now())?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let made = retrain::handler(&state, &event.payload, Timestamp::now()).await;
        made.map_err(|error| lambda::diagnostic(&error))
    }))
    .await
}
