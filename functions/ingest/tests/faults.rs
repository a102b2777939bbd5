//! A database that goes away under a running server: a clear answer meanwhile, and service when it is back.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

use axum::http::StatusCode;
use shared::testing::app::TestApp;
use shared::testing::builders::transaction;
use shared::testing::database::{TestDatabase, with_address};
use shared::testing::proxy::Proxy;

const ONE: &str = "/api/v1/transactions";

async fn app_behind_a_proxy() -> (TestApp, Proxy) {
    let database = TestDatabase::fresh().await;
    let target: tokio_postgres::Config = database.url.parse().unwrap();
    let proxy = Proxy::to(format!("127.0.0.1:{}", target.get_ports()[0])).await;
    let url = with_address(&database.url, &proxy.address.to_string());
    let app = TestApp::over(TestDatabase { url, ..database }, ingest::router).await;
    assert_eq!(app.post(ONE, &transaction("before")).await.status, StatusCode::CREATED);
    (app, proxy)
}

#[tokio::test]
async fn a_stopped_database_is_answered_with_503_and_its_return_with_service() {
    let (app, proxy) = app_behind_a_proxy().await;
    proxy.refuse();
    for _ in 0..3 {
        let answer = app.post(ONE, &transaction("meanwhile")).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.body["error"]["type"], "DatabaseUnavailable", "{}", answer.body);
        assert_eq!(answer.body["error"]["message"], "Service temporarily unavailable");
        assert!(answer.headers.contains_key("retry-after"));
    }
    proxy.restore();
    assert_eq!(app.post(ONE, &transaction("meanwhile")).await.status, StatusCode::CREATED);
    assert_eq!(app.database.number("select count(*) from transactions").await, 2);
}

#[tokio::test]
async fn a_database_that_hangs_is_answered_within_the_deadline_and_its_return_with_service() {
    let (app, proxy) = app_behind_a_proxy().await;
    proxy.hang();
    let answer = app.post(ONE, &transaction("meanwhile")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body["error"]["type"], "DeadlineExceeded", "{}", answer.body);
    // The next one has no connection left and cannot make one.
    let answer = app.post(ONE, &transaction("meanwhile")).await;
    assert_eq!(answer.body["error"]["type"], "DatabaseUnavailable", "{}", answer.body);
    proxy.restore();
    assert_eq!(app.post(ONE, &transaction("meanwhile")).await.status, StatusCode::CREATED);
}
