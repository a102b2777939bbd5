//! The `retrain` function on Lambda.

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
    let state = AppState::new(config, Timestamp::now())?.serving(env!("CARGO_PKG_NAME"));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let task = retrain::handler(&state, &event.payload, Timestamp::now());
        let made = lambda::invoked(&state, &event.context, task).await;
        made.map_err(|error| lambda::diagnostic(&error))
    }))
    .await
}
