//! The built binary of `health`, under a Runtime API, called through API Gateway's events.
#![cfg(feature = "lambda")]

use axum::http::{Method, StatusCode};
use shared::testing::database::TestDatabase;
use shared::testing::events::GatewayEvent;
use shared::testing::runtime_api::RunningFunction;

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-health");
const ORIGIN: &str = "https://console.example.com";

#[tokio::test]
async fn health_is_told_without_a_key() {
    let database = TestDatabase::fresh().await;
    let mut function = RunningFunction::start(BINARY, &[("DATABASE_URL", &database.url)]).await;
    let answer = function.call(GatewayEvent::get("/health")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!((&answer.body["status"], &answer.body["database"]), (&"healthy".into(), &"connected".into()));
    assert!(answer.headers.contains_key("x-request-id"));
    assert_eq!(function.call(GatewayEvent::get("/ready")).await.status, StatusCode::OK);
    let head = function.call(GatewayEvent::new(&Method::HEAD, "/health")).await;
    assert_eq!((head.status, head.body.is_null()), (StatusCode::OK, true));
}

#[tokio::test]
async fn an_unreachable_database_is_told_in_each_ones_own_form() {
    let settings = [("DATABASE_URL", "postgres://telltale:secret@127.0.0.1:9/telltale")];
    let mut function = RunningFunction::start(BINARY, &settings).await;
    let health = function.call(GatewayEvent::get("/health")).await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(health.body["status"], "unhealthy", "{}", health.body);
    let ready = function.call(GatewayEvent::get("/ready")).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.body["error"]["type"], "DatabaseUnavailable", "{}", ready.body);
    assert_eq!(function.call(GatewayEvent::get("/version")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_console_may_read_errors_too() {
    let database = TestDatabase::fresh().await;
    let settings = [("DATABASE_URL", database.url.as_str()), ("CORS_ORIGINS", ORIGIN)];
    let mut function = RunningFunction::start(BINARY, &settings).await;
    for path in ["/health", "/nowhere"] {
        let answer = function.call(GatewayEvent::get(path).with_header("Origin", ORIGIN)).await;
        assert_eq!(answer.headers["access-control-allow-origin"], ORIGIN, "of {path}");
    }
    let foreign = GatewayEvent::get("/nowhere").with_header("Origin", "https://elsewhere.example.com");
    assert!(!function.call(foreign).await.headers.contains_key("access-control-allow-origin"));
}
