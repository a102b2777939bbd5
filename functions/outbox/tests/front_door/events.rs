//! What is told of, what it says, and to whom.

use crate::receiver::{Received, Receiver};
use crate::{Desk, in_minutes};
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{act, act_on, deploy, payment, raise, send};

const ALL: [&str; 9] = [
    "alert.raised",
    "alert.severity_raised",
    "alert.decided",
    "alert.reopened",
    "alert.awaiting_approval",
    "alert.decision_rejected",
    "alert.escalated",
    "model.promoted",
    "drift.detected",
];

#[tokio::test]
async fn an_alerts_way_is_told_signed_and_each_event_once() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    let (webhook, secret) = desk.add(&receiver, &ALL).await;
    let alert = raise(&desk.app, "a").await;
    act(&desk.app, &alert, "claim", &json!({})).await;
    act(&desk.app, &alert, "escalate", &json!({"reason": "another pair of eyes"})).await;
    let decision = json!({"disposition": "confirmed_fraud", "notes": "the customer was called"});
    assert_eq!(act(&desk.app, &alert, "decide", &decision).await.status.as_u16(), 200);

    assert_eq!(desk.tick(in_minutes(0)).await, 3);
    let messages = receiver.take();
    assert!(messages.iter().all(|message| message.is_signed_by(&secret)), "{messages:?}");
    let told = |event: &str| -> Value {
        let found = messages.iter().map(Received::json).find(|body| body["type"] == event);
        found.unwrap()["data"].clone()
    };
    let raised = told("alert.raised");
    assert_eq!((&raised["alert_id"], &raised["account_id"]), (&json!(alert), &json!("a")));
    assert_eq!(raised["severity"], "critical");
    assert!(raised["risk_score"].as_f64().is_some_and(|score| score >= 0.8), "{raised}");
    assert_eq!(told("alert.escalated")["reason"], "another pair of eyes");
    let decided = told("alert.decided");
    assert_eq!(
        (&decided["disposition"], &decided["status"]),
        (&json!("confirmed_fraud"), &json!("resolved"))
    );
    assert!(
        !messages.iter().any(|message| message.json().to_string().contains("customer")),
        "notes stay inside"
    );

    assert_eq!(desk.tick(in_minutes(60)).await, 0, "what was delivered is not sent again");
    let listed = desk.deliveries(&format!("webhook_id={webhook}&status=delivered")).await;
    assert_eq!(listed.len(), 3);
    let ids: Vec<&str> = listed.iter().map(|delivery| delivery["message_id"].as_str().unwrap()).collect();
    assert!(messages.iter().all(|message| ids.contains(&message.id())), "{ids:?}");
    assert_eq!((&listed[0]["last_status"], &listed[0]["n_attempts"]), (&json!(204), &json!(1)));
}

#[tokio::test]
async fn a_decision_is_told_as_waiting_and_as_taken_once_a_second_person_approved_it() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.awaiting_approval", "alert.decision_rejected", "alert.decided"]).await;
    let alert = raise(&desk.app, "a").await;
    deploy(&desk.app, &[("APPROVAL_FROM_SEVERITY", "high")]).await.unwrap();
    let ana = desk.app.with_role(Role::Analyst).await;
    act(&ana, &alert, "claim", &json!({})).await;
    let decision = json!({"disposition": "confirmed_fraud", "notes": "the customer was called"});
    let proposed = act(&ana, &alert, "decide", &decision).await;
    assert_eq!(proposed.status.as_u16(), 202, "{}", proposed.body);
    assert_eq!(desk.tick(in_minutes(0)).await, 1);
    let waiting = receiver.take().remove(0).json();
    assert_eq!(waiting["type"], "alert.awaiting_approval");
    assert_eq!(waiting["data"]["disposition"], "confirmed_fraud");
    assert!(!waiting.to_string().contains("customer"), "notes stay inside: {waiting}");

    act(&desk.app, &alert, "reject", &json!({"reason": "call again"})).await;
    assert_eq!(desk.tick(in_minutes(1)).await, 1);
    let rejected = receiver.take().remove(0).json();
    assert_eq!(
        (&rejected["type"], &rejected["data"]["reason"]),
        (&json!("alert.decision_rejected"), &json!("call again"))
    );

    let proposed = act(&ana, &alert, "decide", &decision).await;
    assert_eq!(desk.tick(in_minutes(2)).await, 1);
    assert_eq!(receiver.take_types(), ["alert.awaiting_approval"]);
    let seen = proposed.headers["etag"].to_str().unwrap();
    let approved = act_on(&desk.app, (&alert, "approve"), (seen, &json!({}))).await;
    assert_eq!(approved.status.as_u16(), 200, "{}", approved.body);
    assert_eq!(desk.tick(in_minutes(3)).await, 1);
    let decided = receiver.take().remove(0).json();
    assert_eq!((&decided["type"], &decided["data"]["status"]), (&json!("alert.decided"), &json!("resolved")));
    assert_eq!(decided["data"]["approved_by"], approved.body["decision"]["approved_by"]);
}

