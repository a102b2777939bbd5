//! Claim, release, assign, escalate, reopen and close.

use crate::{Desk, desk, key_id, supervisor};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{act, act_on, payment, resolve, send};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::verified_chain;
use uuid::Uuid;

fn error_of(answer: &Answer) -> (StatusCode, &str) {
    (answer.status, answer.body["error"]["type"].as_str().unwrap_or_default())
}

const WRONG_STATE: (StatusCode, &str) = (StatusCode::CONFLICT, "WrongState");

#[tokio::test]
async fn a_claimed_alert_is_in_review_and_held_by_its_claimer() {
    let Desk { app, ana, bob, alert } = desk().await;
    let claimed = act(&ana, &alert, "claim", &json!({})).await;
    assert_eq!(claimed.status, StatusCode::OK, "{}", claimed.body);
    assert_eq!((&claimed.body["id"], &claimed.body["status"]), (&json!(alert), &json!("in_review")));
    assert_eq!(claimed.body["assignee"], key_id(&ana));
    assert!(claimed.body["responded_at"].is_string(), "{}", claimed.body);
    assert_eq!(error_of(&act(&bob, &alert, "claim", &json!({})).await), WRONG_STATE);
    // The holder's own claim again changes nothing.
    let again = act(&ana, &alert, "claim", &json!({})).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &claimed.body));
    assert_eq!(verified_chain(&app.database, &format!("alert:{alert}")).await.len(), 2);
}

#[tokio::test]
async fn only_the_holder_releases_and_then_anybody_may_claim() {
    let Desk { ana, bob, alert, .. } = desk().await;
    assert_eq!(act(&ana, &alert, "release", &json!({})).await.status, StatusCode::CONFLICT);
    let claimed = act(&ana, &alert, "claim", &json!({})).await;
    assert_eq!(act(&bob, &alert, "release", &json!({})).await.status, StatusCode::FORBIDDEN);
    let released = act(&ana, &alert, "release", &json!({})).await;
    assert_eq!((released.status, &released.body["status"]), (StatusCode::OK, &json!("active")));
    assert_eq!(released.body["assignee"], Value::Null);
    let second = act(&bob, &alert, "claim", &json!({})).await;
    assert_eq!(second.status, StatusCode::OK);
    assert_eq!(second.body["responded_at"], claimed.body["responded_at"], "the first response counts");
}

#[tokio::test]
async fn an_alert_cannot_be_released_beside_a_newer_one_of_its_account() {
    let Desk { app, ana, alert, .. } = desk().await;
    act(&ana, &alert, "claim", &json!({})).await;
    let newer = send(&app, &payment("a", "5000.00", 8 * 24 * 60)).await;
    assert_eq!(newer["alert"]["outcome"], "raised", "{newer}");
    assert_eq!(error_of(&act(&ana, &alert, "release", &json!({})).await), WRONG_STATE);
    let active = "select count(*) from alerts where account_id = 'a' and status = 'active'";
    assert_eq!(app.database.number(active).await, 1);
}

#[tokio::test]
async fn a_move_on_an_alert_that_does_not_exist_is_not_found() {
    let Desk { app, alert, .. } = desk().await;
    let (decision, reason) = (json!({"disposition": "false_positive"}), json!({"reason": "why"}));
    let (nothing, me) = (json!({}), json!({"assignee": key_id(&app)}));
    for wrong in [format!("alr_{}", Uuid::now_v7()), alert.replace("alr_", "txn_"), "alr_1".into()] {
        for (action, body) in [
            ("claim", &nothing),
            ("release", &nothing),
            ("close", &nothing),
            ("assign", &me),
            ("escalate", &reason),
            ("reopen", &reason),
            ("decide", &decision),
        ] {
            let answer = act(&app, &wrong, action, body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action} {wrong}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn an_analyst_assigns_to_themselves_only_and_a_supervisor_to_whoever_investigates() {
    let Desk { app, ana, bob, alert } = desk().await;
    let to = |caller: &TestApp| json!({"assignee": key_id(caller)});
    let refused = act(&ana, &alert, "assign", &to(&bob)).await;
    assert_eq!(error_of(&refused), (StatusCode::FORBIDDEN, "Forbidden"));
    let own = act(&ana, &alert, "assign", &to(&ana)).await;
    assert_eq!((own.status, &own.body["assignee"]), (StatusCode::OK, &json!(key_id(&ana))));
    assert_eq!(error_of(&act(&bob, &alert, "assign", &to(&bob)).await), WRONG_STATE);
    let supervisor = supervisor(&app).await;
    let (feed, demo) = (app.with_role(Role::Ingest).await, app.with_role(Role::Demo).await);
    for nobody in [key_id(&feed), key_id(&demo), "nobody".to_owned()] {
        let body = json!({"assignee": nobody});
        let answer = act_on(&supervisor, (&alert, "assign"), ("*", &body)).await;
        assert_eq!(error_of(&answer), (StatusCode::UNPROCESSABLE_ENTITY, "ValidationFailed"), "{nobody}");
        assert_eq!(answer.body["error"]["details"][0]["pointer"], "/assignee");
    }
    let given = act_on(&supervisor, (&alert, "assign"), ("*", &to(&bob))).await;
    assert_eq!((given.status, &given.body["assignee"]), (StatusCode::OK, &json!(key_id(&bob))));
    let again = act(&supervisor, &alert, "assign", &to(&bob)).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &given.body), "it is Bob's already");
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let actions: Vec<&str> = chain.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["alert_raised", "alert_claimed", "alert_assigned"]);
}

