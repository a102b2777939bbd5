//! Labels in profiles: each verdict in force is counted once, and taken back when it no longer is.

use crate::app;
use serde_json::{Value, json};
use shared::detection::profile::{AccountProfile, CounterpartyProfile, KnownLabels};
use shared::testing::alerting::{act, alert_of, give_habit, payment, send};
use shared::testing::app::TestApp;
use shared::testing::builders::{hours_later, transaction, transaction_with};
use shared::testing::profiles::{StoredProfiles, stored_profiles};
use shared::workflow::profiles::rebuild;

/// A label on a transaction of the feed, observed some hours after noon.
fn claim(external_id: &str, verdict: &str, hours: i64) -> Value {
    json!({
        "source": "cards",
        "external_id": external_id,
        "verdict": verdict,
        "label_source": "chargeback",
        "observed_at": hours_later(hours).to_string(),
    })
}

async fn record(app: &TestApp, labels: Value) -> Value {
    let answer = app.post("/api/v1/labels", &json!({"labels": labels})).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    answer.body["counts"].clone()
}

/// Frauds and genuine of the 30 days before `hours` after noon, as the counterparty and the account know them.
fn known(profiles: &StoredProfiles, hours: i64) -> [KnownLabels; 2] {
    let at = hours_later(hours);
    let shop = CounterpartyProfile::decode(&profiles.counterparties["shop-1"]).unwrap();
    let account = AccountProfile::decode(&profiles.accounts["account-1"]).unwrap();
    [shop.known_labels(at, 30).unwrap(), account.known_labels(at, 30).unwrap()]
}

const FRAUD: KnownLabels = KnownLabels { frauds: 1.0, genuine: 0.0 };
const GENUINE: KnownLabels = KnownLabels { frauds: 0.0, genuine: 1.0 };

#[tokio::test]
async fn the_same_label_twice_changes_no_byte_of_a_profile() {
    let app = app().await;
    send(&app, &transaction("t-1")).await;
    let unlabelled = stored_profiles(&app.database).await;
    record(&app, json!([claim("t-1", "fraud", 100)])).await;
    let labelled = stored_profiles(&app.database).await;
    assert_ne!(labelled, unlabelled);
    assert_eq!(known(&labelled, 101), [FRAUD, FRAUD]);
    for _ in 0..2 {
        let labels = json!([claim("t-1", "fraud", 100), claim("t-1", "fraud", 100)]);
        assert_eq!(record(&app, labels).await, json!({"replayed": 2}));
    }
    // Another chargeback that says the same adds nothing to count.
    assert_eq!(record(&app, json!([claim("t-1", "fraud", 90)])).await, json!({"accepted": 1}));
    assert_eq!(stored_profiles(&app.database).await, labelled);
}

#[tokio::test]
async fn a_later_chargeback_takes_the_count_of_the_earlier_back() {
    let app = app().await;
    send(&app, &transaction("t-1")).await;
    record(&app, json!([claim("t-1", "fraud", 100)])).await;
    record(&app, json!([claim("t-1", "genuine", 200)])).await;
    assert_eq!(known(&stored_profiles(&app.database).await, 201), [GENUINE, GENUINE]);
    // One observed earlier than the one in force changes nothing, whenever it arrives.
    let before = stored_profiles(&app.database).await;
    record(&app, json!([claim("t-1", "fraud", 150)])).await;
    assert_eq!(stored_profiles(&app.database).await, before);
    record(&app, json!([claim("t-1", "fraud", 210)])).await;
    assert_eq!(known(&stored_profiles(&app.database).await, 211), [FRAUD, FRAUD]);
}

#[tokio::test]
async fn a_chargeback_overrules_a_newer_analyst_and_a_rebuild_agrees() {
    let app = app().await;
    give_habit(&app, "account-1").await;
    let body = send(&app, &payment("account-1", "900.00", 0)).await;
    let alert = alert_of(&body);
    act(&app, &alert, "claim", &json!({})).await;
    act(&app, &alert, "decide", &json!({"disposition": "false_positive"})).await;
    record(&app, json!([claim("account-1-900.00-0", "fraud", 100)])).await;
    let account = stored_profiles(&app.database).await.accounts["account-1"].clone();
    let rebuilt = rebuild(&app.state).await.unwrap();
    assert_eq!(rebuilt.transactions, 61);
    assert_eq!(stored_profiles(&app.database).await.accounts["account-1"], account);
    let in_force = "select count(*) from labels l join labels s on s.id = l.supersedes
        where l.source = 'chargeback' and s.source = 'analyst'";
    assert_eq!(app.database.number(in_force).await, 1);
}

/// Both claims are observed at the same moment and recorded in one request: the later in the list is in force,
/// then and for ever.
#[tokio::test]
async fn claims_of_one_request_keep_their_order() {
    let app = app().await;
    let mut labels = Vec::new();
    for n in 0..12 {
        let id = format!("t-{n}");
        send(&app, &transaction_with(&id, &json!({"occurred_at": hours_later(n).to_string()}))).await;
        labels.extend([claim(&id, "fraud", 100), claim(&id, "genuine", 100)]);
    }
    record(&app, Value::from(labels)).await;
    let expected = KnownLabels { frauds: 0.0, genuine: 12.0 };
    assert_eq!(known(&stored_profiles(&app.database).await, 101), [expected, expected]);
    let before = stored_profiles(&app.database).await;
    rebuild(&app.state).await.unwrap();
    assert_eq!(stored_profiles(&app.database).await, before);
}
