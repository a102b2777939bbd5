//! The built binary of `investigations`, under a Runtime API, called through API Gateway's events.
#![cfg(feature = "lambda")]

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::domain::attachment::MAX_BYTES;
use shared::testing::app::TestApp;
use shared::testing::events::GatewayEvent;
use shared::testing::history::raise_alert;
use shared::testing::runtime_api::RunningFunction;
use shared::testing::runtime_proof::Proof;

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-investigations");

#[tokio::test]
async fn an_alert_is_claimed_and_decided_through_the_gateway() {
    let app = TestApp::deployed(investigations::router).await;
    let id = raise_alert(&app.state, app.key(), "account-1").await;
    let analyst = app.with_role(Role::Analyst).await;
    let mut function =
        RunningFunction::start(BINARY, &[("DATABASE_URL", &app.database.url_of("investigations"))]).await;
    let claim = format!("/api/v1/alerts/{id}/claim");
    // No body and no content type: a claim takes no fields.
    let claimed = function.call(GatewayEvent::new(&Method::POST, &claim).with_key(analyst.key())).await;
    assert_eq!((claimed.status, &claimed.body["status"]), (StatusCode::OK, &json!("in_review")));
    let decide = format!("/api/v1/alerts/{id}/decide");
    let bare =
        GatewayEvent::post(&decide, &json!({"disposition": "confirmed_fraud"})).with_key(analyst.key());
    let refused = function.call(bare).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let body = json!({"disposition": "confirmed_fraud", "notes": "the owner was asked"});
    let decided = function.call(GatewayEvent::post(&decide, &body).with_key(analyst.key())).await;
    assert_eq!((decided.status, &decided.body["status"]), (StatusCode::OK, &json!("resolved")));
    assert_eq!(app.database.number("select count(*) from labels where verdict = 'fraud'").await, 1);
    let again = function.call(GatewayEvent::new(&Method::POST, &claim).with_key(analyst.key())).await;
    assert_eq!((again.status, &again.body["error"]["type"]), (StatusCode::CONFLICT, &json!("WrongState")));
    let read = function.call(GatewayEvent::get(&claim).with_key(analyst.key())).await;
    assert_eq!(read.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(read.headers["allow"], "POST");
}

#[tokio::test]
async fn one_start_serves_a_hundred_and_outlives_a_freeze_and_a_silent_database() {
    let app = TestApp::deployed(investigations::router).await;
    let id = raise_alert(&app.state, app.key(), "account-1").await;
    let event = |n: usize| {
        let verb = if n.is_multiple_of(2) { "claim" } else { "release" };
        GatewayEvent::new(&Method::POST, &format!("/api/v1/alerts/{id}/{verb}"))
            .with_key(app.key())
            .into_value()
    };
    let is_good = |outcome: &Result<Value, Value>| {
        // A move that was made although its answer was lost is in the way of itself.
        matches!(outcome, Ok(answer) if answer["statusCode"] == 200 || answer["statusCode"] == 409)
    };
    Proof::start(BINARY, "investigations", &app.database).await.hold(event, is_good).await;
}

/// What Lambda takes and hands back at most, of a call that is waited for.
const MOST_OF_AN_EVENT: usize = 6_291_456;

#[tokio::test]
async fn the_largest_file_passes_through_the_gateway_in_both_directions() {
    let app = TestApp::deployed(investigations::router).await;
    let id = raise_alert(&app.state, app.key(), "account-1").await;
    let mut function =
        RunningFunction::start(BINARY, &[("DATABASE_URL", &app.database.url_of("investigations"))]).await;
    let path = format!("/api/v1/alerts/{id}/attachments");
    let file = [b"\x89PNG\r\n\x1a\n".as_slice(), &vec![7; MAX_BYTES - 8]].concat();
    let body = json!({"name": "a.png", "media_type": "image/png", "content": STANDARD.encode(&file)});
    let event = GatewayEvent::post(&path, &body).with_key(app.key());
    let n_bytes = event.clone().into_value().to_string().len();
    assert!(n_bytes < MOST_OF_AN_EVENT, "{n_bytes}");
    let attached = function.call(event).await;
    assert_eq!(attached.status, StatusCode::CREATED, "{}", attached.body);

    let path = format!("{path}/{}", attached.body["id"].as_str().unwrap());
    let answer = function.invoke(GatewayEvent::get(&path).with_key(app.key()).into_value()).await.unwrap();
    assert!(answer.to_string().len() < MOST_OF_AN_EVENT, "{}", answer.to_string().len());
    let read: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert!(STANDARD.decode(read["content"].as_str().unwrap()).unwrap() == file);
    // A function has 512 MiB.
    assert!(function.resident_kib() < 256 * 1024, "{} KiB", function.resident_kib());
}
