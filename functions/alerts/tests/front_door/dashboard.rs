//! The dashboard and the analysis: what they count, and what they tell when nothing can be counted.

use crate::app;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::testing::alerting::{act, raise, resolve};
use shared::testing::app::{Answer, TestApp};
use shared::workflow::dashboard::keep;

/// Three alerts: one waits, one is a false positive, one a confirmed fraud.
async fn three(app: &TestApp) {
    raise(app, "a").await;
    let wrong = raise(app, "b").await;
    resolve(app, &wrong).await;
    let right = raise(app, "c").await;
    act(app, &right, "claim", &json!({})).await;
    let decision = json!({"disposition": "confirmed_fraud", "notes": "called the customer"});
    assert_eq!(act(app, &right, "decide", &decision).await.status, StatusCode::OK);
}

async fn read(app: &TestApp, path: &str) -> Answer {
    let answer = app.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer
}

fn total(parts: &Value, name: &str) -> i64 {
    parts.as_array().unwrap().iter().map(|part| part[name].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn the_dashboard_counts_what_there_is() {
    let app = app().await;
    three(&app).await;
    let body = read(&app, "/api/v1/dashboard").await.body;
    assert_eq!(body["stale"], false);
    assert_eq!((total(&body["open"], "n"), total(&body["open"], "n_breached")), (1, 0), "{}", body["open"]);
    let n_transactions = app.database.number("select count(*) from transactions").await;
    for part in ["hours", "days"] {
        assert_eq!(total(&body[part], "n_alerts"), 3, "{part}");
        assert_eq!(total(&body[part], "n_transactions"), n_transactions, "{part}");
    }
    assert_eq!((body["hours"].as_array().unwrap().len(), body["days"].as_array().unwrap().len()), (24, 30));
    let outcomes = &body["outcomes"];
    assert_eq!((&outcomes["false_positive"]["n"], &outcomes["false_positive"]["of"]), (&json!(1), &json!(2)));
    // Wilson's interval of 1 in 2, worked by hand: 0.0945 to 0.9055.
    let low = outcomes["false_positive"]["low"].as_f64().unwrap();
    assert!((low - 0.0945).abs() < 1e-4, "{low}");
    assert_eq!(outcomes["in_time"]["of"], 2);
    assert!(outcomes["resolution_median_seconds"].as_f64().is_some());
}

#[tokio::test]
async fn the_analysis_says_what_reasons_led_to() {
    let app = app().await;
    three(&app).await;
    let body = read(&app, "/api/v1/analysis").await.body;
    let top = &body["reasons"][0];
    assert_eq!((&top["n_alerts"], &top["confirmed_fraud"]["of"]), (&json!(3), &json!(2)), "{body}");
    assert_eq!(top["confirmed_fraud"]["rate"], 0.5);
    assert_eq!(total(&body["detectors"], "n_alerts"), 3);
    assert_eq!(body["accounts"].as_array().unwrap().len(), 3);
    let codes = &body["pairs"][0]["codes"];
    assert!(codes[0].as_str() < codes[1].as_str(), "{codes}");
}

#[tokio::test]
async fn nothing_yet_is_nothing_and_no_rate() {
    let app = app().await;
    let body = read(&app, "/api/v1/dashboard").await.body;
    assert_eq!((body["open"].clone(), total(&body["days"], "n_alerts")), (json!([]), 0));
    assert!(body["outcomes"]["false_positive"]["rate"].is_null());
    assert_eq!(read(&app, "/api/v1/analysis").await.body["reasons"], json!([]));
}

/// What holds the table makes every count wait.
#[tokio::test]
async fn a_table_that_cannot_be_read_gives_way_to_the_last_snapshot() {
    let app = app().await;
    three(&app).await;
    let kept_at = Timestamp::now();
    keep(&app.state, kept_at).await.unwrap();
    let owner = app.database.owner().await;
    owner.batch_execute("begin; lock table alerts in access exclusive mode").await.unwrap();
    for path in ["/api/v1/dashboard", "/api/v1/analysis"] {
        let body = read(&app, path).await.body;
        assert_eq!(body["stale"], true, "{path}");
        let as_of: Timestamp = body["as_of"].as_str().unwrap().parse().unwrap();
        assert_eq!(as_of.as_millisecond(), kept_at.as_millisecond(), "{path}");
    }
    owner.batch_execute("rollback").await.unwrap();
    assert_eq!(read(&app, "/api/v1/dashboard").await.body["stale"], false);
}

#[tokio::test]
async fn without_a_snapshot_the_process_tells_what_it_told_last() {
    let app = app().await;
    three(&app).await;
    let first = read(&app, "/api/v1/dashboard").await.body;
    let owner = app.database.owner().await;
    owner.batch_execute("begin; lock table alerts in access exclusive mode").await.unwrap();
    let second = read(&app, "/api/v1/dashboard").await.body;
    assert_eq!((&second["stale"], &second["as_of"]), (&json!(true), &first["as_of"]));
    // This process has told no analysis yet.
    let none = app.get("/api/v1/analysis").await;
    assert_eq!(none.status, StatusCode::SERVICE_UNAVAILABLE, "{}", none.body);
}
