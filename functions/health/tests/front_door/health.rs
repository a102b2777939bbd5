//! `/health`, `/ready` and `/version`, with the database there and gone.

use axum::http::{Method, StatusCode};
use shared::testing::app::{Answer, TestApp, of_function, state_for};
use shared::testing::database::{TestDatabase, with_database};

async fn app() -> TestApp {
    TestApp::new(|state| health::router(of_function(&state, "health"))).await.with_key("")
}

/// The same routes over a database that does not exist.
async fn without_database() -> TestApp {
    let there = TestDatabase::fresh().await;
    let gone = state_for(&with_database(&there.url, "there_is_none"));
    let state = state_for(&there.url);
    TestApp::with_state(there, state, |_| health::router(gone)).await.with_key("")
}

fn assert_health(answer: &Answer, words: (&str, &str)) {
    assert_eq!(
        (answer.body["status"].as_str(), answer.body["database"].as_str()),
        (Some(words.0), Some(words.1))
    );
    assert!(answer.body["uptime_seconds"].as_i64().is_some_and(|seconds| (0..600).contains(&seconds)));
    assert_eq!(answer.body["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer.body.as_object().map(serde_json::Map::len), Some(4), "{}", answer.body);
}

#[tokio::test]
async fn without_a_key_health_and_readiness_are_told() {
    let app = app().await;
    let health = app.get("/health").await;
    assert_eq!(health.status, StatusCode::OK);
    assert_health(&health, ("healthy", "connected"));
    assert_eq!(app.get("/ready").await.status, StatusCode::OK);
    assert_eq!(app.get("/version").await.body["version"], env!("CARGO_PKG_VERSION"));
    for path in ["/health", "/ready"] {
        let head = app.send(Method::HEAD, path, String::new()).await;
        assert_eq!((head.status, head.body.is_null()), (StatusCode::OK, true), "{path}");
    }
}

#[tokio::test]
async fn without_a_database_health_is_503_in_its_own_shape_and_ready_in_the_error_structure() {
    let app = without_database().await;
    let health = app.get("/health").await;
    assert_eq!(health.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_health(&health, ("unhealthy", "disconnected"));
    let ready = app.get("/ready").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.body["error"]["type"], "DatabaseUnavailable");
    assert_eq!(ready.body["error"]["message"], "Service temporarily unavailable");
    assert_eq!(ready.headers["retry-after"], "1");
    assert_eq!(app.get("/version").await.status, StatusCode::OK);
}

/// A database that no migration has touched is reachable, and not ready.
#[tokio::test]
async fn before_the_migrations_it_is_not_ready() {
    let database = TestDatabase::fresh().await;
    let client = database.owner().await;
    assert!(client.batch_execute("drop table active_versions").await.is_ok());
    let app = TestApp::over(database, health::router).await;
    let ready = app.get("/ready").await;
    assert!(ready.status.is_server_error(), "{}", ready.status);
    assert!(!ready.body.to_string().contains("active_versions"), "a driver's text: {}", ready.body);
}
