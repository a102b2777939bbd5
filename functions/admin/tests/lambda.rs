//! The built binary of `admin`, under a Runtime API, called through API Gateway's events.
#![cfg(feature = "lambda")]

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::app::TestApp;
use shared::testing::events::GatewayEvent;
use shared::testing::runtime_api::RunningFunction;
use shared::testing::runtime_proof::Proof;

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-admin");

#[tokio::test]
async fn a_key_and_a_session_are_made_and_ended_through_the_gateway() {
    let app = TestApp::deployed(admin::router).await;
    let mut function =
        RunningFunction::start(BINARY, &[("DATABASE_URL", &app.database.url_of("admin"))]).await;
    let body = json!({"name": "console", "role": "analyst"});
    let made = function.call(GatewayEvent::post("/api/v1/keys", &body).with_key(app.key())).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let key = made.body["key"].as_str().unwrap_or_default().to_owned();
    // No body and no content type: both have defaults.
    let begun = function.call(GatewayEvent::new(&Method::POST, "/api/v1/sessions").with_key(&key)).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.body);
    assert_eq!(begun.headers["ratelimit-policy"], "\"key\";q=100;w=60");
    let token = begun.body["token"].as_str().unwrap_or_default().to_owned();
    let current = "/api/v1/sessions/current";
    let ended = function.call(GatewayEvent::new(&Method::DELETE, current).with_key(&token)).await;
    assert_eq!((ended.status, ended.body.is_null()), (StatusCode::NO_CONTENT, true));
    let again = function.call(GatewayEvent::new(&Method::DELETE, current).with_key(&token)).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "{}", again.body);
    let revoke = format!("/api/v1/keys/{}/revoke", made.body["id"].as_str().unwrap_or_default());
    let revoked = function.call(GatewayEvent::new(&Method::POST, &revoke).with_key(app.key())).await;
    assert_eq!((revoked.status, &revoked.body["status"]), (StatusCode::OK, &json!("revoked")));
}

#[tokio::test]
async fn one_start_serves_a_hundred_and_outlives_a_freeze_and_a_silent_database() {
    let app = TestApp::deployed(admin::router).await;
    let event = |_| GatewayEvent::get("/api/v1/keys").with_key(app.key()).into_value();
    let is_good =
        |outcome: &Result<Value, Value>| matches!(outcome, Ok(answer) if answer["statusCode"] == 200);
    Proof::start(BINARY, "admin", &app.database).await.hold(event, is_good).await;
}
