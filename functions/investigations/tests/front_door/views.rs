//! Saved views: whose they are, who sees them, and what they may hold.

use crate::{app, supervisor};
use axum::http::StatusCode;
use serde_json::json;
use shared::domain::access::Role;
use shared::testing::app::{Answer, TestApp};

async fn save(app: &TestApp, (name, query): (&str, &str), is_shared: bool) -> Answer {
    app.post("/api/v1/views", &json!({"name": name, "query": query, "is_shared": is_shared})).await
}

async fn names(app: &TestApp) -> Vec<String> {
    let listed = app.get("/api/v1/views").await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.body);
    let views = listed.body["views"].as_array().unwrap();
    views.iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
}

fn id(saved: &Answer) -> &str {
    assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.body);
    saved.body["id"].as_str().unwrap()
}

async fn remove(who: &TestApp, view: &Answer) -> StatusCode {
    who.post(&format!("/api/v1/views/{}/remove", id(view)), &json!({})).await.status
}

#[tokio::test]
async fn a_view_is_its_owners_unless_it_is_shared() {
    let app = app().await;
    let (ana, bob) = (app.with_role(Role::Analyst).await, app.with_role(Role::Analyst).await);
    let own = save(&ana, ("mine to do", "assignee=me&sort=deadline"), false).await;
    assert_eq!(own.body["query"], "assignee=me&sort=deadline");
    save(&ana, ("burning", "severity=critical,needs_review&sort=priority"), true).await;
    save(&bob, ("mine to do", "assignee=me"), false).await;
    assert_eq!(names(&ana).await, ["burning", "mine to do"]);
    assert_eq!(names(&bob).await, ["burning", "mine to do"]);
    assert_eq!(names(&app.with_role(Role::Demo).await).await, ["burning"]);
    let again = save(&ana, ("burning", "status=active"), false).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
}

#[tokio::test]
async fn a_shared_view_is_removed_by_its_owner_or_a_supervisor_and_anothers_own_by_nobody() {
    let app = app().await;
    let (ana, bob) = (app.with_role(Role::Analyst).await, app.with_role(Role::Analyst).await);
    let shared = save(&ana, ("all", "status=active"), true).await;
    let own = save(&ana, ("own", "status=active"), false).await;
    let boss = supervisor(&app).await;
    assert_eq!(remove(&bob, &shared).await, StatusCode::FORBIDDEN);
    assert_eq!(remove(&bob, &own).await, StatusCode::NOT_FOUND);
    assert_eq!(remove(&boss, &own).await, StatusCode::NOT_FOUND);
    assert_eq!(remove(&boss, &shared).await, StatusCode::OK);
    assert_eq!(remove(&ana, &own).await, StatusCode::OK);
    assert_eq!(remove(&ana, &own).await, StatusCode::NOT_FOUND);
    assert!(names(&ana).await.is_empty());
}

#[tokio::test]
async fn a_view_holds_what_the_queue_takes_and_a_page_of_them_goes_on() {
    let app = app().await;
    for (query, why) in
        [("limit=5", "belongs to a page"), ("state=active", "filters and sort"), ("", "empty")]
    {
        let refused = save(&app, ("x", query), false).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(refused.text.contains("/query") && refused.text.contains(why), "{query}: {}", refused.text);
    }
    for n in 0..100 {
        id(&save(&app, (&format!("view {n:03}"), "status=active"), false).await);
    }
    let one_more = save(&app, ("one more", "status=active"), false).await;
    assert_eq!(one_more.status, StatusCode::CONFLICT, "{}", one_more.body);
    let first = app.get("/api/v1/views?limit=60").await;
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let second = app.get(&format!("/api/v1/views?limit=60&cursor={cursor}")).await;
    assert_eq!(second.body["views"].as_array().map(Vec::len), Some(40));
    assert_eq!(second.body["views"][0]["name"], "view 060");
    let other = app.with_role(Role::Analyst).await.get(&format!("/api/v1/views?cursor={cursor}")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "a cursor is of its caller");
}
