//! The built binary of `deliver`, under a Runtime API, called with what the outbox has answered.
#![cfg(feature = "lambda")]
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

use axum::Router;
use axum::routing::post;
use serde_json::{Value, json};
use shared::testing::runtime_api::RunningFunction;
use tokio::net::TcpListener;

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-deliver");

/// What Lambda hands on of an outbox's answer with one message to this address.
fn event(url: &str) -> Value {
    let message = json!({
        "delivery_id": "dlv_1", "n_attempts": 1, "claimed_at": "2026-01-01T00:00:00Z", "url": url, "message_id": "msg_1", "timestamp": 1,
        "signature": "v1,x", "body": "{}",
    });
    json!({"version": "1.0", "responsePayload": {"messages": [message]}})
}

/// Why a message to this address was not sent.
async fn refused(function: &mut RunningFunction, url: &str) -> String {
    let answer = function.invoke(event(url)).await.unwrap();
    assert_eq!(
        (&answer["n_attempts"], &answer["attempts"][0]["status"]),
        (&json!(1), &Value::Null),
        "{answer}"
    );
    answer["attempts"][0]["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn deployed_it_reaches_no_private_address_however_it_is_spelled() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut function = RunningFunction::start(BINARY, &[]).await;
    for host in ["127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1"] {
        let why = refused(&mut function, &format!("https://{host}:{port}/")).await;
        assert!(why.contains("private"), "{host}: {why}");
    }
    // A name is judged by what it resolves to.
    let why = refused(&mut function, &format!("https://localhost:{port}/")).await;
    assert!(why.contains("is not public"), "{why}");
    let why = refused(&mut function, &format!("http://localhost:{port}/")).await;
    assert!(why.contains("https"), "{why}");
    let nobody_came = tokio::time::timeout(std::time::Duration::from_millis(1), listener.accept()).await;
    assert!(nobody_came.is_err(), "a connection was made");
}

#[tokio::test]
async fn on_a_developers_machine_it_sends_what_it_is_given_and_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/hook", listener.local_addr().unwrap().port());
    tokio::spawn(axum::serve(listener, Router::new().route("/hook", post(|| async {}))).into_future());
    let mut function = RunningFunction::start(BINARY, &[("ENVIRONMENT", "local")]).await;
    for n in 0..100 {
        let answer = function.invoke(event(&url)).await.unwrap();
        assert_eq!(answer["attempts"][0]["status"], 200, "invocation {n}: {answer}");
    }
    assert_eq!(function.invoke(json!({"responsePayload": {"messages": []}})).await.unwrap()["n_attempts"], 0);
    let error = function.invoke(json!({})).await.unwrap_err();
    assert_eq!(error["errorType"], "ValidationFailed", "{error}");
}
