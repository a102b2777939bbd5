//! What the schedule does to alerts: it escalates what is late, once, and closes what was decided long ago.

use crate::{app, app_with, handle};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::testing::alerting::{act, raise, resolve};
use shared::testing::app::{TestApp, of_function};
use shared::testing::audit_trail::verified_chain;

/// Runs a task some hours from now, over the function's own login.
async fn run_later(app: &TestApp, task: &str, hours: i64) -> Value {
    let later = Timestamp::now() + SignedDuration::from_hours(hours);
    let state = of_function(&app.state, "retrain");
    retrain::handler(&state, &json!({"task": task}), later).await.unwrap()
}

async fn status_of(app: &TestApp, alert: &str) -> (String, bool) {
    let statement = "select status, is_escalated from alerts where 'alr_' || id = $1";
    let row = app.database.owner().await.query_one(statement, &[&alert]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn an_alert_past_its_time_to_respond_or_to_resolve_is_escalated_once() {
    let app = app().await;
    let [waiting, held] = [raise(&app, "a").await, raise(&app, "b").await];
    act(&app, &held, "claim", &json!({})).await;
    assert_eq!(handle(&app, &json!({"task": "escalate"})).await.unwrap(), json!({"escalated": 0}));
    // Both are critical: 15 minutes to respond, two hours to resolve.
    assert_eq!(run_later(&app, "escalate", 1).await, json!({"escalated": 1}));
    assert_eq!(status_of(&app, &waiting).await, ("active".into(), true));
    assert_eq!(run_later(&app, "escalate", 3).await, json!({"escalated": 1}));
    assert_eq!(status_of(&app, &held).await, ("in_review".into(), true));
    assert_eq!(run_later(&app, "escalate", 4).await, json!({"escalated": 0}), "once");
    for (alert, missed) in [(&waiting, "respond_by has passed"), (&held, "resolve_by has passed")] {
        let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
        let last = chain.last().unwrap();
        assert_eq!((last.action.as_str(), last.actor.as_str()), ("alert_escalated", "system"));
        assert_eq!(last.after["reason"], missed);
    }
}

#[tokio::test]
async fn a_resolved_alert_is_closed_once_its_hours_have_passed() {
    let app = app_with(&[("CLOSE_AFTER_HOURS", "48")]).await;
    let [decided, open] = [raise(&app, "a").await, raise(&app, "b").await];
    resolve(&app, &decided).await;
    assert_eq!(run_later(&app, "close", 47).await, json!({"closed": 0}));
    assert_eq!(run_later(&app, "close", 49).await, json!({"closed": 1}));
    assert_eq!(status_of(&app, &decided).await.0, "closed");
    assert_eq!(status_of(&app, &open).await.0, "active");
    assert_eq!(run_later(&app, "close", 49).await, json!({"closed": 0}));
    let chain = verified_chain(&app.database, &format!("alert:{decided}")).await;
    let last = chain.last().unwrap();
    assert_eq!((last.action.as_str(), last.actor.as_str()), ("alert_closed", "system"));
}

/// More than one SQL transaction's worth.
#[tokio::test]
async fn a_long_queue_of_late_alerts_is_escalated_to_its_end() {
    let app = app().await;
    let many = "insert into alerts (
          id, kind, account_id, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
          first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, audit_sequence, audit_hash
        )
        select gen_random_uuid(), 'transaction', 'account-' || n, 'active', 'high', 0.7, 1, gen_random_uuid(),
          gen_random_uuid(), now(), now(), now(), now() - interval '1 minute', now(), 0, 1, sha256('')
        from generate_series(1, 1200) as s (n)";
    app.database.owner().await.execute(many, &[]).await.unwrap();
    assert_eq!(handle(&app, &json!({"task": "escalate"})).await.unwrap(), json!({"escalated": 1200}));
    let escalated = "select count(*) from alerts where is_escalated and audit_sequence = 2";
    assert_eq!(app.database.number(escalated).await, 1_200);
}
