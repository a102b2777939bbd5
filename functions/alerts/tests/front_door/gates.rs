//! The cap: three alerts an account within an hour of event time, unless the severity jumps.

use crate::app;
use serde_json::{Value, json};
use shared::testing::alerting::{alert_of, deploy, give_habit, payment, resolve, send};
use shared::testing::app::TestApp;

/// Everything remarkable is medium or high, nothing is critical.
const NO_CRITICAL: [(&str, &str); 2] = [("RISK_THRESHOLD_MEDIUM", "0.01"), ("RISK_THRESHOLD_HIGH", "1")];

/// Raises an alert and resolves it at once.
async fn raise_and_resolve(app: &TestApp, amount: &str, minutes: i64) {
    let body = send(app, &payment("a", amount, minutes)).await;
    assert_eq!(body["alert"]["outcome"], "raised", "{body}");
    resolve(app, &alert_of(&body)).await;
}

async fn at_the_cap() -> TestApp {
    let app = app().await;
    give_habit(&app, "a").await;
    deploy(&app, &NO_CRITICAL).await;
    for (amount, minutes) in [("200.00", 0), ("300.00", 20), ("400.00", 40)] {
        raise_and_resolve(&app, amount, minutes).await;
    }
    app
}

#[tokio::test]
async fn the_fourth_alert_within_the_hour_is_held_back_and_its_reason_kept() {
    let app = at_the_cap().await;
    let body = send(&app, &payment("a", "500.00", 59)).await;
    assert_eq!(body["assessment"]["severity"], "high");
    assert_eq!(body["alert"], Value::Null);
    assert_eq!(body["assessment"]["gate"]["gate"], "cap", "{body}");
    let row = app
        .database
        .owner()
        .await
        .query_one("select gate, gate_reason, alert_id::text from assessments where gate is not null", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "cap");
    assert_eq!(row.get::<_, &str>(1), "the account raised 3 alerts within the hour; the cap is 3");
    assert_eq!(row.get::<_, Option<&str>>(2), None);
    assert_eq!(app.database.number("select count(*) from alerts").await, 3);
    let again = app.post("/api/v1/transactions", &payment("a", "500.00", 59)).await;
    assert_eq!(again.body, body, "a repeat says what was held back too");
}

#[tokio::test]
async fn the_cap_counts_hours_of_event_time() {
    let app = at_the_cap().await;
    // The first raise was at minute 0: from minute 61 on only two are within the hour before.
    raise_and_resolve(&app, "500.00", 61).await;
    // A late one: minutes 0, 20 and 40 are within an hour of it, whenever it arrives.
    let late = send(&app, &payment("a", "600.00", 19)).await;
    assert_eq!(late["assessment"]["gate"]["gate"], "cap", "{late}");
}

#[tokio::test]
async fn a_critical_one_passes_the_cap() {
    let app = at_the_cap().await;
    deploy(&app, &[]).await;
    let body = send(&app, &payment("a", "5000.00", 50)).await;
    assert_eq!(body["assessment"]["severity"], "critical", "{body}");
    assert_eq!((&body["alert"]["outcome"], &body["assessment"]["gate"]), (&json!("raised"), &Value::Null));
}

/// A jump in severity always gets through, to high as much as to critical.
#[tokio::test]
async fn a_severity_above_all_that_was_raised_in_the_hour_passes_the_cap() {
    let app = app().await;
    give_habit(&app, "a").await;
    deploy(&app, &[("RISK_THRESHOLD_MEDIUM", "0.40"), ("RISK_THRESHOLD_HIGH", "0.999999")]).await;
    for (amount, minutes) in [("62.00", 0), ("63.00", 20), ("64.00", 40)] {
        let body = send(&app, &payment("a", amount, minutes)).await;
        assert_eq!(body["assessment"]["severity"], "medium", "{body}");
        resolve(&app, &alert_of(&body)).await;
    }
    let medium = send(&app, &payment("a", "65.00", 45)).await;
    assert_eq!(medium["assessment"]["gate"]["gate"], "cap", "{medium}");
    let high = send(&app, &payment("a", "90.00", 50)).await;
    assert_eq!(high["assessment"]["severity"], "high", "{high}");
    assert_eq!(high["alert"]["outcome"], "raised", "{high}");
}

#[tokio::test]
async fn a_cap_of_zero_holds_everything_back_but_the_gravest() {
    let app = app().await;
    give_habit(&app, "a").await;
    deploy(&app, &[NO_CRITICAL[0], NO_CRITICAL[1], ("ALERT_CAP_PER_ACCOUNT_HOUR", "0")]).await;
    let held = send(&app, &payment("a", "200.00", 0)).await;
    assert_eq!(held["assessment"]["gate"]["gate"], "cap", "{held}");
    assert_eq!(app.database.number("select count(*) from alerts").await, 0);
    deploy(&app, &[("ALERT_CAP_PER_ACCOUNT_HOUR", "0")]).await;
    let critical = send(&app, &payment("a", "5000.00", 1)).await;
    assert_eq!(critical["alert"]["outcome"], "raised", "{critical}");
}
