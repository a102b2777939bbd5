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
    telemetry::start(config.log);
    let state = AppState::new(config, Timestamp::now())?.serving(env!("CARGO_PKG_NAME"));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let LambdaEvent { payload, context } = event;
        let time_left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        // Boxed, because a future of this depth is more than the compiler lays out in one piece.
        let work = Box::pin(bulk::handler(&state, &payload, (&context.request_id, Timestamp::now())));
        let done = lambda::invoked(&state, &context, lambda::within(time_left, work)).await;
        done.map_err(|error| lambda::diagnostic(&error))
    }))
    .await
}
