//! Snoozes: quiet for a while, unless something graver happens.

use crate::{app, text};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{alert_of, give_habit, payment, raise, send};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::verified_chain;
use std::slice::from_ref;

/// Snoozes an account for an hour, with these fields beside.
async fn snooze(app: &TestApp, account: &str, fields: &Value) -> Answer {
    let until = (Timestamp::now() + SignedDuration::from_hours(1)).to_string();
    let mut body = json!({"account": account, "until": until, "reason": "travels"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    app.post("/api/v1/snoozes", &body).await
}

async fn snoozed(app: &TestApp, account: &str, fields: &Value) -> String {
    let made = snooze(app, account, fields).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    text(&made.body["id"])
}

#[tokio::test]
async fn a_snoozed_account_raises_nothing_and_the_reason_is_kept() {
    let app = app().await;
    give_habit(&app, "a").await;
    let id = snoozed(&app, "a", &json!({})).await;
    let body = send(&app, &payment("a", "60.00", 0)).await;
    assert_eq!((&body["alert"], &body["assessment"]["severity"]), (&Value::Null, &json!("medium")), "{body}");
    let expected = json!({"gate": "snooze", "reason": format!("the account is snoozed: travels ({id})")});
    assert_eq!(body["assessment"]["gate"], expected);
    let held = format!("select count(*) from assessments where 'snz_' || held_by = '{id}'");
    assert_eq!(app.database.number(&held).await, 1);
}

#[tokio::test]
async fn a_jump_in_severity_wakes_a_snoozed_account() {
    let app = app().await;
    give_habit(&app, "a").await;
    snoozed(&app, "a", &json!({})).await;
    let body = send(&app, &payment("a", "200.00", 0)).await;
    assert_eq!(body["assessment"]["severity"], "critical", "{body}");
    assert_eq!((&body["alert"]["outcome"], &body["assessment"]["gate"]), (&json!("raised"), &Value::Null));
}

#[tokio::test]
async fn a_snooze_is_made_at_the_severity_of_the_newest_alert() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let made = snooze(&app, "a", &json!({})).await;
    assert_eq!(made.body["severity"], "critical", "{}", made.body);
    assert_eq!(snooze(&app, "b", &json!({})).await.body["severity"], "medium");
    assert_eq!(snooze(&app, "c", &json!({"severity": "high"})).await.body["severity"], "high");
    // The snooze comes before the open alert: nothing folds in.
    let body = send(&app, &payment("a", "5000.00", 1)).await;
    assert_eq!(body["assessment"]["gate"]["gate"], "snooze", "{body}");
    let detail = app.get(&format!("/api/v1/alerts/{alert}")).await.body;
    assert_eq!(detail["alert"]["n_assessments"], 1);
}

#[tokio::test]
async fn a_snooze_of_one_reason_holds_back_only_what_that_reason_leads() {
    let app = app().await;
    for account in ["a", "b", "c"] {
        give_habit(&app, account).await;
    }
    let unsnoozed = send(&app, &payment("c", "60.00", 0)).await;
    let leading = text(&unsnoozed["assessment"]["reasons"][0]["code"]);
    snoozed(&app, "a", &json!({"reason_code": leading})).await;
    snoozed(&app, "b", &json!({"reason_code": "another_reason"})).await;
    let held = send(&app, &payment("a", "60.00", 0)).await;
    assert_eq!(held["assessment"]["gate"]["gate"], "snooze", "{held}");
    let raised = send(&app, &payment("b", "60.00", 0)).await;
    assert_eq!(raised["alert"]["outcome"], "raised", "{raised}");
}

#[tokio::test]
async fn a_snooze_that_ended_has_no_effect() {
    let app = app().await;
    for account in ["a", "b"] {
        give_habit(&app, account).await;
    }
    let ended = snoozed(&app, "a", &json!({})).await;
    snoozed(&app, "b", &json!({})).await;
    let path = format!("/api/v1/snoozes/{ended}/end");
    let first = app.post(&path, &Value::Null).await;
    assert_eq!((first.status, &first.body["status"]), (StatusCode::OK, &json!("ended")), "{}", first.body);
    assert_eq!(app.post(&path, &Value::Null).await.body, first.body, "once");
    let owner = app.database.owner().await;
    owner.batch_execute("update snoozes set until = now() where account_id = 'b'").await.unwrap();
    for account in ["a", "b"] {
        let body = send(&app, &payment(account, "60.00", 0)).await;
        assert!(!alert_of(&body).is_empty());
    }
    assert_eq!(app.database.number("select count(*) from snoozes").await, 2, "they stay as history");
}

#[tokio::test]
async fn analysts_snooze_and_every_person_reads_snoozes() {
    let app = app().await;
    for role in Role::ALL {
        let caller = app.with_role(role).await;
        let may_write = matches!(role, Role::Analyst | Role::Supervisor | Role::Admin);
        let expected = if may_write { StatusCode::CREATED } else { StatusCode::FORBIDDEN };
        assert_eq!(snooze(&caller, "a", &json!({})).await.status, expected, "{}", role.as_str());
        let may_read = if role == Role::Ingest { StatusCode::FORBIDDEN } else { StatusCode::OK };
        assert_eq!(caller.get("/api/v1/snoozes").await.status, may_read, "{}", role.as_str());
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_snooze_is_named() {
    let app = app().await;
    let far = (Timestamp::now() + SignedDuration::from_hours(91 * 24)).to_string();
    let body = json!({"account": "", "reason_code": "", "severity": "grave", "until": far});
    let answer = app.post("/api/v1/snoozes", &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let details = answer.body["error"]["details"].as_array().unwrap().clone();
    let pointers: Vec<&str> = details.iter().map(|detail| detail["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/account", "/reason_code", "/severity", "/reason", "/until"]);
    let unknown = app.post("/api/v1/snoozes/snz_0/end", &Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn snoozes_are_read_newest_first_by_their_filters_and_every_change_is_one_event() {
    let app = app().await;
    let first = snoozed(&app, "a", &json!({})).await;
    let second = snoozed(&app, "b", &json!({})).await;
    app.post(&format!("/api/v1/snoozes/{first}/end"), &Value::Null).await;
    let ids = async |query: &str| {
        let body = app.get(&format!("/api/v1/snoozes?{query}")).await.body;
        body["snoozes"].as_array().unwrap().iter().map(|snooze| text(&snooze["id"])).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await, [second.clone(), first.clone()]);
    assert_eq!(ids("status=active").await, from_ref(&second));
    assert_eq!(ids("account=a&status=ended").await, from_ref(&first));
    let page = app.get("/api/v1/snoozes?limit=1").await.body;
    assert_eq!(ids(&format!("limit=1&cursor={}", text(&page["next_cursor"]))).await, from_ref(&first));
    let chain = verified_chain(&app.database, "configuration").await;
    let of_first: Vec<&str> = chain
        .iter()
        .filter(|event| event.after["snooze_id"] == first.as_str())
        .map(|event| event.action.as_str())
        .collect();
    assert_eq!(of_first, ["account_snoozed", "snooze_ended"]);
}
