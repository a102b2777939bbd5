//! Making and revoking keys.

use crate::{app, key_of, make_key, text};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::app::TestApp;
use shared::testing::audit_trail::verified_chain;
use shared::testing::builders::{transaction, transaction_with};

const ALERTS: &str = "/api/v1/alerts";

#[tokio::test]
async fn a_key_is_shown_once_and_works_at_once() {
    let app = app().await;
    let made = make_key(&app, &json!({"role": "analyst", "rate_limit_requests": 7})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!((&made.body["status"], &made.body["generation"]), (&json!("live"), &json!(1)));
    assert_eq!(made.body["rate_limit_requests"], 7);
    let key = text(&made.body["key"]);
    let analyst = app.with_key(&key);
    assert_eq!(analyst.get(ALERTS).await.status, StatusCode::OK);
    let listed = app.get("/api/v1/keys").await;
    let secret = key.rsplit('_').next().unwrap();
    assert!(listed.text.contains(&text(&made.body["id"])), "{}", listed.text);
    assert!(!listed.text.contains(secret) && !listed.text.contains("hash"), "{}", listed.text);
}

#[tokio::test]
async fn a_key_of_one_source_sends_no_other() {
    let app = app().await;
    let made = make_key(&app, &json!({"role": "ingest", "sources": ["cards"]})).await;
    let feed = app.with_key(made.body["key"].as_str().unwrap());
    let own = feed.post("/api/v1/transactions", &transaction("t-1")).await;
    assert_eq!(own.status, StatusCode::CREATED, "{}", own.body);
    let other = transaction_with("t-2", &json!({"source": "transfers"}));
    assert_eq!(feed.post("/api/v1/transactions", &other).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_wrong_field_of_a_new_key_is_named() {
    let app = app().await;
    let past = (Timestamp::now() - SignedDuration::from_secs(1)).to_string();
    let body = json!({"name": "", "role": "owner", "sources": ["cards", 5], "expires_at": past,
        "rate_limit_requests": 0, "is_unlimited": true});
    let answer = app.post("/api/v1/keys", &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let details = answer.body["error"]["details"].as_array().unwrap().clone();
    let pointers: Vec<&str> = details.iter().map(|detail| detail["pointer"].as_str().unwrap()).collect();
    let expected = ["/name", "/role", "/sources/1", "/expires_at", "/rate_limit_requests", "/is_unlimited"];
    assert_eq!(pointers, expected);
}

#[tokio::test]
async fn a_revoked_and_an_expired_key_look_like_one_that_never_was() {
    let app = app().await;
    let (revoked, revoked_id) = key_of(&app, "analyst").await;
    let (expired, expired_id) = key_of(&app, "analyst").await;
    assert_eq!(expired.get(ALERTS).await.status, StatusCode::OK);
    let answer = app.post(&format!("/api/v1/keys/{revoked_id}/revoke"), &Value::Null).await;
    assert_eq!((answer.status, &answer.body["status"]), (StatusCode::OK, &json!("revoked")));
    let owner = app.database.owner().await;
    let past = "update api_keys set expires_at = now() where id = $1";
    owner.execute(past, &[&expired_id]).await.unwrap();
    let unknown = app.with_key("tt_0000_secret").get(ALERTS).await;
    let wrong = app.with_key(&format!("{}x", expired.key())).get(ALERTS).await;
    for answer in [revoked.get(ALERTS).await, expired.get(ALERTS).await, wrong] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.body["error"]["message"], unknown.body["error"]["message"]);
        assert_eq!(answer.headers["ratelimit-policy"], unknown.headers["ratelimit-policy"]);
    }
    let statuses: Vec<Value> = app.get("/api/v1/keys").await.body["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["id"] == revoked_id.as_str() || key["id"] == expired_id.as_str())
        .map(|key| key["status"].clone())
        .collect();
    assert_eq!(statuses, ["expired", "revoked"]);
}

#[tokio::test]
async fn a_key_is_revoked_once_and_stays_so() {
    let app = app().await;
    let (_, id) = key_of(&app, "analyst").await;
    let path = format!("/api/v1/keys/{id}/revoke");
    let first = app.post(&path, &Value::Null).await;
    let again = app.post(&path, &Value::Null).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
    assert_eq!(actions(&app, &id).await, ["key_created", "key_revoked"]);
    let unknown = app.post("/api/v1/keys/0000/revoke", &Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_last_admin_key_cannot_be_revoked() {
    let app = app().await;
    let own = app.key().split('_').nth(1).unwrap().to_owned();
    let path = format!("/api/v1/keys/{own}/revoke");
    let refused = app.post(&path, &Value::Null).await;
    assert_eq!(
        (refused.status, &refused.body["error"]["type"]),
        (StatusCode::CONFLICT, &json!("WrongState"))
    );
    let (other, _) = key_of(&app, "admin").await;
    assert_eq!(other.post(&path, &Value::Null).await.status, StatusCode::OK);
    assert_eq!(app.get("/api/v1/keys").await.status, StatusCode::UNAUTHORIZED);
}

/// Two admins who revoke each other at the same moment must not leave a service without one.
#[tokio::test]
async fn of_two_admins_who_revoke_each_other_one_stays() {
    let app = app().await;
    let own = app.key().split('_').nth(1).unwrap().to_owned();
    let (other, others) = key_of(&app, "admin").await;
    let (mine, theirs) = (format!("/api/v1/keys/{own}/revoke"), format!("/api/v1/keys/{others}/revoke"));
    tokio::join!(other.post(&mine, &Value::Null), app.post(&theirs, &Value::Null));
    let live = "select count(*) from api_keys where role = 'admin' and revoked_at is null";
    assert_eq!(app.database.number(live).await, 1);
}

#[tokio::test]
async fn only_an_admin_manages_keys() {
    let app = app().await;
    for role in Role::ALL {
        let caller = app.with_role(role).await;
        let made = make_key(&caller, &json!({"role": "admin"})).await;
        let expected = if role == Role::Admin { StatusCode::CREATED } else { StatusCode::FORBIDDEN };
        assert_eq!(made.status, expected, "{}: {}", role.as_str(), made.body);
    }
}

#[tokio::test]
async fn every_change_of_a_key_is_one_event_without_its_secrets() {
    let app = app().await;
    let (_, id) = key_of(&app, "ingest").await;
    app.post(&format!("/api/v1/keys/{id}/rotate"), &json!({"overlap_seconds": 60})).await;
    app.post(&format!("/api/v1/keys/{id}/revoke"), &Value::Null).await;
    assert_eq!(actions(&app, &id).await, ["key_created", "key_rotated", "key_revoked"]);
    let chain = verified_chain(&app.database, "access").await;
    let own = format!("key:{}", app.key().split('_').nth(1).unwrap());
    let mine: Vec<_> = chain.iter().filter(|event| event.after["key_id"] == id.as_str()).collect();
    assert!(mine.iter().all(|event| event.actor == own && event.request_id.starts_with("req-")), "{mine:?}");
    assert!(!format!("{mine:?}").contains("secret"), "{mine:?}");
    assert_eq!(mine[2].before["revoked_at"], Value::Null);
}

/// What the trail says was done to a key.
async fn actions(app: &TestApp, id: &str) -> Vec<String> {
    let chain = verified_chain(&app.database, "access").await;
    chain.into_iter().filter(|event| event.after["key_id"] == id).map(|event| event.action).collect()
}

/// The secret is shown once and stored nowhere: not even for who sends the request again.
#[tokio::test]
async fn a_key_made_under_an_idempotency_key_is_made_once_and_its_secret_is_not_kept() {
    let app = app().await;
    let ask = async || {
        let request = axum::http::Request::post("/api/v1/keys")
            .header("authorization", format!("Bearer {}", app.key()))
            .header("content-type", "application/json")
            .header("idempotency-key", "k-1")
            .body(json!({"name": "feed", "role": "ingest"}).to_string().into());
        app.call(request.unwrap()).await
    };
    let made = ask().await;
    assert_eq!(
        (made.status, &made.headers["cache-control"]),
        (StatusCode::CREATED, &"no-store".parse().unwrap())
    );
    let again = ask().await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    assert!(again.body["error"]["message"].as_str().unwrap().contains("not kept"), "{}", again.body);
    assert_eq!(app.database.number("select count(*) from api_keys where name = 'feed'").await, 1);
    let kept = "select count(*) from idempotency_keys where encode(answer, 'escape') like '%tt\\_%'";
    assert_eq!(app.database.number(kept).await, 0);
}
