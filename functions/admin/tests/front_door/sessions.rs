//! Sessions: what they may do, and when they end.

use crate::{app, key_of, text};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::verified_chain;
use shared::testing::builders::transaction;

const ALERTS: &str = "/api/v1/alerts";

async fn begin(caller: &TestApp, body: &Value) -> Answer {
    caller.post("/api/v1/sessions", body).await
}

/// The app called with a session of the caller's key.
async fn session_of(caller: &TestApp) -> TestApp {
    let begun = begin(caller, &json!({})).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.body);
    caller.with_key(&text(&begun.body["token"]))
}

async fn end(caller: &TestApp) -> Answer {
    caller.send(Method::DELETE, "/api/v1/sessions/current", String::new()).await
}

#[tokio::test]
async fn a_session_does_what_its_key_may_and_no_more() {
    let app = app().await;
    let (analyst, id) = key_of(&app, "analyst").await;
    let begun = begin(&analyst, &json!({})).await;
    assert_eq!((&begun.body["role"], &begun.body["key_id"]), (&json!("analyst"), &json!(id)));
    let token = text(&begun.body["token"]);
    assert!(token.starts_with("ts_") && !token.contains(analyst.key().rsplit('_').next().unwrap()));
    let session = app.with_key(&token);
    assert_eq!(session.get(ALERTS).await.status, StatusCode::OK);
    assert_eq!(session.get("/api/v1/keys").await.status, StatusCode::FORBIDDEN);
    let admin = session_of(&app).await;
    assert_eq!(admin.get("/api/v1/keys").await.status, StatusCode::OK);
    let sent = admin.post("/api/v1/transactions", &transaction("t-1")).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
}

#[tokio::test]
async fn a_session_ends_by_itself_and_no_later_than_its_key() {
    let app = app().await;
    let (analyst, id) = key_of(&app, "analyst").await;
    let wrong = begin(&analyst, &json!({"lifetime_seconds": 28_801})).await;
    assert_eq!(wrong.body["error"]["details"][0]["pointer"], "/lifetime_seconds", "{}", wrong.body);
    let owner = app.database.owner().await;
    let soon = "update api_keys set expires_at = now() + interval '90 seconds' where id = $1";
    owner.execute(soon, &[&id]).await.unwrap();
    let begun = begin(&analyst, &json!({"lifetime_seconds": 3_600})).await;
    let expires: String = owner
        .query_one("select to_json(expires_at) #>> '{}' from api_keys where id = $1", &[&id])
        .await
        .unwrap()
        .get(0);
    let (told, expected): (jiff::Timestamp, jiff::Timestamp) =
        (text(&begun.body["expires_at"]).parse().unwrap(), expires.parse().unwrap());
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_session_of_a_revoked_key_fails_at_its_next_call() {
    let app = app().await;
    let (analyst, id) = key_of(&app, "analyst").await;
    let session = session_of(&analyst).await;
    app.post(&format!("/api/v1/keys/{id}/revoke"), &Value::Null).await;
    let refused = session.get(ALERTS).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.body["error"]["type"], "Unauthenticated");
}

/// Whoever rotates a key because it leaked ends what was made of the leaked secret.
#[tokio::test]
async fn a_session_ends_with_the_secret_it_was_made_of() {
    let app = app().await;
    let (analyst, id) = key_of(&app, "analyst").await;
    let session = session_of(&analyst).await;
    let path = format!("/api/v1/keys/{id}/rotate");
    let rotated = app.post(&path, &json!({})).await;
    assert_eq!(session.get(ALERTS).await.status, StatusCode::OK, "the older secret lives");
    let of_older = session_of(&analyst).await;
    let of_newer = session_of(&app.with_key(&text(&rotated.body["key"]))).await;
    let owner = app.database.owner().await;
    owner.execute("update api_keys set previous_ends_at = now() where id = $1", &[&id]).await.unwrap();
    for ended in [&session, &of_older] {
        assert_eq!(ended.get(ALERTS).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(of_newer.get(ALERTS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_was_ended_stays_so_and_its_key_lives_on() {
    let app = app().await;
    let session = session_of(&app).await;
    let other = session_of(&app).await;
    assert_eq!(end(&session).await.status, StatusCode::NO_CONTENT);
    assert_eq!(session.get(ALERTS).await.status, StatusCode::UNAUTHORIZED);
    let sent = session.post("/api/v1/transactions", &transaction("t-1")).await;
    assert_eq!(sent.status, StatusCode::UNAUTHORIZED, "{}", sent.body);
    assert_eq!(end(&session).await.status, StatusCode::UNAUTHORIZED);
    for alive in [&other, &app] {
        assert_eq!(alive.get(ALERTS).await.status, StatusCode::OK);
    }
    let chain = verified_chain(&app.database, "access").await;
    assert_eq!(chain.last().unwrap().action, "session_ended");
    assert_eq!(end(&app).await.status, StatusCode::CONFLICT, "a key is no session");
}

#[tokio::test]
async fn a_session_makes_no_other_session() {
    let app = app().await;
    let refused = begin(&session_of(&app).await, &json!({})).await;
    assert_eq!(
        (refused.status, &refused.body["error"]["type"]),
        (StatusCode::FORBIDDEN, &json!("Forbidden"))
    );
}

#[tokio::test]
async fn a_token_that_was_changed_or_made_elsewhere_is_no_session() {
    let app = app().await;
    let session = session_of(&app).await;
    let mut changed = session.key().to_owned();
    let last = if changed.ends_with('A') { "B" } else { "A" };
    changed.replace_range(changed.len() - 1.., last);
    let state = shared::testing::app::state_with(&app.database.url, &[("SECRET_KEY", &"another".repeat(8))]);
    let elsewhere = TestApp::with_state(app.database.clone(), state, admin::router).await;
    let foreign = session_of(&elsewhere).await;
    for token in [changed.as_str(), "ts_", "ts_AAAA", foreign.key()] {
        let answer = app.with_key(token).get(ALERTS).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
    }
}

/// A demo key's session reads, and cannot even end itself.
#[tokio::test]
async fn a_session_of_a_demo_key_reads_only() {
    let app = app().await;
    let (demo, _) = key_of(&app, "demo").await;
    let session = session_of(&demo).await;
    assert_eq!(session.get(ALERTS).await.status, StatusCode::OK);
    assert_eq!(end(&session).await.status, StatusCode::FORBIDDEN);
    assert_eq!(session.post("/api/v1/transactions", &transaction("t-1")).await.status, StatusCode::FORBIDDEN);
    let (feed, _) = key_of(&app, "ingest").await;
    assert_eq!(begin(&feed, &json!({})).await.status, StatusCode::FORBIDDEN, "a feed is no person");
}
