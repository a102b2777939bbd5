//! Several suspicious transactions of one account: one alert while it is open, then the next one.

use crate::app;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::testing::alerting::{act, alert_of, give_habit, open_connections, payment, raise, resolve, send};
use shared::testing::app::TestApp;
use shared::testing::audit_trail::{verified_actions, verified_chain};

const DAY_MINUTES: i64 = 24 * 60;

async fn alert(app: &TestApp, id: &str) -> Value {
    app.get(&format!("/api/v1/alerts/{id}")).await.body["alert"].clone()
}

fn time(alert: &Value, name: &str) -> Timestamp {
    alert[name].as_str().unwrap().parse().unwrap()
}

async fn n_alerts(app: &TestApp) -> i64 {
    app.database.number("select count(*) from alerts").await
}

#[tokio::test]
async fn suspicious_transactions_of_one_account_fold_into_one_active_alert() {
    let app = app().await;
    give_habit(&app, "a").await;
    let mut ids = Vec::new();
    let mut last = Value::Null;
    for (amount, minutes) in [("400.00", 0), ("500.00", 1), ("450.00", -3), ("480.00", 9)] {
        last = send(&app, &payment("a", amount, minutes)).await;
        ids.push(alert_of(&last));
    }
    assert_eq!(last["alert"]["outcome"], "folded");
    ids.dedup();
    assert_eq!((ids.len(), n_alerts(&app).await), (1, 1));
    let alert = alert(&app, &ids[0]).await;
    assert_eq!(alert["n_assessments"], 4);
    let seen = time(&alert, "last_seen_at").duration_since(time(&alert, "first_seen_at"));
    assert_eq!(seen, SignedDuration::from_mins(12), "from the earliest to the latest, in event time");
    let folded = "select count(*) from assessments where alert_outcome = 'folded'
        and account_profile_before is not null and counterparty_profile_before is not null";
    assert_eq!(app.database.number(folded).await, 3);
    assert_eq!(verified_actions(&app.database, &format!("alert:{}", ids[0])).await, ["alert_raised"]);
}

#[tokio::test]
async fn a_higher_severity_raises_the_alert_is_audited_and_brings_deadlines_forward_only() {
    let app = app().await;
    give_habit(&app, "a").await;
    let first = send(&app, &payment("a", "60.00", 0)).await;
    assert_eq!(first["assessment"]["severity"], "medium", "{first}");
    let id = alert_of(&first);
    let medium = alert(&app, &id).await;
    let client = app.database.owner().await;
    // Due sooner than a critical one would be: this deadline must stay.
    let soon = "update alerts set resolve_by = created_at + interval '1 minute'";
    client.execute(soon, &[]).await.unwrap();
    let second = send(&app, &payment("a", "300.00", 1)).await;
    assert_eq!(second["assessment"]["severity"], "critical", "{second}");
    let critical = alert(&app, &id).await;
    assert_eq!(critical["severity"], "critical");
    assert_eq!(critical["risk_score"], second["assessment"]["risk_score"]);
    assert_eq!(critical["transaction_id"], second["transaction_id"]);
    let to_respond = time(&critical, "respond_by").duration_since(Timestamp::now()).as_secs();
    assert!((14 * 60..=15 * 60).contains(&to_respond), "{to_respond} s");
    assert!(time(&critical, "respond_by") < time(&medium, "respond_by"));
    assert_eq!(time(&critical, "resolve_by"), time(&medium, "created_at") + SignedDuration::from_mins(1));
    let chain = verified_chain(&app.database, &format!("alert:{id}")).await;
    let actions: Vec<&str> = chain.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["alert_raised", "alert_severity_raised"]);
    assert_eq!(
        (&chain[1].before["severity"], &chain[1].after["severity"]),
        (&json!("medium"), &json!("critical"))
    );
    let third = send(&app, &payment("a", "100.00", 2)).await;
    let after = alert(&app, &id).await;
    assert!(third["assessment"]["risk_score"].as_f64() < second["assessment"]["risk_score"].as_f64());
    for name in ["severity", "risk_score", "transaction_id", "respond_by", "resolve_by"] {
        assert_eq!(after[name], critical[name], "{name} was lowered");
    }
}

#[tokio::test]
async fn after_a_decision_the_next_alert_names_the_one_before() {
    let app = app().await;
    let first = raise(&app, "a").await;
    resolve(&app, &first).await;
    let body = send(&app, &payment("a", "900.00", 5)).await;
    assert_eq!(body["alert"]["outcome"], "raised");
    let second = alert(&app, &alert_of(&body)).await;
    assert_eq!(second["previous_alert_id"], json!(first));
    assert_eq!(second["n_assessments"], 1);
    assert_eq!(alert(&app, &first).await["n_assessments"], 1, "a decided alert took another transaction");
}

#[tokio::test]
async fn an_alert_in_review_folds_for_seven_days_of_event_time() {
    let app = app().await;
    let first = raise(&app, "a").await;
    act(&app, &first, "claim", &json!({})).await;
    let within = send(&app, &payment("a", "900.00", 7 * DAY_MINUTES)).await;
    assert_eq!((alert_of(&within), &within["alert"]["outcome"]), (first.clone(), &json!("folded")));
    let held = alert(&app, &first).await;
    assert_eq!((&held["status"], &held["n_assessments"]), (&json!("in_review"), &json!(2)));
    let beyond = send(&app, &payment("a", "3000.00", 14 * DAY_MINUTES + 1)).await;
    assert_eq!(beyond["alert"]["outcome"], "raised");
    let second = alert(&app, &alert_of(&beyond)).await;
    assert_eq!((&second["status"], &second["previous_alert_id"]), (&json!("active"), &json!(first)));
}

/// Folding is by account: another's alert is another's.
#[tokio::test]
async fn a_batch_folds_as_single_requests_do_and_keeps_accounts_apart() {
    let app = app().await;
    for account in ["a", "b"] {
        give_habit(&app, account).await;
    }
    let payments: Vec<Value> = (0..6)
        .flat_map(|n| ["a", "b"].map(|account| payment(account, &format!("{}.00", 400 + 50 * n), n)))
        .collect();
    let answer = app.post("/api/v1/transactions/batch", &json!({"transactions": payments})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": 12}));
    let counts = app.database.owner().await;
    let rows = counts.query("select account_id, n_assessments from alerts order by account_id", &[]).await;
    let rows: Vec<(String, i64)> = rows.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(rows, [("a".to_owned(), 6), ("b".to_owned(), 6)]);
    for item in answer.body["items"].as_array().unwrap() {
        let id = item["alert_id"].as_str().unwrap();
        assert_eq!(verified_actions(&app.database, &format!("alert:{id}")).await[0], "alert_raised");
    }
}

#[tokio::test]
async fn concurrent_suspicious_transactions_of_one_account_raise_one_alert() {
    let app = app().await;
    give_habit(&app, "a").await;
    open_connections(&app).await;
    let calls: Vec<_> = (0..8)
        .map(|n| {
            let app = app.clone();
            tokio::spawn(async move { send(&app, &payment("a", "900.00", n)).await })
        })
        .collect();
    let mut n_raised = 0;
    for call in calls {
        n_raised += usize::from(call.await.unwrap()["alert"]["outcome"] == "raised");
    }
    assert_eq!((n_raised, n_alerts(&app).await), (1, 1));
    // The account's habit widens with each, so that the last ones may be ordinary.
    let n_folded = app.database.number("select count(*) from assessments where alert_id is not null").await;
    assert!(n_folded > 2, "{n_folded}");
    assert_eq!(app.database.number("select n_assessments from alerts").await, n_folded);
}
