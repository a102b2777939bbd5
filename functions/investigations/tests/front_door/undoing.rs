//! Undoing an operation: what has not moved since stands where it stood, and what it labelled is unlabelled.

use crate::bulk::{bulk, items};
use crate::{app, supervisor};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{act, payment, raise_many, send};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::verified_chain;
use shared::testing::profiles::stored_profiles;
use shared::workflow::profiles::rebuild;

async fn undo(caller: &TestApp, operation: &Value) -> Answer {
    let id = operation["id"].as_str().unwrap();
    caller.post(&format!("/api/v1/operations/{id}/undo"), &json!({})).await
}

async fn decide(caller: &TestApp, alerts: &[String], disposition: &str) -> Value {
    let body =
        json!({"action": "decide", "disposition": disposition, "reason": "seen", "items": items(alerts)});
    let answer = bulk(caller, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

/// A label from outside on a payment of an account's habit.
async fn label(app: &TestApp, external_id: &str) {
    let label = json!({
        "source": "cards", "external_id": external_id, "verdict": "fraud", "label_source": "chargeback",
        "observed_at": "2026-06-05T00:00:00Z",
    });
    let answer = app.post("/api/v1/labels", &json!({"labels": [label]})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": 1}), "{}", answer.body);
}

#[tokio::test]
async fn an_undone_decision_leaves_profiles_as_if_it_had_labelled_nothing() {
    let app = app().await;
    let alerts = raise_many(&app, 3).await;
    // Other labels of the same account and shop are told again.
    label(&app, "b-0-3").await;
    label(&app, "b-1-4").await;
    let before = stored_profiles(&app.database).await;
    for disposition in ["confirmed_fraud", "false_positive"] {
        let operation = decide(&app, &alerts, disposition).await;
        assert_ne!(stored_profiles(&app.database).await, before);
        let undone = undo(&app, &operation).await;
        assert_eq!(
            undone.body["counts"],
            json!({"done": 3, "proposed": 0, "unchanged": 0, "refused": 0}),
            "{}",
            undone.body
        );
        assert_eq!(stored_profiles(&app.database).await, before, "{disposition}");
    }
    rebuild(&app.state).await.unwrap();
    assert_eq!(stored_profiles(&app.database).await, before, "a rebuild agrees");
    let active = "select count(*) from alerts where status = 'active' and assignee is null
        and disposition is null and decided_at is null and responded_at is null";
    assert_eq!(app.database.number(active).await, 3);
    assert_eq!(app.database.number("select count(*) from labels").await, 8, "labels stay");
    let chain = verified_chain(&app.database, &format!("alert:{}", alerts[0])).await;
    let actions: Vec<&str> = chain.iter().map(|event| event.action.as_str()).collect();
    let once = ["alert_claimed", "alert_decided", "alert_move_undone"];
    assert_eq!(actions, [&["alert_raised"][..], &once, &once].concat());
}

#[tokio::test]
async fn a_label_recorded_during_the_decision_counts_again_after_its_undoing() {
    let app = app().await;
    let alerts = raise_many(&app, 1).await;
    label(&app, "b-0-last").await;
    let before = stored_profiles(&app.database).await;
    let operation = decide(&app, &alerts, "false_positive").await;
    assert_eq!(stored_profiles(&app.database).await, before, "a chargeback outranks an analyst");
    assert_eq!(undo(&app, &operation).await.body["counts"]["done"], 1);
    assert_eq!(stored_profiles(&app.database).await, before);
}

#[tokio::test]
async fn what_has_moved_since_is_left_alone_and_an_operation_is_undone_once() {
    let app = app().await;
    let alerts = raise_many(&app, 4).await;
    let ana = app.with_role(Role::Analyst).await;
    let claimed = bulk(&ana, &json!({"action": "claim", "items": items(&alerts)})).await.body;
    act(&ana, &alerts[0], "escalate", &json!({"reason": "strange"})).await;
    // A newer alert of the account waits in the queue.
    let newer = send(&app, &payment("b-1", "9000.00", 8 * 24 * 60)).await;
    assert_eq!(newer["alert"]["outcome"], "raised", "{newer}");
    let undone = undo(&ana, &claimed).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.body);
    assert_eq!(
        undone.body["counts"],
        json!({"done": 2, "proposed": 0, "unchanged": 0, "refused": 2}),
        "{}",
        undone.body
    );
    for position in [0, 1] {
        assert_eq!(undone.body["items"][position]["error"]["type"], "WrongState");
    }
    for again in [undo(&ana, &claimed).await, undo(&ana, &undone.body).await] {
        assert_eq!(
            (again.status, &again.body["error"]["type"]),
            (StatusCode::CONFLICT, &json!("WrongState"))
        );
    }
    let kept = app.get(&format!("/api/v1/operations/{}", claimed["id"].as_str().unwrap())).await.body;
    assert_eq!((&kept["undone_by"], &kept["items"]), (&undone.body["id"], &claimed["items"]));
    assert_eq!((&undone.body["action"], &undone.body["undoes"]), (&json!("undo"), &claimed["id"]));
}

#[tokio::test]
async fn only_who_made_an_operation_or_a_supervisor_undoes_it() {
    let app = app().await;
    let alerts = raise_many(&app, 1).await;
    let (ana, bob) = (app.with_role(Role::Analyst).await, app.with_role(Role::Analyst).await);
    let claimed = bulk(&ana, &json!({"action": "claim", "items": items(&alerts)})).await.body;
    assert_eq!(undo(&bob, &claimed).await.status, StatusCode::FORBIDDEN);
    assert_eq!(undo(&supervisor(&app).await, &claimed).await.status, StatusCode::OK);
    let unknown = json!({"id": format!("opr_{}", uuid::Uuid::now_v7())});
    assert_eq!(undo(&ana, &unknown).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reopened_alert_that_is_decided_again_keeps_only_the_later_decisions_labels() {
    let app = app().await;
    let alerts = raise_many(&app, 1).await;
    let before = stored_profiles(&app.database).await;
    decide(&app, &alerts, "false_positive").await;
    let supervisor = supervisor(&app).await;
    act(&supervisor, &alerts[0], "reopen", &json!({"reason": "not so sure"})).await;
    let unsure = act(&supervisor, &alerts[0], "decide", &json!({"disposition": "inconclusive"})).await;
    assert_eq!(unsure.status, StatusCode::OK, "{}", unsure.body);
    assert_eq!(stored_profiles(&app.database).await, before, "an inconclusive decision labels nothing");
    // What was decided before is not brought back by undoing the later decision.
    act(&supervisor, &alerts[0], "claim", &json!({})).await;
    act(&supervisor, &alerts[0], "decide", &json!({"disposition": "false_positive"})).await;
    act(&supervisor, &alerts[0], "reopen", &json!({"reason": "again"})).await;
    let operation = decide(&supervisor, &alerts, "confirmed_fraud").await;
    let undone = undo(&supervisor, &operation).await;
    assert_eq!(
        undone.body["counts"],
        json!({"done": 0, "proposed": 0, "unchanged": 0, "refused": 1}),
        "{}",
        undone.body
    );
}

#[tokio::test]
async fn operations_are_listed_newest_first_in_pages() {
    let app = app().await;
    let alerts = raise_many(&app, 3).await;
    let mut made = Vec::new();
    for alert in &alerts {
        let body = json!({"action": "claim", "items": [{"id": alert}]});
        made.push(bulk(&app, &body).await.body["id"].clone());
    }
    let first = app.get("/api/v1/operations?limit=2").await.body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = app.get(&format!("/api/v1/operations?limit=2&cursor={cursor}")).await.body;
    let listed: Vec<&Value> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["operations"].as_array().unwrap())
        .map(|operation| &operation["id"])
        .collect();
    assert_eq!(listed, made.iter().rev().collect::<Vec<_>>());
    assert!(second["next_cursor"].is_null() && first["operations"][0]["items"].is_null(), "{first}");
}
