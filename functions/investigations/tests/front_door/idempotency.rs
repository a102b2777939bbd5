//! `Idempotency-Key`: once, the first answer again, and never another's.

use crate::app;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{open_connections, raise};
use shared::testing::app::{Answer, TestApp};

pub(crate) async fn post_with(app: &TestApp, key: &str, path: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", app.key()))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()));
    app.call(request.unwrap()).await
}

async fn n_claims(app: &TestApp) -> i64 {
    app.database.number("select count(*) from audit_events where action = 'alert_claimed'").await
}

#[tokio::test]
async fn a_move_is_made_once_and_answered_alike_twice() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let path = format!("/api/v1/alerts/{alert}/claim");
    let first = post_with(&app, "k-1", &path, &json!({})).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let second = post_with(&app, "k-1", &path, &json!({})).await;
    assert_eq!((second.status, &second.text), (first.status, &first.text));
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(second.headers.get("etag"), first.headers.get("etag"));
    assert_eq!(n_claims(&app).await, 1);
}

#[tokio::test]
async fn a_key_of_another_request_is_refused() {
    let app = app().await;
    let (one, other) = (raise(&app, "a").await, raise(&app, "b").await);
    post_with(&app, "k-1", &format!("/api/v1/alerts/{one}/claim"), &json!({})).await;
    let refused = post_with(&app, "k-1", &format!("/api/v1/alerts/{other}/claim"), &json!({})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert_eq!(refused.body["error"]["details"][0]["pointer"], "Idempotency-Key");
    assert_eq!(n_claims(&app).await, 1);
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let decide = format!("/api/v1/alerts/{alert}/decide");
    let decision = json!({"disposition": "false_positive"});
    let early = post_with(&app, "k-1", &decide, &decision).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.body);
    app.post(&format!("/api/v1/alerts/{alert}/claim"), &json!({})).await;
    assert_eq!(post_with(&app, "k-1", &decide, &decision).await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_is_given_anothers_answer() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let path = format!("/api/v1/alerts/{alert}/claim");
    post_with(&app, "k-1", &path, &json!({})).await;
    let other = app.with_role(Role::Analyst).await;
    let answer = post_with(&other, "k-1", &path, &json!({})).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    let nobody = app.with_key("tt_0000_secret");
    assert_eq!(post_with(&nobody, "k-1", &path, &json!({})).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_revoked_key_has_no_answers_any_more() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let analyst = app.with_role(Role::Analyst).await;
    let path = format!("/api/v1/alerts/{alert}/claim");
    assert_eq!(post_with(&analyst, "k-1", &path, &json!({})).await.status, StatusCode::OK);
    app.database
        .owner()
        .await
        .batch_execute("update api_keys set revoked_at = now() where role = 'analyst'")
        .await
        .unwrap();
    assert_eq!(post_with(&analyst, "k-1", &path, &json!({})).await.status, StatusCode::UNAUTHORIZED);
}

/// The process may die between the commit and the answer.
#[tokio::test]
async fn where_the_answer_was_lost_nothing_is_done_twice() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let path = format!("/api/v1/alerts/{alert}/claim");
    post_with(&app, "k-1", &path, &json!({})).await;
    app.database
        .owner()
        .await
        .batch_execute("update idempotency_keys set status = null, answer = null, created_at = now() - interval '1 minute'")
        .await
        .unwrap();
    let again = post_with(&app, "k-1", &path, &json!({})).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    assert!(again.body["error"]["message"].as_str().unwrap().contains("was carried out"), "{}", again.body);
    assert_eq!(n_claims(&app).await, 1);
}

/// Those that come while the first is under way are told so, and ask again.
#[tokio::test]
async fn twenty_at_once_make_one_change_and_have_one_answer() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    app.post(&format!("/api/v1/alerts/{alert}/claim"), &json!({})).await;
    open_connections(&app).await;
    let path = format!("/api/v1/alerts/{alert}/decide");
    let decision = json!({"disposition": "inconclusive"});
    let ask = async || loop {
        let answer = post_with(&app, "k-1", &path, &decision).await;
        let is_under_way = answer.body["error"]["type"] == "InProgress";
        if !is_under_way && answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
    };
    let answers = futures_util::future::join_all((0..20).map(|_| ask())).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK && answer.text == answers[0].text));
    let n_decided = "select count(*) from audit_events where action = 'alert_decided'";
    assert_eq!(app.database.number(n_decided).await, 1);
}

/// Ingestion knows its own keys: the answer is the first one anyway, and a key under other content is refused.
#[tokio::test]
async fn ingestion_refuses_a_key_of_other_content() {
    let app = app().await;
    let (one, other) =
        (shared::testing::builders::transaction("t-1"), shared::testing::builders::transaction("t-2"));
    let first = post_with(&app, "k-1", "/api/v1/transactions", &one).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let second = post_with(&app, "k-1", "/api/v1/transactions", &one).await;
    assert_eq!((second.status, &second.text), (StatusCode::OK, &first.text));
    let refused = post_with(&app, "k-1", "/api/v1/transactions", &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_a_wrong_field() {
    let app = app().await;
    for key in ["", "a b", &"k".repeat(256)] {
        let refused = post_with(&app, key, "/api/v1/labels", &json!({"labels": []})).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}: {}", refused.body);
        assert_eq!(refused.body["error"]["details"][0]["pointer"], "Idempotency-Key");
    }
}
