//! One move on many alerts: each judged for itself.

use crate::{Desk, app, desk, key_id, supervisor};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{act, open_connections, raise, raise_many};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::{verified_actions, verified_chain};

pub(crate) async fn bulk(caller: &TestApp, body: &Value) -> Answer {
    caller.post("/api/v1/alerts/bulk", body).await
}

pub(crate) fn items(alerts: &[String]) -> Value {
    alerts.iter().map(|alert| json!({"id": alert})).collect()
}

fn decision(alerts: &[String]) -> Value {
    json!({"action": "decide", "disposition": "false_positive", "reason": "a known campaign", "items": items(alerts)})
}

#[tokio::test]
async fn a_decision_on_500_alerts_of_which_3_are_held_by_others_ends_497() {
    let app = app().await;
    let alerts = raise_many(&app, 500).await;
    let (ana, bob) = (app.with_role(Role::Analyst).await, app.with_role(Role::Analyst).await);
    let held = [7, 250, 499];
    for position in held {
        assert_eq!(act(&bob, &alerts[position], "claim", &json!({})).await.status, StatusCode::OK);
    }
    let answer = bulk(&ana, &decision(&alerts)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["counts"], json!({"done": 497, "proposed": 0, "unchanged": 0, "refused": 3}));
    let outcomes = answer.body["items"].as_array().unwrap();
    for (position, item) in outcomes.iter().enumerate() {
        assert_eq!((&item["index"], &item["id"]), (&json!(position), &json!(alerts[position])));
        if held.contains(&position) {
            assert_eq!((&item["outcome"], &item["error"]["type"]), (&json!("refused"), &json!("Forbidden")));
        } else {
            assert_eq!((&item["outcome"], &item["labelled"]), (&json!("done"), &json!(1)), "{item}");
        }
    }
    let resolved = "select count(*) from alerts where status = 'resolved' and assignee is null";
    assert_eq!(app.database.number(resolved).await, 497);
    assert_eq!(app.database.number("select count(*) from labels").await, 497);
    let chain = verified_chain(&app.database, &format!("alert:{}", alerts[0])).await;
    let actions: Vec<&str> = chain.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["alert_raised", "alert_claimed", "alert_decided"]);
    assert_eq!(chain[2].after["notes"], "a known campaign");
    assert_eq!(verified_actions(&app.database, &format!("alert:{}", alerts[7])).await.len(), 2);
}

#[tokio::test]
async fn each_refusal_says_why_and_the_rest_is_done() {
    let Desk { app, ana, bob, alert } = desk().await;
    let [second, third] = [raise(&app, "b").await, raise(&app, "c").await];
    act(&bob, &second, "claim", &json!({})).await;
    let unknown = format!("alr_{}", uuid::Uuid::now_v7());
    let body = json!({"action": "claim", "items": [
        {"id": alert, "version": 1}, {"id": second}, {"id": third, "version": 9}, {"id": unknown},
    ]});
    let answer = bulk(&ana, &body).await;
    let said: Vec<(&str, &str)> = answer.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["outcome"].as_str().unwrap(), item["error"]["type"].as_str().unwrap_or_default()))
        .collect();
    let expected =
        [("done", ""), ("refused", "WrongState"), ("refused", "PreconditionFailed"), ("refused", "NotFound")];
    assert_eq!(said, expected, "{}", answer.body);
    assert_eq!(answer.body["items"][2]["version"], 1, "the version it has");
    let again = bulk(&ana, &json!({"action": "claim", "items": [{"id": alert}]})).await;
    assert_eq!(again.body["counts"], json!({"done": 0, "proposed": 0, "unchanged": 1, "refused": 0}));
}

