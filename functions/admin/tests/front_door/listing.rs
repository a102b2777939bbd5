//! The list of keys, and what it says of their use.

use crate::{app, key_of};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::db::keys::plan_of_page;

#[tokio::test]
async fn keys_are_listed_newest_first_page_by_page() {
    let app = app().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(key_of(&app, "demo").await.1);
    }
    made.reverse();
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.get(&format!("/api/v1/keys?limit=2{cursor}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        seen.extend(
            page.body["keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()),
        );
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen[..5], made);
    assert_eq!(seen.len(), 6, "the app's own key is the oldest");
    let unknown = app.get("/api/v1/keys?role=demo").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_page_of_keys_is_read_from_their_index() {
    let app = app().await;
    let owner = app.database.owner().await;
    let many = "insert into api_keys (id, secret_hash, name, role, created_at)
        select 'k' || n, sha256(''), 'n', 'demo', now() - n * interval '1 minute' from generate_series(1, 5000) n";
    owner.batch_execute(many).await.unwrap();
    owner.batch_execute("analyze api_keys").await.unwrap();
    let plan = plan_of_page(&owner, &(Timestamp::now(), "k".into())).await.unwrap().join("\n");
    assert!(plan.contains("api_keys_newest") && !plan.contains("Sort"), "{plan}");
}

/// A use is noted once an hour, whatever the number of requests.
#[tokio::test]
async fn a_keys_last_use_is_shown_to_the_hour_and_noted_once_in_it() {
    let app = app().await;
    let (analyst, id) = key_of(&app, "analyst").await;
    let used = async || {
        let keys = app.get("/api/v1/keys").await.body["keys"].clone();
        let key = keys.as_array().unwrap().iter().find(|key| key["id"] == id.as_str()).unwrap().clone();
        (key["last_used_at"].clone(), key["last_used_from"].clone())
    };
    assert_eq!(used().await, (Value::Null, Value::Null));
    analyst.get("/api/v1/alerts").await;
    let first = used().await;
    assert!(first.0.is_string(), "{first:?}");
    assert_eq!(first.1, "unknown", "this client has no address");
    analyst.get("/api/v1/alerts").await;
    assert_eq!(used().await, first);
    let owner = app.database.owner().await;
    let back = "update key_uses set used_at = used_at - interval '61 minutes', address = '192.0.2.9'";
    owner.batch_execute(back).await.unwrap();
    analyst.get("/api/v1/alerts").await;
    let later = used().await;
    assert_eq!(later.1, "unknown");
    assert!(later.0.as_str() >= first.0.as_str(), "{later:?}");
}

#[tokio::test]
async fn a_wrong_secret_is_no_use_of_a_key() {
    let app = app().await;
    let (analyst, id) = key_of(&app, "analyst").await;
    app.with_key(&format!("{}x", analyst.key())).get("/api/v1/alerts").await;
    let uses = format!("select count(*) from key_uses where key_id = '{id}'");
    assert_eq!(app.database.number(&uses).await, 0);
    analyst.post("/api/v1/transactions", &json!({})).await;
    assert_eq!(app.database.number(&uses).await, 1, "a refusal by role is a use");
}
