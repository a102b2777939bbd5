//! The audit trail of an alert: every move in it, verified, and not to be changed by anybody.

use crate::{Desk, app, desk};
use serde_json::{Value, json};
use shared::testing::alerting::{act, payment, raise, send};
use shared::testing::audit_trail::verified_chain;

#[tokio::test]
async fn every_move_is_one_event_with_actor_request_before_and_after() {
    let Desk { app, ana, bob, alert } = desk().await;
    send(&app, &payment("a", "900.00", 1)).await;
    act(&ana, &alert, "claim", &json!({})).await;
    act(&bob, &alert, "claim", &json!({})).await;
    act(&ana, &alert, "release", &json!({})).await;
    act(&bob, &alert, "claim", &json!({})).await;
    act(&bob, &alert, "decide", &json!({"disposition": "confirmed_fraud"})).await;
    act(&bob, &alert, "decide", &json!({"disposition": "inconclusive"})).await;
    act(&ana, &alert, "claim", &json!({})).await;
    let decision = json!({"disposition": "confirmed_fraud", "notes": "seen it", "confidence": 0.5});
    act(&ana, &alert, "decide", &decision).await;
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let moves: Vec<(&str, &str)> =
        chain.iter().map(|event| (event.action.as_str(), event.actor.as_str())).collect();
    let [admin, ana, bob] =
        [&app, &ana, &bob].map(|caller| format!("key:{}", caller.key().split('_').nth(1).unwrap()));
    let expected = [
        ("alert_raised", &admin),
        ("alert_claimed", &ana),
        ("alert_released", &ana),
        ("alert_claimed", &bob),
        ("alert_decided", &bob),
        ("alert_claimed", &ana),
        ("alert_decided", &ana),
    ];
    assert_eq!(moves, expected.map(|(action, actor)| (action, actor.as_str())));
    for pair in chain[1..].windows(2) {
        let mut ended = pair[0].after.clone();
        // What a decision says beside where the alert stands.
        ended.as_object_mut().unwrap().remove("approval_from_severity");
        assert_eq!(pair[1].before, ended, "{} does not begin where the last move ended", pair[1].action);
    }
    assert!(chain.iter().all(|event| event.request_id.starts_with("req-")), "{chain:?}");
    let (inconclusive, last) = (&chain[4].after, &chain[6].after);
    assert_eq!((&inconclusive["status"], &inconclusive["is_escalated"]), (&json!("in_review"), &json!(true)));
    assert_eq!((&last["status"], &last["assignee"]), (&json!("resolved"), &Value::Null));
    assert_eq!((&last["notes"], &last["confidence"]), (&json!("seen it"), &json!(0.5)));
}

#[tokio::test]
async fn nobody_changes_or_removes_an_event_not_even_the_owner() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let owner = app.database.owner().await;
    for (statement, code) in [
        ("update audit_events set actor = 'nobody'", "TT002"),
        ("delete from audit_events", "TT002"),
        // The server itself: deliveries refer to it.
        ("truncate audit_events", "0A000"),
        ("truncate audit_events cascade", "TT002"),
    ] {
        let error = owner.execute(statement, &[]).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().code().code(), code, "{statement}: {error:?}");
    }
    assert_eq!(verified_chain(&app.database, &format!("alert:{alert}")).await.len(), 1);
}

/// Two events behind one another in a chain would be a fork.
#[tokio::test]
async fn a_chain_cannot_fork() {
    let app = app().await;
    raise(&app, "a").await;
    let owner = app.database.owner().await;
    let fork = "insert into audit_events
        select chain, sequence + 1, prev_hash, hash, canonical, actor, action, at, request_id, before, after
        from audit_events where chain like 'alert:%'";
    let error = owner.execute(fork, &[]).await.unwrap_err();
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("audit_events_no_fork"));
}
