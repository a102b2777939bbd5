//! What stands round every function on Lambda, shown by functions that panic or never end: an answer, and a process that
//! goes on.

use axum::http::StatusCode;
use serde_json::json;
use shared::testing::events::GatewayEvent;
use shared::testing::runtime_api::RunningFunction;

const ROUTER: &str = env!("CARGO_BIN_EXE_panicking-router");
const TASK: &str = env!("CARGO_BIN_EXE_panicking-task");
const SETTINGS: [(&str, &str); 1] = [("DATABASE_URL", "postgres://telltale:secret@127.0.0.1:9/telltale")];

#[tokio::test]
async fn a_panic_of_a_handler_is_an_answer_and_the_process_goes_on() {
    let mut function = RunningFunction::start(ROUTER, &SETTINGS).await;
    for _ in 0..2 {
        let answer = function.call(GatewayEvent::get("/panic")).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.body["error"]["type"], "InternalError", "{}", answer.body);
        assert!(!answer.body.to_string().contains("secret"), "{}", answer.body);
        assert_eq!(function.call(GatewayEvent::get("/version")).await.status, StatusCode::OK);
    }
    // The standard library writes of a panic too, in a form of its own.
    let log = function.end_with_text().await;
    assert!(log.contains("a handler panicked: a secret of the handler's"), "{log}");
}

#[tokio::test]
async fn a_panic_of_a_task_is_an_error_to_whoever_sent_the_event_and_the_process_goes_on() {
    let mut function = RunningFunction::start(TASK, &SETTINGS).await;
    for _ in 0..2 {
        let error = function.invoke(json!({"task": "panic"})).await.unwrap_err();
        assert!(error["errorMessage"].as_str().unwrap().contains("the task gave way"), "{error}");
        assert_eq!(function.invoke(json!({"task": "fold"})).await.unwrap(), "fine");
    }
}

#[tokio::test]
async fn a_task_that_never_ends_is_given_up_before_lambda_ends_the_function() {
    let mut function = RunningFunction::start(TASK, &SETTINGS).await;
    let error = function.invoke(json!({"task": "hang"})).await.unwrap_err();
    assert_eq!(error["errorType"], "DeadlineExceeded", "{error}");
    assert_eq!(function.invoke(json!({"task": "fold"})).await.unwrap(), "fine");
}
