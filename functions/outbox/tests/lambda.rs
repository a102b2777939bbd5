//! The built binary of `outbox`, under a Runtime API, called by the schedule and by its queue.
#![cfg(feature = "lambda")]

use serde_json::json;
use shared::testing::database::TestDatabase;
use shared::testing::events::queue;
use shared::testing::runtime_api::RunningFunction;
use shared::testing::runtime_proof::Proof;

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-outbox");

#[tokio::test]
async fn the_schedule_is_answered_with_a_batch_and_the_queue_with_what_is_to_come_again() {
    let database = TestDatabase::fresh().await;
    let mut function = RunningFunction::start(BINARY, &[("DATABASE_URL", &database.url_of("outbox"))]).await;
    assert_eq!(function.invoke(json!({"task": "claim"})).await, Ok(json!({"messages": []})));
    let answer = json!({"responsePayload": {"n_attempts": 0, "attempts": []}});
    let taken = function.invoke(queue(&answer.to_string())).await;
    assert_eq!(taken, Ok(json!({"batchItemFailures": []})));
    let foreign = function.invoke(queue("nonsense")).await;
    let id = queue("")["Records"][0]["messageId"].clone();
    assert_eq!(foreign, Ok(json!({"batchItemFailures": [{"itemIdentifier": id}]})));
    let error = function.invoke(json!({"task": "dance"})).await.unwrap_err();
    assert_eq!(error["errorType"], "ValidationFailed", "{error}");
}

#[tokio::test]
async fn it_goes_on_after_a_hundred_calls_a_freeze_and_a_silent_database() {
    let database = TestDatabase::fresh().await;
    let proof = Proof::start(BINARY, "outbox", &database).await;
    proof.hold(|_| json!({"task": "claim"}), |outcome| *outcome == Ok(json!({"messages": []}))).await;
}
