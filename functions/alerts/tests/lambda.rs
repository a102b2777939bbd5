//! The built binary of `alerts`, under a Runtime API, called through API Gateway's events.
#![cfg(feature = "lambda")]

use axum::http::StatusCode;
use serde_json::Value;
use shared::domain::access::Role;
use shared::testing::app::TestApp;
use shared::testing::events::GatewayEvent;
use shared::testing::history::raise_alert;
use shared::testing::runtime_api::RunningFunction;
use shared::testing::runtime_proof::Proof;

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-alerts");
const ALERTS: &str = "/api/v1/alerts";

#[tokio::test]
async fn the_queue_an_alert_and_an_assessment_are_read_through_the_gateway() {
    let app = TestApp::deployed(alerts::router).await;
    let id = raise_alert(&app.state, app.key(), "account 1").await.to_string();
    let other = raise_alert(&app.state, app.key(), "account 2").await.to_string();
    let analyst = app.with_role(Role::Analyst).await;
    let mut function =
        RunningFunction::start(BINARY, &[("DATABASE_URL", &app.database.url_of("alerts"))]).await;
    let queue = function.call(GatewayEvent::get(ALERTS).with_key(analyst.key())).await;
    assert_eq!(queue.status, StatusCode::OK, "{}", queue.body);
    let ids: Vec<&str> =
        queue.body["alerts"].as_array().unwrap().iter().map(|alert| alert["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [other.as_str(), id.as_str()]);
    // A space and a plus sign: the gateway decodes a query, and what it hands on is taken as it is.
    let filtered = GatewayEvent::get(ALERTS)
        .with_key(analyst.key())
        .with_query("account", "account 1")
        .with_query("from", "2026-06-01T00:00:00+02:00");
    let filtered = function.call(filtered).await;
    assert_eq!(filtered.body["alerts"].as_array().map(Vec::len), Some(1), "{}", filtered.body);
    assert_eq!(filtered.body["alerts"][0]["id"], id);
    let detail = function.call(GatewayEvent::get(&format!("{ALERTS}/{id}")).with_key(analyst.key())).await;
    assert_eq!(detail.body["alert"]["severity"], "critical", "{}", detail.body);
    assert_eq!(detail.body["transaction"]["amount"], "5000.00");
    let assessment = format!("/api/v1/assessments/{}", detail.body["assessment"]["id"].as_str().unwrap());
    let explained = function.call(GatewayEvent::get(&assessment).with_key(analyst.key())).await;
    assert_eq!(explained.body["counterfactual"]["text"], detail.body["counterfactual"], "{}", explained.body);
    assert!(detail.body["counterfactual"].is_string(), "{}", detail.body);
    let replay = format!("{assessment}/replay");
    let replay = function.call(GatewayEvent::get(&replay).with_key(analyst.key())).await;
    assert_eq!(replay.body["identical"], true, "{}", replay.body);
}

#[tokio::test]
async fn what_is_wrong_with_a_reading_is_said_in_the_error_structure() {
    let app = TestApp::deployed(alerts::router).await;
    let mut function =
        RunningFunction::start(BINARY, &[("DATABASE_URL", &app.database.url_of("alerts"))]).await;
    let event = GatewayEvent::get(ALERTS).with_key(app.key()).with_query("limit", "none");
    let answer = function.call(event).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.body["error"]["details"][0]["pointer"], "?limit", "{}", answer.body);
    let unknown = GatewayEvent::get(&format!("{ALERTS}/alr_none")).with_key(app.key());
    assert_eq!(function.call(unknown).await.status, StatusCode::NOT_FOUND);
    let write = GatewayEvent::post(ALERTS, &serde_json::json!({})).with_key(app.key());
    let write = function.call(write).await;
    assert_eq!(write.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(write.headers["allow"], "GET,HEAD");
}

#[tokio::test]
async fn one_start_serves_a_hundred_and_outlives_a_freeze_and_a_silent_database() {
    let app = TestApp::deployed(alerts::router).await;
    raise_alert(&app.state, app.key(), "account 1").await;
    let event = |_| GatewayEvent::get(ALERTS).with_key(app.key()).into_value();
    let is_good = |outcome: &Result<Value, Value>| {
        let body = outcome.as_ref().ok().filter(|answer| answer["statusCode"] == 200);
        body.is_some_and(|answer| answer["body"].as_str().is_some_and(|body| body.contains("account 1")))
    };
    Proof::start(BINARY, "alerts", &app.database).await.hold(event, is_good).await;
}
