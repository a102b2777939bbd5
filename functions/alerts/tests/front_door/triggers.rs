//! What the queue shows of an alert's highest assessment: frozen by ingestion, filled in for the alerts from before.

use crate::app;
use serde_json::{Value, json};
use shared::testing::alerting::{give_habit, payment, raise, send};
use shared::testing::app::TestApp;

/// The migration that fills in what alerts from before have not.
const BACKFILL: &str = include_str!("../../../../migrations/V0038__fill_alert_triggers.sql");
const FORGET: &str =
    "update alerts set counterparty_id = null, amount_minor = null, currency = null, detector = null,
  reason_codes = null, device = null, ip_address = null";

async fn queued(app: &TestApp) -> Value {
    app.get("/api/v1/alerts").await.body["alerts"].clone()
}

#[tokio::test]
async fn an_alert_shows_what_its_highest_assessment_says_at_a_glance() {
    let app = app().await;
    give_habit(&app, "a").await;
    let first = send(&app, &payment("a", "60.00", 0)).await;
    let alert = queued(&app).await[0].clone();
    assert_eq!((&alert["counterparty"], &alert["amount"]), (&json!("shop-0"), &json!("60.00")));
    let reasons = first["assessment"]["reasons"].as_array().unwrap();
    let codes: Vec<&Value> = reasons.iter().map(|reason| &reason["code"]).collect();
    assert_eq!(alert["reason_codes"], json!(codes));
    assert_eq!(alert["detector"], reasons[0]["layer"]);
    // A graver assessment takes the place; a lesser one does not.
    send(&app, &payment("a", "200.00", 1)).await;
    send(&app, &payment("a", "150.00", 2)).await;
    let alert = queued(&app).await[0].clone();
    assert_eq!((&alert["n_assessments"], &alert["amount"]), (&json!(3), &json!("200.00")));
}

#[tokio::test]
async fn the_alerts_from_before_are_filled_in_as_ingestion_would_have() {
    let app = app().await;
    for account in ["a", "b", "c"] {
        raise(&app, account).await;
    }
    send(&app, &payment("a", "500.00", 9)).await;
    let before = queued(&app).await;
    assert!(before[0]["reason_codes"].as_array().unwrap().len() > 1, "{before}");
    let owner = app.database.owner().await;
    owner.batch_execute(FORGET).await.unwrap();
    assert!(queued(&app).await[0]["counterparty"].is_null());
    owner.batch_execute(BACKFILL).await.unwrap();
    let mut after = queued(&app).await;
    for (after, before) in after.as_array_mut().unwrap().iter_mut().zip(before.as_array().unwrap()) {
        after["priority"] = before["priority"].clone();
        assert_eq!(after, before);
    }
}
