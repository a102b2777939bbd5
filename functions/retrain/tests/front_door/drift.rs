//! Drift: the last day against the week before it.

use crate::{app, handle, run};
use serde_json::{Value, json};
use shared::testing::app::TestApp;
use shared::testing::builders::{hours_later, noon, transaction_with};

/// A payment of an account of its own, so that a score depends on this payment alone.
fn payment(name: &str, hours: i64, amount: i64) -> Value {
    let changes = json!({
        "account": format!("account-{name}"),
        "counterparty": format!("shop-{name}"),
        "amount": format!("{amount}.00"),
        "occurred_at": hours_later(hours).to_string(),
    });
    transaction_with(name, &changes)
}

async fn ingest(app: &TestApp, payments: &[Value]) {
    let answer = app.post("/api/v1/transactions/batch", &json!({"transactions": payments})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": payments.len()}), "{}", answer.body);
}

/// 240 payments a day at the same hours and amounts, for so many days until noon.
pub(crate) async fn ingest_days(app: &TestApp, days: i64) {
    for day in 0..days {
        let payments: Vec<Value> =
            (0..240).map(|n| payment(&format!("{day}-{n}"), -1 - n % 24 - 24 * day, 20 + n % 40)).collect();
        ingest(app, &payments).await;
    }
}

#[tokio::test]
async fn days_that_are_alike_do_not_drift() {
    let app = app().await;
    ingest_days(&app, 8).await;
    let made = run(&app, "snapshot").await;
    let drift = &made["drift"];
    assert_eq!((&drift["n_current"], &drift["n_reference"]), (&json!(240), &json!(1_680)), "{drift}");
    assert!(drift["score"].as_f64().is_some_and(|index| index < 0.01), "{drift}");
    let stored =
        "select count(*) from metrics_snapshots where kind = 'drift' and as_of = '2026-06-03T12:00:00Z'";
    assert_eq!(app.database.number(stored).await, 1);
}

/// Every payment of the last day is a hundred times as large: the feature of the amount moved, and is named.
#[tokio::test]
async fn a_day_unlike_the_week_drifts_and_names_its_feature() {
    let app = app().await;
    for day in 1..8 {
        let payments: Vec<Value> =
            (0..240).map(|n| payment(&format!("{day}-{n}"), -1 - n % 24 - 24 * day, 20 + n % 40)).collect();
        ingest(&app, &payments).await;
    }
    let large: Vec<Value> =
        (0..240).map(|n| payment(&format!("0-{n}"), -1 - n % 24, 100 * (20 + n % 40))).collect();
    ingest(&app, &large).await;
    let made = run(&app, "snapshot").await;
    assert!(made["drift"]["feature"].as_f64().is_some_and(|index| index > 0.25), "{}", made["drift"]);
    assert!(made["drift"]["feature_name"].as_str().is_some_and(|name| name.contains("amount")), "{made}");
    let shortly_after = noon() + jiff::SignedDuration::from_mins(5);
    let told = retrain::handler(&app.state, &json!({"task": "metrics"}), shortly_after).await.unwrap();
    assert_eq!(told["feature_drift"], made["drift"]["feature"]);
    // Three days on, what was measured then is of another time.
    let told = handle(&app, &json!({"task": "metrics"})).await.unwrap();
    assert_eq!(told["feature_drift"], Value::Null);
}

/// The scores of the last day are others once there is a baseline that the amounts do not fit: that is news, once.
#[tokio::test]
async fn scores_that_have_shifted_lately_raise_one_alert_that_webhooks_are_told_of() {
    let app = app().await;
    for day in 1..8 {
        let payments: Vec<Value> =
            (0..240).map(|n| payment(&format!("{day}-{n}"), -1 - n % 24 - 24 * day, 20 + n % 40)).collect();
        ingest(&app, &payments).await;
    }
    let a_day_before = hours_later(-24);
    let first = json!({"task": "snapshot", "as_of": a_day_before.to_string()});
    retrain::handler(&app.state, &first, a_day_before).await.unwrap();
    let large: Vec<Value> =
        (0..240).map(|n| payment(&format!("0-{n}"), -1 - n % 24, 1_000 * (20 + n % 40))).collect();
    ingest(&app, &large).await;
    let webhook = "insert into webhooks (id, url, events, description, owner, created_at)
        values (gen_random_uuid(), 'https://example.com', '{drift.detected}', 'd', 'k', now())";
    app.database.owner().await.batch_execute(webhook).await.unwrap();

    let task = json!({"task": "snapshot", "as_of": noon().to_string()});
    let long_after = noon() + jiff::SignedDuration::from_hours(24 * 30);
    let old = retrain::handler(&app.state, &task, long_after).await.unwrap();
    assert!(old["drift"]["score"].as_f64().is_some_and(|index| index >= 0.25), "{old}");
    assert_eq!(old["drift"].get("alert_id"), None, "what a replay of history finds is no news");
    let news = retrain::handler(&app.state, &task, noon()).await.unwrap();
    assert!(news["drift"]["alert_id"].is_string(), "{news}");
    let again = retrain::handler(&app.state, &task, noon()).await.unwrap();
    assert_eq!(again["drift"]["alert_id"], Value::Null);
    for count in [
        "select count(*) from alerts where cause = 'drift' and kind = 'system'",
        "select count(*) from deliveries where event = 'drift.detected'",
    ] {
        assert_eq!(app.database.number(count).await, 1, "{count}");
    }
}

#[tokio::test]
async fn too_few_transactions_are_said_and_nothing_is_kept() {
    let app = app().await;
    ingest_days(&app, 1).await;
    let drift = run(&app, "snapshot").await["drift"].clone();
    let expected = "240 transactions of the last day and 0 of the week before it: each needs 200";
    assert_eq!(drift, json!({"skipped": expected}));
    assert_eq!(app.database.number("select count(*) from metrics_snapshots").await, 0);
}
