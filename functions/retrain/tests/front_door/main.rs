//! The schedule's tasks through the handler: what they make, what they leave alone, and what they say.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod alerts;
mod appending;
mod drift;
mod expire;
mod fold;
mod learning;
mod metrics;
mod partitions;
mod promotion;
mod supervised;
mod verifying;
mod verifying_files;

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::error::Error;
use shared::http::layers;
use shared::testing::app::{TestApp, of_function, state_with};
use shared::testing::builders::noon;
use shared::testing::database::TestDatabase;

/// Transactions and labels in.
async fn app() -> TestApp {
    TestApp::new(|state| layers::finish(ingest::routes().merge(investigations::routes()), state)).await
}

/// The same with some settings of its own.
async fn app_with(settings: &[(&str, &str)]) -> TestApp {
    let database = TestDatabase::fresh().await;
    let state = state_with(&database.url, settings);
    TestApp::with_state(database, state, |state| {
        layers::finish(ingest::routes().merge(investigations::routes()), state)
    })
    .await
}

/// Hands the schedule's event to the handler, over its own login.
async fn handle(app: &TestApp, event: &Value) -> Result<Value, Error> {
    retrain::handler(&of_function(&app.state, "retrain"), event, Timestamp::now()).await
}

/// A task as of noon that must succeed.
async fn run(app: &TestApp, task: &str) -> Value {
    handle(app, &json!({"task": task, "as_of": noon().to_string()})).await.unwrap()
}