#[tokio::test]
async fn a_graver_transaction_of_an_open_alert_is_told_as_such() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.severity_raised"]).await;
    shared::testing::alerting::give_habit(&desk.app, "a").await;
    send(&desk.app, &payment("a", "62.00", 0)).await;
    send(&desk.app, &payment("a", "250.00", 5)).await;
    assert_eq!(desk.tick(in_minutes(0)).await, 1);
    let message = receiver.take().remove(0).json();
    assert_eq!(message["type"], "alert.severity_raised");
    assert_ne!(message["data"]["severity_before"], message["data"]["severity"]);
}

#[tokio::test]
async fn each_webhook_is_told_what_it_asked_for_and_a_removed_one_nothing() {
    let desk = Desk::new().await;
    let (raised, decided) = (Receiver::start().await, Receiver::start().await);
    desk.add(&raised, &["alert.raised"]).await;
    let (removed, _) = desk.add(&decided, &["alert.decided", "alert.raised"]).await;
    let alert = raise(&desk.app, "a").await;
    assert_eq!(desk.tick(in_minutes(0)).await, 2);
    assert_eq!(raised.take_types(), ["alert.raised"]);
    assert_eq!(decided.take_types(), ["alert.raised"]);

    shared::testing::alerting::resolve(&desk.app, &alert).await;
    let answer = desk.app.post(&format!("/api/v1/webhooks/{removed}/remove"), &json!({})).await;
    assert_eq!((answer.status.as_u16(), &answer.body["status"]), (200, &json!("ended")));
    assert_eq!(desk.tick(in_minutes(1)).await, 0);
    let given_up = desk.deliveries("status=dead").await;
    assert_eq!(given_up[0]["last_error"], "the webhook was removed");
    let again = desk
        .app
        .post(&format!("/api/v1/deliveries/{}/redeliver", given_up[0]["id"].as_str().unwrap()), &json!({}))
        .await;
    assert_eq!(again.status.as_u16(), 409, "{}", again.body);
}

#[tokio::test]
async fn what_did_not_happen_is_not_told() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.decided"]).await;
    let alert = raise(&desk.app, "a").await;
    let refused = act(&desk.app, &alert, "decide", &json!({"disposition": "false_positive"})).await;
    assert_eq!(refused.status.as_u16(), 409, "nobody holds it");
    assert_eq!(desk.app.database.number("select count(*) from deliveries").await, 0);
}

#[tokio::test]
async fn a_test_goes_to_its_webhook_alone_whatever_it_asked_for() {
    let desk = Desk::new().await;
    let (one, other) = (Receiver::start().await, Receiver::start().await);
    let (webhook, secret) = desk.add(&one, &["alert.raised"]).await;
    desk.add(&other, &ALL).await;
    let asked = desk.app.post(&format!("/api/v1/webhooks/{webhook}/test"), &json!({})).await;
    assert_eq!(asked.status.as_u16(), 202, "{}", asked.body);
    assert_eq!(desk.tick(in_minutes(0)).await, 1);
    let message = one.take().remove(0);
    assert!(message.is_signed_by(&secret));
    assert_eq!(message.json()["data"]["webhook_id"], json!(webhook));
    assert!(other.take().is_empty());
}

#[tokio::test]
async fn a_decision_that_is_taken_back_is_told_too() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.reopened"]).await;
    let alert = raise(&desk.app, "a").await;
    let body =
        json!({"action": "decide", "items": [{"id": alert}], "disposition": "false_positive", "reason": "r"});
    let decided = desk.app.post("/api/v1/alerts/bulk", &body).await;
    let operation = decided.body["id"].as_str().unwrap_or_else(|| panic!("{}", decided.body)).to_owned();
    let undone = desk.app.post(&format!("/api/v1/operations/{operation}/undo"), &json!({})).await;
    assert_eq!(undone.status.as_u16(), 200, "{}", undone.body);
    assert_eq!(desk.tick(in_minutes(0)).await, 1);
    let data = receiver.take().remove(0).json()["data"].clone();
    assert_eq!((&data["alert_id"], &data["disposition_before"]), (&json!(alert), &json!("false_positive")));
    assert_eq!(data["disposition"], Value::Null);
}
