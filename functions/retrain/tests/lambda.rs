//! The built binary of `retrain`, under a Runtime API, called through the schedule's events.
#![cfg(feature = "lambda")]

use serde_json::json;
use shared::domain::access::Role;
use shared::testing::app::{state_for, store_key};
use shared::testing::database::TestDatabase;
use shared::testing::events::{schedule, schedule_without_input};
use shared::testing::history::ingest_habit;
use shared::testing::runtime_api::{RunningFunction, TRACE_ID};
use shared::testing::runtime_proof::Proof;
use shared::workflow::keys::ApiKey;

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-retrain");

#[tokio::test]
async fn the_schedules_tasks_are_done_one_an_event() {
    let database = TestDatabase::fresh().await;
    let state = state_for(&database.url);
    let key = ApiKey::generate().unwrap();
    store_key(&state, &key, Role::Admin).await;
    ingest_habit(&state, &key.reveal(), ("account-1", 300)).await;
    let mut function = RunningFunction::start(BINARY, &[("DATABASE_URL", &database.url_of("retrain"))]).await;
    let baseline = function.invoke(schedule()).await.unwrap();
    assert_eq!((&baseline["kind"], &baseline["n_rows"]), (&json!("population_baseline"), &json!(300)));
    let as_of = &schedule()["as_of"];
    let model = function.invoke(json!({"task": "retrain", "as_of": as_of})).await.unwrap();
    assert_eq!((&model["kind"], &model["n_rows"]), (&json!("isolation_forest"), &json!(300)));
    assert_eq!(database.number("select count(*) from models").await, 2);
    let early = json!({"task": "retrain", "as_of": "2020-01-01T00:00:00Z"});
    let skipped = function.invoke(early).await.unwrap();
    assert!(skipped["skipped"].is_string(), "{skipped}");
    for task in ["partition", "fold", "anchor", "verify-audit", "metrics"] {
        let done = function.invoke(json!({"task": task})).await;
        assert!(done.as_ref().is_ok_and(serde_json::Value::is_object), "{task}: {done:?}");
    }
    assert_eq!(database.number("select count(*) from models").await, 2);
    // One line, of the one task that has something to tell; its log line can be found by the trace.
    let (log, metrics) = function.end_with_metrics().await;
    assert_eq!(metrics.len(), 1, "{metrics:?}");
    let (line, directives) = (&metrics[0], &metrics[0]["_aws"]["CloudWatchMetrics"]);
    assert_eq!((&line["environment"], &line["function"]), (&json!("production"), &json!("retrain")));
    assert_eq!(directives.as_array().map(Vec::len), Some(1), "{line}");
    assert_eq!(directives[0]["Dimensions"], json!([["environment"]]));
    assert_eq!((&line["QueueDepth"], &line["StrayRows"]), (&json!(0), &json!(0)));
    assert!(line["ModelAge"].as_f64().is_some_and(|age| (0.0..600.0).contains(&age)), "{line}");
    let ended: Vec<_> = log.iter().filter(|line| line["task"] == "metrics").collect();
    assert_eq!(ended.len(), 1, "{log:?}");
    assert_eq!(ended[0]["span"]["trace_id"], TRACE_ID);
    assert_eq!(ended[0]["span"]["environment"], "production");
}

#[tokio::test]
async fn an_event_that_names_no_task_is_an_error_that_says_so() {
    let database = TestDatabase::fresh().await;
    let mut function = RunningFunction::start(BINARY, &[("DATABASE_URL", &database.url_of("retrain"))]).await;
    let events = [schedule_without_input(), json!({"task": "dance"}), json!({}), json!([])];
    for event in events {
        let error = function.invoke(event.clone()).await.unwrap_err();
        assert_eq!(error["errorType"], "ValidationFailed", "{event}: {error}");
    }
    let error = function.invoke(json!({"task": "dance"})).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("/task must be one of retrain, snapshot"), "{message}");
    // The process is none the worse for it.
    assert!(function.invoke(json!({"task": "fold"})).await.is_ok());
}

#[tokio::test]
async fn an_unreachable_database_fails_the_task_and_the_log_says_why() {
    let settings = [("DATABASE_URL", "postgres://telltale:secret@127.0.0.1:9/telltale")];
    let mut function = RunningFunction::start(BINARY, &settings).await;
    let error = function.invoke(schedule()).await.unwrap_err();
    assert_eq!(error["errorType"], "DatabaseUnavailable", "{error}");
    let lines = function.end().await;
    let failed: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(failed.len(), 1, "{lines:?}");
    assert!(failed[0].to_string().contains("refused"), "{}", failed[0]);
}

#[tokio::test]
async fn a_missing_database_url_stops_the_start() {
    let mut function = RunningFunction::start(BINARY, &[]).await;
    let (status, log) = function.ended().await;
    assert!(!status.success());
    assert!(log.contains("DATABASE_URL"), "{log}");
}

#[tokio::test]
async fn one_start_does_a_hundred_tasks_and_outlives_a_freeze_and_a_silent_database() {
    let database = TestDatabase::fresh().await;
    let event = |n: usize| json!({"task": if n.is_multiple_of(2) { "fold" } else { "partition" }});
    Proof::start(BINARY, "retrain", &database).await.hold(event, Result::is_ok).await;
}
