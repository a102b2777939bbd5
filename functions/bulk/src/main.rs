//! The `bulk` function on Lambda: transactions from a queue or a bucket.

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
    telemetry::start(&config);
    let state = AppState::new(config, Timestamp::now())?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let LambdaEvent { payload, context } = event;
        let time_left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let work = bulk::handler(&state, &payload, (&context.request_id, Timestamp::now()));
        lambda::within(time_left, work).await.map_err(|error| lambda::diagnostic(&error))
    }))
    .await
}
