//! The hot path's promise: two changes of direction, key check and limit included, directly and through a
//! transaction pooler.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::app::TestApp;
use shared::testing::builders::{habit, transaction, transaction_with};
use shared::testing::database::{TestDatabase, with_address};
use shared::testing::pgbouncer::PgBouncer;
use shared::testing::proxy::Proxy;

/// An app whose connections pass a counting proxy on their way to `address`.
async fn app_behind_a_proxy(database: TestDatabase, address: String) -> (TestApp, Proxy) {
    let proxy = Proxy::to(address).await;
    let url = with_address(&database.url, &proxy.address.to_string());
    let app = TestApp::over(TestDatabase { url, ..database }, ingest::router).await;
    (app, proxy)
}

fn address_of(url: &str) -> String {
    let target: tokio_postgres::Config = url.parse().unwrap();
    format!("127.0.0.1:{}", target.get_ports()[0])
}

async fn assert_two_changes_of_direction(app: &TestApp, proxy: &Proxy) {
    // The first makes the connection and loads the engine.
    assert_eq!(app.post("/api/v1/transactions", &transaction("warm-up")).await.status, StatusCode::CREATED);
    let known = transaction("known account");
    let unknown = transaction_with("new account", &json!({"account": "new", "counterparty": "new"}));
    for body in [known, unknown] {
        proxy.reset();
        let answer = app.post("/api/v1/transactions", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!(proxy.n_round_trips(), 2, "{body}");
    }
}

#[tokio::test]
async fn one_transaction_takes_two_changes_of_direction() {
    let database = TestDatabase::fresh().await;
    let address = address_of(&database.url);
    let (app, proxy) = app_behind_a_proxy(database, address).await;
    assert_two_changes_of_direction(&app, &proxy).await;
}

#[tokio::test]
async fn one_transaction_takes_two_changes_of_direction_through_a_transaction_pooler() {
    let database = TestDatabase::fresh().await;
    let pooler = PgBouncer::before(&database.url).await;
    let address = address_of(&pooler.url);
    let (app, proxy) = app_behind_a_proxy(database, address).await;
    assert_two_changes_of_direction(&app, &proxy).await;
}

#[tokio::test]
async fn a_transaction_that_raises_an_alert_takes_no_more() {
    let database = TestDatabase::fresh().await;
    let address = address_of(&database.url);
    let (app, proxy) = app_behind_a_proxy(database, address).await;
    app.post("/api/v1/transactions/batch", &json!({"transactions": habit("account-1", 60, 9)})).await;
    proxy.reset();
    let answer =
        app.post("/api/v1/transactions", &transaction_with("huge", &json!({"amount": "90000.00"}))).await;
    assert_eq!(answer.body["alert"]["outcome"], "raised", "{}", answer.body);
    assert_eq!(proxy.n_round_trips(), 2);
    // The first answer again, to the last digit of every contribution, though it was stored in between.
    let again =
        app.post("/api/v1/transactions", &transaction_with("huge", &json!({"amount": "90000.00"}))).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &answer.body));
}

#[tokio::test]
async fn a_chunk_takes_the_same_number_whatever_its_size() {
    let database = TestDatabase::fresh().await;
    let address = address_of(&database.url);
    let (app, proxy) = app_behind_a_proxy(database, address).await;
    app.post("/api/v1/transactions", &transaction("warm-up")).await;
    let mut counts = Vec::new();
    for n in [2, 20, 80] {
        let transactions: Vec<Value> = habit(&format!("account-{n}"), n, 9);
        proxy.reset();
        let answer = app.post("/api/v1/transactions/batch", &json!({"transactions": transactions})).await;
        assert_eq!(answer.body["counts"]["accepted"], n, "{}", answer.body);
        counts.push(proxy.n_round_trips());
    }
    assert_eq!(counts, [2, 2, 2]);
}

#[tokio::test]
async fn a_lost_reply_to_a_commit_is_looked_up_and_stored_once() {
    let database = TestDatabase::fresh().await;
    let address = address_of(&database.url);
    let (app, proxy) = app_behind_a_proxy(database, address).await;
    app.post("/api/v1/transactions", &transaction("warm-up")).await;
    proxy.lose_the_next_commit_reply();
    let answer = app.post("/api/v1/transactions", &transaction("t-1")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert!(proxy.has_lost_a_commit_reply());
    let again = app.post("/api/v1/transactions", &transaction("t-1")).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &answer.body));
    assert_eq!(app.database.number("select count(*) from transactions").await, 2);
}
