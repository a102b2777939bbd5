//! Limits, and what answers say of them.

use crate::{app, make_key};
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;
use shared::testing::app::TestApp;
use shared::testing::builders::transaction;

const ALERTS: &str = "/api/v1/alerts";

/// A key with three requests a window.
async fn key_of_three(app: &TestApp, role: &str) -> TestApp {
    let made = make_key(app, &json!({"role": role, "rate_limit_requests": 3})).await;
    app.with_key(made.body["key"].as_str().unwrap())
}

/// The limit's name and what is left, out of `"key";r=2;t=37`; and that some of the window's time is.
fn left(headers: &HeaderMap) -> (String, i64) {
    let text = headers["ratelimit"].to_str().unwrap();
    let (name, rest) = text.split_once(";r=").unwrap();
    let (left, seconds) = rest.split_once(";t=").unwrap();
    assert!((1..=60).contains(&seconds.parse::<i64>().unwrap()), "{text}");
    (name.to_owned(), left.parse().unwrap())
}

#[tokio::test]
async fn every_counted_answer_says_the_limit_and_what_is_left() {
    let app = app().await;
    let analyst = key_of_three(&app, "analyst").await;
    // The minute may end between two calls; the window's own row says when it began.
    let owner = app.database.owner().await;
    for expected in [2, 1, 0] {
        let answer = analyst.get(ALERTS).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.headers["ratelimit-policy"], "\"key\";q=3;w=60");
        assert_eq!(left(&answer.headers), ("\"key\"".to_owned(), expected));
        hold_the_window(&owner).await;
    }
    let refused = analyst.get(ALERTS).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(left(&refused.headers), ("\"key\"".to_owned(), 0));
    let seconds = refused.headers["ratelimit"].to_str().unwrap().rsplit("t=").next().unwrap();
    assert_eq!(refused.headers["retry-after"], seconds);
}

/// Moves every window into the next hour, so that the counts go on whatever the clock does meanwhile.
async fn hold_the_window(owner: &tokio_postgres::Client) {
    let hold = "update rate_counters set window_started_at = date_trunc('hour', now()) + interval '1 hour'";
    owner.batch_execute(hold).await.unwrap();
}

#[tokio::test]
async fn a_feeds_answers_say_it_too_and_a_batch_counts_once() {
    let app = app().await;
    let feed = key_of_three(&app, "ingest").await;
    let owner = app.database.owner().await;
    let one = feed.post("/api/v1/transactions", &transaction("t-1")).await;
    assert_eq!((one.status, left(&one.headers).1), (StatusCode::CREATED, 2), "{}", one.body);
    hold_the_window(&owner).await;
    let rows: Vec<_> = (0..20).map(|n| transaction(&format!("b-{n}"))).collect();
    let batch = feed.post("/api/v1/transactions/batch", &json!({"transactions": rows})).await;
    assert_eq!((batch.status, left(&batch.headers).1), (StatusCode::OK, 1), "{}", batch.body);
}

#[tokio::test]
async fn without_a_valid_key_the_address_counts() {
    let app = app().await;
    let answer = app.with_key("tt_0000_secret").get(ALERTS).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers["ratelimit-policy"], "\"address\";q=100;w=60");
    assert_eq!(left(&answer.headers).0, "\"address\"");
}

#[tokio::test]
async fn what_counts_against_no_limit_says_none() {
    let app = app().await;
    let unlimited = app.get(ALERTS).await;
    assert_eq!(unlimited.status, StatusCode::OK);
    assert!(!unlimited.headers.contains_key("ratelimit"), "{:?}", unlimited.headers);
    let unrouted = app.with_key("").get("/nowhere").await;
    assert!(!unrouted.headers.contains_key("ratelimit"));
}
