//! Accounts with a habit, payments that break it, and the moves that end an alert.

use super::app::{Answer, TestApp};
use super::builders::{habit, noon, transaction_with};
use crate::state::AppState;
use crate::workflow::configuration;
use axum::body::Body;
use axum::http::{Method, Request, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const TRANSACTIONS: &str = "/api/v1/transactions";
const BATCH: &str = "/api/v1/transactions/batch";

/// Gives an account sixty daily payments of 20 to 27 EUR that end the day before noon.
pub async fn give_habit(app: &TestApp, account: &str) {
    let body = json!({"transactions": habit(account, 60, 24)});
    let answer = app.post(BATCH, &body).await;
    assert_eq!(answer.body["counts"], json!({"accepted": 60}), "{}", answer.body);
}

/// A payment of such an account to a shop it knows, some minutes after noon. Alone it is low up to 54 EUR,
/// medium at 60, high at 66 and critical from 72 on, by the default configuration.
pub fn payment(account: &str, amount: &str, minutes: i64) -> Value {
    let occurred_at = noon() + SignedDuration::from_mins(minutes);
    transaction_with(
        &format!("{account}-{amount}-{minutes}"),
        &json!({
            "account": account,
            "counterparty": "shop-0",
            "amount": amount,
            "occurred_at": occurred_at.to_string(),
        }),
    )
}

/// Sends a payment that must be stored; its answer's body.
pub async fn send(app: &TestApp, payment: &Value) -> Value {
    let answer = app.post(TRANSACTIONS, payment).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.body);
    answer.body
}

/// An account with a habit that one payment of 200 EUR breaks: the critical alert's id.
pub async fn raise(app: &TestApp, account: &str) -> String {
    give_habit(app, account).await;
    let body = send(app, &payment(account, "200.00", 0)).await;
    assert_eq!(body["alert"]["outcome"], "raised", "{body}");
    alert_of(&body)
}

/// As many accounts, `b-0` and on, each with ten daily payments and one that is 250 times as much: their alerts.
pub async fn raise_many(app: &TestApp, n: usize) -> Vec<String> {
    let accounts: Vec<usize> = (0..n).collect();
    let mut alerts = Vec::with_capacity(n);
    for chunk in accounts.chunks(100) {
        let payments: Vec<Value> = chunk.iter().flat_map(|position| break_a_habit(*position)).collect();
        let answer = app.post(BATCH, &json!({"transactions": payments})).await;
        assert_eq!(answer.body["counts"], json!({"accepted": payments.len()}), "{}", answer.body["counts"]);
        let items = answer.body["items"].as_array().expect("items");
        alerts.extend(items.iter().filter_map(|item| item["alert_id"].as_str()).map(str::to_owned));
    }
    assert_eq!(alerts.len(), n, "an account raised none, or two");
    alerts
}

fn break_a_habit(position: usize) -> Vec<Value> {
    let account = format!("b-{position}");
    let mut payments = habit(&account, 10, 24);
    let last = json!({"account": account, "counterparty": "shop-0", "amount": "5000.00"});
    payments.push(transaction_with(&format!("{account}-last"), &last));
    payments
}

/// Opens the connections of the pools behind the app, so that many requests at once do not begin by making ten
/// connections at once: asks as often at once as a pool is large, until all of it is answered.
pub async fn open_connections(app: &TestApp) {
    // Neither stores anything; each function has a pool of its own.
    for path in ["/api/v1/transactions", "/api/v1/labels"] {
        loop {
            let nothing = serde_json::json!({});
            let asked = (0..app.state.config.database_pool_size).map(|_| app.post(path, &nothing));
            let answers = futures_util::future::join_all(asked).await;
            // A machine under load may need more than the pool's time for one; the next try has as much again.
            if !answers.iter().any(|answer| answer.status.is_server_error()) {
                break;
            }
        }
    }
}

/// The alert that an answer names.
pub fn alert_of(body: &Value) -> String {
    body["alert"]["id"].as_str().expect("an alert").to_owned()
}

/// Makes a move on an alert: claim, release or decide.
pub async fn act(app: &TestApp, alert: &str, action: &str, body: &Value) -> Answer {
    app.post(&format!("/api/v1/alerts/{alert}/{action}"), body).await
}

/// Makes a move on what the caller has seen, as `If-Match` says it.
pub async fn act_on(caller: &TestApp, (alert, action): (&str, &str), (seen, body): (&str, &Value)) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/api/v1/alerts/{alert}/{action}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", caller.key()))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, seen);
    caller.call(request.body(Body::from(body.to_string())).expect("a request")).await
}

/// Claims an alert and decides it as a false positive.
pub async fn resolve(app: &TestApp, alert: &str) {
    let claimed = act(app, alert, "claim", &json!({})).await;
    assert_eq!(claimed.status.as_u16(), 200, "{}", claimed.body);
    let decided = act(app, alert, "decide", &json!({"disposition": "false_positive"})).await;
    assert_eq!(decided.status.as_u16(), 200, "{}", decided.body);
}

/// Deploys other settings to the database of a running app: the version they make, if they make one.
pub async fn deploy(app: &TestApp, settings: &[(&str, &str)]) -> Option<i64> {
    let state: AppState = super::app::state_with(&app.database.url, settings);
    configuration::seed(&state, Timestamp::now()).await.expect("the configuration is seeded")
}
