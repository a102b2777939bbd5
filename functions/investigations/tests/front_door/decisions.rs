//! Decide: when it is accepted, and which labels it makes.

use crate::{Desk, desk};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::alerting::{act, alert_of, give_habit, payment, send};
use shared::testing::app::{Answer, TestApp};
use shared::testing::artifacts::break_artifact;

/// Every label: external id, verdict, source.
async fn labels(app: &TestApp) -> Vec<(String, String, String)> {
    let statement = "select t.external_id, l.verdict, l.source from labels l
        join transactions t on t.id = l.transaction_id order by t.external_id, l.id";
    let rows = app.database.owner().await.query(statement, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

fn label(external_id: &str, verdict: &str) -> (String, String, String) {
    (external_id.to_owned(), verdict.to_owned(), "analyst".to_owned())
}

async fn decide(caller: &TestApp, alert: &str, body: &Value) -> Answer {
    act(caller, alert, "decide", body).await
}

fn fraud() -> Value {
    json!({"disposition": "confirmed_fraud", "notes": "the owner\nsays so", "confidence": 0.9})
}

#[tokio::test]
async fn a_decision_is_refused_unless_in_review_by_its_holder_and_once() {
    let Desk { app, ana, bob, alert } = desk().await;
    assert_eq!(decide(&ana, &alert, &fraud()).await.status, StatusCode::CONFLICT, "nobody claimed it");
    act(&ana, &alert, "claim", &json!({})).await;
    assert_eq!(decide(&bob, &alert, &fraud()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(labels(&app).await, []);
    let decided = decide(&ana, &alert, &fraud()).await;
    assert_eq!(decided.status, StatusCode::OK, "{}", decided.body);
    assert_eq!((&decided.body["status"], &decided.body["assignee"]), (&json!("resolved"), &Value::Null));
    let decision = &decided.body["decision"];
    assert_eq!(decision["disposition"], "confirmed_fraud");
    assert_eq!((&decision["confidence"], &decision["notes"]), (&json!(0.9), &json!("the owner\nsays so")));
    for caller in [&ana, &bob] {
        let again = decide(caller, &alert, &json!({"disposition": "false_positive"})).await;
        assert_eq!(
            (again.status, &again.body["error"]["type"]),
            (StatusCode::CONFLICT, &json!("WrongState"))
        );
    }
    assert_eq!(labels(&app).await, [label("a-200.00-0", "fraud")]);
}

#[tokio::test]
async fn wrong_fields_are_answered_with_their_pointers_and_change_nothing() {
    let Desk { app, ana, alert, .. } = desk().await;
    act(&ana, &alert, "claim", &json!({})).await;
    let cases = [
        (json!({}), "/disposition"),
        (json!({"disposition": "guilty"}), "/disposition"),
        (json!({"disposition": 3}), "/disposition"),
        (json!({"disposition": "confirmed_fraud"}), "/notes"),
        (json!({"disposition": "confirmed_fraud", "notes": " \n "}), "/notes"),
        (json!({"disposition": "false_positive", "notes": "a\u{0}b"}), "/notes"),
        (json!({"disposition": "false_positive", "notes": "x".repeat(10_001)}), "/notes"),
        (json!({"disposition": "false_positive", "confidence": 1.01}), "/confidence"),
        (json!({"disposition": "false_positive", "confidence": "sure"}), "/confidence"),
        (json!({"disposition": "false_positive", "transactions": []}), "/transactions"),
        (json!({"disposition": "false_positive", "transactions": ["x"]}), "/transactions/0"),
        (json!({"disposition": "false_positive", "verdict": "fraud"}), "/verdict"),
    ];
    for (body, pointer) in cases {
        let answer = decide(&ana, &alert, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", answer.body);
        let details = answer.body["error"]["details"].as_array().unwrap();
        assert_eq!(details.len(), 1, "{body}: {}", answer.body);
        assert_eq!(details[0]["pointer"], pointer, "{body}");
    }
    assert_eq!(labels(&app).await, []);
    assert_eq!(app.database.number("select count(*) from alerts where disposition is not null").await, 0);
}

#[tokio::test]
async fn inconclusive_keeps_it_in_review_escalated_without_a_holder_or_a_label() {
    let Desk { app, ana, bob, alert } = desk().await;
    act(&ana, &alert, "claim", &json!({})).await;
    let answer = decide(&ana, &alert, &json!({"disposition": "inconclusive", "notes": "cannot tell"})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!((&answer.body["status"], &answer.body["assignee"]), (&json!("in_review"), &Value::Null));
    assert_eq!(answer.body["is_escalated"], true);
    assert_eq!(labels(&app).await, []);
    assert_eq!(decide(&ana, &alert, &fraud()).await.status, StatusCode::FORBIDDEN, "nobody holds it");
    assert_eq!(act(&bob, &alert, "claim", &json!({})).await.status, StatusCode::OK);
    assert_eq!(decide(&bob, &alert, &fraud()).await.status, StatusCode::OK);
    assert_eq!(labels(&app).await, [label("a-200.00-0", "fraud")]);
}

/// An alert of two folded transactions, claimed by ana; both transactions' ids.
async fn two_folded(desk: &Desk) -> [String; 2] {
    let second = send(&desk.app, &payment("a", "900.00", 1)).await;
    assert_eq!(alert_of(&second), desk.alert);
    act(&desk.ana, &desk.alert, "claim", &json!({})).await;
    let first = desk.app.post("/api/v1/transactions", &payment("a", "200.00", 0)).await;
    [&first.body, &second].map(|body| body["transaction_id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn false_and_benign_positives_label_everything_folded_as_genuine() {
    for disposition in ["false_positive", "benign_positive"] {
        let desk = desk().await;
        two_folded(&desk).await;
        let answer = decide(&desk.ana, &desk.alert, &json!({"disposition": disposition})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let expected = [label("a-200.00-0", "genuine"), label("a-900.00-1", "genuine")];
        assert_eq!(labels(&desk.app).await, expected, "{disposition}");
    }
}

#[tokio::test]
async fn confirmed_fraud_labels_everything_at_or_above_the_threshold() {
    let desk = desk().await;
    two_folded(&desk).await;
    decide(&desk.ana, &desk.alert, &fraud()).await;
    assert_eq!(labels(&desk.app).await, [label("a-200.00-0", "fraud"), label("a-900.00-1", "fraud")]);
}

#[tokio::test]
async fn confirmed_fraud_leaves_out_what_only_needed_review() {
    let desk = desk().await;
    break_artifact(&desk.app, "isolation_forest", "").await;
    let ordinary = send(&desk.app, &payment("a", "25.00", 1)).await;
    assert_eq!((alert_of(&ordinary), &ordinary["alert"]["outcome"]), (desk.alert.clone(), &json!("folded")));
    act(&desk.ana, &desk.alert, "claim", &json!({})).await;
    decide(&desk.ana, &desk.alert, &fraud()).await;
    assert_eq!(labels(&desk.app).await, [label("a-200.00-0", "fraud")]);
}

#[tokio::test]
async fn a_decision_that_names_transactions_labels_only_those() {
    let desk = desk().await;
    let [_, second] = two_folded(&desk).await;
    let mut body = fraud();
    body["transactions"] = json!([second, second]);
    let answer = decide(&desk.ana, &desk.alert, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(labels(&desk.app).await, [label("a-900.00-1", "fraud")]);
}

#[tokio::test]
async fn a_transaction_of_another_alert_cannot_be_named() {
    let desk = desk().await;
    let [first, _] = two_folded(&desk).await;
    give_habit(&desk.app, "b").await;
    let stranger = send(&desk.app, &payment("b", "200.00", 0)).await["transaction_id"].clone();
    let mut body = fraud();
    body["transactions"] = json!([first, stranger]);
    let answer = decide(&desk.ana, &desk.alert, &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert_eq!(answer.body["error"]["details"][0]["pointer"], "/transactions/1");
    assert_eq!(labels(&desk.app).await, []);
}
