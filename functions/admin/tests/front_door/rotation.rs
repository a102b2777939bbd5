//! Rotating a key: two secrets live at once, for a while.

use crate::{app, key_of, text};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::app::TestApp;
use shared::testing::builders::transaction;

const ALERTS: &str = "/api/v1/alerts";

/// Rotates a key: the app called with its newest secret.
async fn rotate(app: &TestApp, id: &str, body: &Value) -> TestApp {
    let rotated = app.post(&format!("/api/v1/keys/{id}/rotate"), body).await;
    assert_eq!(rotated.status, StatusCode::OK, "{}", rotated.body);
    app.with_key(&text(&rotated.body["key"]))
}

async fn status(caller: &TestApp) -> StatusCode {
    caller.get(ALERTS).await.status
}

#[tokio::test]
async fn both_secrets_of_a_rotated_key_work_until_the_older_ends() {
    let app = app().await;
    let (older, id) = key_of(&app, "analyst").await;
    let newer = rotate(&app, &id, &json!({})).await;
    assert_ne!(older.key(), newer.key());
    assert_eq!((status(&older).await, status(&newer).await), (StatusCode::OK, StatusCode::OK));
    let owner = app.database.owner().await;
    let passed = "update api_keys set previous_ends_at = now() where id = $1";
    owner.execute(passed, &[&id]).await.unwrap();
    assert_eq!((status(&older).await, status(&newer).await), (StatusCode::UNAUTHORIZED, StatusCode::OK));
}

#[tokio::test]
async fn a_feed_sends_with_either_secret() {
    let app = app().await;
    let (older, id) = key_of(&app, "ingest").await;
    let newer = rotate(&app, &id, &json!({"overlap_seconds": 60})).await;
    for (feed, name) in [(&older, "t-1"), (&newer, "t-2")] {
        let sent = feed.post("/api/v1/transactions", &transaction(name)).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
    }
    rotate(&app, &id, &json!({"overlap_seconds": 0})).await;
    for feed in [&older, &newer] {
        let refused = feed.post("/api/v1/transactions", &transaction("t-3")).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.body);
    }
    assert_eq!(app.database.number("select count(*) from ingest_keys").await, 2);
}

#[tokio::test]
async fn a_third_secret_is_refused_while_two_live_unless_both_are_to_end() {
    let app = app().await;
    let (oldest, id) = key_of(&app, "analyst").await;
    let older = rotate(&app, &id, &json!({})).await;
    let refused = app.post(&format!("/api/v1/keys/{id}/rotate"), &json!({"overlap_seconds": 60})).await;
    assert_eq!(
        (refused.status, &refused.body["error"]["type"]),
        (StatusCode::CONFLICT, &json!("WrongState"))
    );
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(message.contains("overlap_seconds 0"), "{message}");
    let newest = rotate(&app, &id, &json!({"overlap_seconds": 0})).await;
    for ended in [&oldest, &older] {
        assert_eq!(status(ended).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(status(&newest).await, StatusCode::OK);
}

#[tokio::test]
async fn a_key_that_ended_is_not_rotated() {
    let app = app().await;
    let (_, id) = key_of(&app, "analyst").await;
    app.post(&format!("/api/v1/keys/{id}/revoke"), &Value::Null).await;
    let refused = app.post(&format!("/api/v1/keys/{id}/rotate"), &json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    let unknown = app.post("/api/v1/keys/0000/rotate", &json!({})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let wrong = app.post(&format!("/api/v1/keys/{id}/rotate"), &json!({"overlap_seconds": -1})).await;
    assert_eq!(wrong.body["error"]["details"][0]["pointer"], "/overlap_seconds", "{}", wrong.body);
}