#[tokio::test]
async fn an_escalated_alert_stays_with_its_holder_and_is_escalated_once() {
    let Desk { app, ana, bob, alert } = desk().await;
    act(&ana, &alert, "claim", &json!({})).await;
    for wrong in
        [json!({}), json!({"reason": " "}), json!({"reason": "a\u{0}"}), json!({"reason": "x".repeat(1_001)})]
    {
        let answer = act(&ana, &alert, "escalate", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", answer.body);
        assert_eq!(answer.body["error"]["details"][0]["pointer"], "/reason", "{wrong}");
    }
    let escalated = act(&bob, &alert, "escalate", &json!({"reason": "I know the account"})).await;
    assert_eq!((escalated.status, &escalated.body["is_escalated"]), (StatusCode::OK, &json!(true)));
    assert_eq!(escalated.body["assignee"], key_id(&ana));
    assert_eq!(error_of(&act(&ana, &alert, "escalate", &json!({"reason": "me too"})).await), WRONG_STATE);
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let last = chain.last().unwrap();
    assert_eq!(
        (last.action.as_str(), &last.after["reason"]),
        ("alert_escalated", &json!("I know the account"))
    );
}

#[tokio::test]
async fn a_supervisor_reopens_what_was_decided_and_holds_it_with_a_new_clock() {
    let Desk { app, ana, alert, .. } = desk().await;
    let supervisor = supervisor(&app).await;
    let why = json!({"reason": "the owner called"});
    assert_eq!(error_of(&act(&supervisor, &alert, "reopen", &why).await), WRONG_STATE);
    resolve(&ana, &alert).await;
    assert_eq!(act(&ana, &alert, "reopen", &why).await.status, StatusCode::FORBIDDEN);
    assert_eq!(act(&supervisor, &alert, "reopen", &json!({})).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.database.owner().await.execute("update alerts set resolve_by = created_at", &[]).await.unwrap();
    let reopened = act(&supervisor, &alert, "reopen", &why).await;
    assert_eq!((reopened.status, &reopened.body["status"]), (StatusCode::OK, &json!("in_review")));
    assert_eq!(reopened.body["assignee"], key_id(&supervisor));
    assert_eq!(reopened.body["decision"]["disposition"], "false_positive");
    assert_ne!(reopened.body["resolve_by"], reopened.body["created_at"]);
    // The later decision overrules the label of the earlier.
    let fraud = json!({"disposition": "confirmed_fraud", "notes": "it was not the owner"});
    assert_eq!(act(&supervisor, &alert, "decide", &fraud).await.status, StatusCode::OK);
    let newest = "select count(*) from labels l where l.verdict = 'fraud' and l.supersedes is not null";
    assert_eq!(app.database.number(newest).await, 1);
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    assert_eq!(chain.len(), 5);
    assert_eq!(chain[3].after["reason"], "the owner called");
}

#[tokio::test]
async fn a_supervisor_closes_what_is_resolved_and_may_reopen_it() {
    let Desk { app, ana, alert, .. } = desk().await;
    let supervisor = supervisor(&app).await;
    assert_eq!(error_of(&act(&supervisor, &alert, "close", &json!({})).await), WRONG_STATE);
    resolve(&ana, &alert).await;
    assert_eq!(act(&ana, &alert, "close", &json!({})).await.status, StatusCode::FORBIDDEN);
    let closed = act(&supervisor, &alert, "close", &json!({})).await;
    assert_eq!((closed.status, &closed.body["status"]), (StatusCode::OK, &json!("closed")));
    assert_eq!(error_of(&act(&supervisor, &alert, "close", &json!({})).await), WRONG_STATE);
    let reopened = act(&supervisor, &alert, "reopen", &json!({"reason": "again"})).await;
    assert_eq!((reopened.status, &reopened.body["status"]), (StatusCode::OK, &json!("in_review")));
}

#[tokio::test]
async fn the_answer_of_a_decision_says_how_many_transactions_it_labels() {
    let Desk { app, ana, alert, .. } = desk().await;
    send(&app, &payment("a", "900.00", 1)).await;
    act(&ana, &alert, "claim", &json!({})).await;
    let unsure = act(&ana, &alert, "decide", &json!({"disposition": "inconclusive"})).await;
    assert_eq!((unsure.status, &unsure.body["labelled"]), (StatusCode::OK, &json!(0)));
    act(&ana, &alert, "claim", &json!({})).await;
    let sure = act(&ana, &alert, "decide", &json!({"disposition": "false_positive"})).await;
    assert_eq!((sure.status, &sure.body["labelled"]), (StatusCode::OK, &json!(2)));
}
