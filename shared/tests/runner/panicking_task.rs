//! A function that panics at the event `{"task": "panic"}`, run as the schedule's is.
#![expect(clippy::panic, reason = "this is what is tested")]

use lambda_http::lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::{Value, json};
use shared::config::Config;
use shared::error::Error;
use shared::http::lambda;
use shared::telemetry;
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), lambda::BoxError> {
    telemetry::start(Config::from_environment()?.log);
    run(service_fn(async |event: LambdaEvent<Value>| {
        let done = lambda::within(Duration::from_secs(5), task(&event.payload)).await;
        done.map_err(|error| lambda::diagnostic(&error))
    }))
    .await
}

async fn task(event: &Value) -> Result<Value, Error> {
    if event["task"] == "panic" {
        panic!("the task gave way");
    }
    if event["task"] == "hang" {
        std::future::pending::<()>().await;
    }
    Ok(json!("fine"))
}