#[tokio::test]
async fn a_supervisor_assigns_and_closes_many() {
    let Desk { app, ana, bob, alert } = desk().await;
    let free = raise(&app, "b").await;
    act(&ana, &alert, "claim", &json!({})).await;
    let supervisor = supervisor(&app).await;
    let body = |items| json!({"action": "assign", "assignee": key_id(&bob), "items": items});
    assert_eq!(bulk(&ana, &body(json!([{"id": free}]))).await.status, StatusCode::FORBIDDEN);
    let bare = bulk(&supervisor, &body(json!([{"id": free}, {"id": alert}]))).await;
    assert_eq!(bare.body["items"][1]["error"]["type"], "PreconditionRequired", "{}", bare.body);
    let given =
        bulk(&supervisor, &body(json!([{"id": free, "version": 1}, {"id": alert, "version": 2}]))).await;
    assert_eq!(
        given.body["counts"],
        json!({"done": 2, "proposed": 0, "unchanged": 0, "refused": 0}),
        "{}",
        given.body
    );
    let both = [alert, free];
    assert_eq!(bulk(&bob, &decision(&both)).await.body["counts"]["done"], 2);
    let close = json!({"action": "close", "reason": "month's end", "items": items(&both)});
    assert_eq!(bulk(&bob, &close).await.status, StatusCode::FORBIDDEN);
    assert_eq!(bulk(&supervisor, &close).await.body["counts"]["done"], 2);
    assert_eq!(app.database.number("select count(*) from alerts where status = 'closed'").await, 2);
}

#[tokio::test]
async fn wrong_requests_are_refused_as_a_whole_with_pointers() {
    let Desk { app, ana, alert, .. } = desk().await;
    let one = json!([{"id": alert}]);
    let many: Vec<Value> = (0..501).map(|_| json!({"id": alert})).collect();
    let cases = [
        (json!({"items": one}), "/action"),
        (json!({"action": "reopen", "items": one}), "/action"),
        (json!({"action": "claim"}), "/items"),
        (json!({"action": "claim", "items": []}), "/items"),
        (json!({"action": "claim", "items": many}), "/items"),
        (json!({"action": "claim", "items": [{"id": "x"}]}), "/items/0/id"),
        (json!({"action": "claim", "items": [{"id": alert}, {"id": alert}]}), "/items/1/id"),
        (json!({"action": "claim", "items": [{"id": alert, "version": "1"}]}), "/items/0/version"),
        (json!({"action": "claim", "items": [{"id": alert, "note": "x"}]}), "/items/0/note"),
        (json!({"action": "claim", "items": one, "reason": "x"}), "/reason"),
        (json!({"action": "assign", "items": one}), "/assignee"),
        (json!({"action": "decide", "items": one, "disposition": "false_positive"}), "/reason"),
        (json!({"action": "decide", "items": one, "reason": "x"}), "/disposition"),
        (json!({"action": "decide", "items": one, "disposition": "guilty", "reason": "x"}), "/disposition"),
    ];
    for (body, pointer) in cases {
        let answer = bulk(&ana, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", answer.body);
        let details = answer.body["error"]["details"].as_array().unwrap();
        assert_eq!((details.len(), &details[0]["pointer"]), (1, &json!(pointer)), "{body}: {}", answer.body);
    }
    let untouched = "select count(*) from bulk_operations";
    assert_eq!(app.database.number(untouched).await, 0);
}

/// Twenty decide the same alerts at once: each alert is decided once, and labelled once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_who_decide_the_same_alerts_one_ends_each() {
    let app = app().await;
    let alerts = raise_many(&app, 10).await;
    open_connections(&app).await;
    let mut calls = Vec::new();
    for _ in 0..20 {
        let analyst = app.with_role(Role::Analyst).await;
        let body = decision(&alerts);
        calls.push(tokio::spawn(async move {
            loop {
                let answer = bulk(&analyst, &body).await;
                // On a machine under load the last may wait for the accounts longer than the lock timeout.
                if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                    return answer;
                }
            }
        }));
    }
    let mut n_done = 0;
    for call in calls {
        let answer = call.await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        n_done += answer.body["counts"]["done"].as_i64().unwrap();
    }
    assert_eq!(n_done, 10);
    assert_eq!(app.database.number("select count(*) from labels").await, 10);
    for alert in &alerts {
        let chain = verified_actions(&app.database, &format!("alert:{alert}")).await;
        assert_eq!(chain, ["alert_raised", "alert_claimed", "alert_decided"]);
    }
}
