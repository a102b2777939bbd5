//! The `retrain` function on Lambda: one task an event of the schedule.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use shared::config::Config;
use shared::state::AppState;
use shared::telemetry;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = Config::from_environment()?;
    telemetry::start(&config);
    let state = AppState::new(config, jiff::Timestamp::now())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let state = state.clone();
        async move {
            retrain::handler(&state, &event.payload, jiff::Timestamp::now())
                .await
                .map_err(Error::from)
        }
    }))
    .await
}
