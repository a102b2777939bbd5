//! Claim and release.

use crate::{Desk, desk};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::alerting::{act, payment, send};
use uuid::Uuid;

#[tokio::test]
async fn a_claimed_alert_is_in_review_and_held_by_its_claimer() {
    let Desk { ana, bob, alert, .. } = desk().await;
    let claimed = act(&ana, &alert, "claim", &json!({})).await;
    assert_eq!(claimed.status, StatusCode::OK, "{}", claimed.body);
    assert_eq!((&claimed.body["id"], &claimed.body["status"]), (&json!(alert), &json!("in_review")));
    let key_id = ana.key().split('_').nth(1).unwrap();
    assert_eq!(claimed.body["assignee"], key_id);
    for analyst in [&ana, &bob] {
        let again = act(analyst, &alert, "claim", &json!({})).await;
        assert_eq!(
            (again.status, &again.body["error"]["type"]),
            (StatusCode::CONFLICT, &json!("WrongState"))
        );
    }
}

#[tokio::test]
async fn only_the_holder_releases_and_then_anybody_may_claim() {
    let Desk { ana, bob, alert, .. } = desk().await;
    assert_eq!(act(&ana, &alert, "release", &json!({})).await.status, StatusCode::CONFLICT);
    act(&ana, &alert, "claim", &json!({})).await;
    assert_eq!(act(&bob, &alert, "release", &json!({})).await.status, StatusCode::FORBIDDEN);
    let released = act(&ana, &alert, "release", &json!({})).await;
    assert_eq!((released.status, &released.body["status"]), (StatusCode::OK, &json!("active")));
    assert_eq!(released.body["assignee"], Value::Null);
    assert_eq!(act(&bob, &alert, "claim", &json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_alert_cannot_be_released_beside_a_newer_one_of_its_account() {
    let Desk { app, ana, alert, .. } = desk().await;
    act(&ana, &alert, "claim", &json!({})).await;
    let newer = send(&app, &payment("a", "5000.00", 8 * 24 * 60)).await;
    assert_eq!(newer["alert"]["outcome"], "raised", "{newer}");
    let released = act(&ana, &alert, "release", &json!({})).await;
    assert_eq!(
        (released.status, &released.body["error"]["type"]),
        (StatusCode::CONFLICT, &json!("WrongState"))
    );
    let active = "select count(*) from alerts where account_id = 'a' and status = 'active'";
    assert_eq!(app.database.number(active).await, 1);
}

#[tokio::test]
async fn a_move_on_an_alert_that_does_not_exist_is_not_found() {
    let Desk { ana, alert, .. } = desk().await;
    let decision = json!({"disposition": "false_positive"});
    for wrong in [format!("alr_{}", Uuid::now_v7()), alert.replace("alr_", "txn_"), "alr_1".into()] {
        for (action, body) in [("claim", &json!({})), ("release", &json!({})), ("decide", &decision)] {
            let answer = act(&ana, &wrong, action, body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{action} {wrong}: {}", answer.body);
        }
    }
}
