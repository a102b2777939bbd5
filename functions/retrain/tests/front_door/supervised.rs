//! Learning from labels: a forest that states probabilities, weights that are proposed or adopted, and what
//! stays as it is.

use crate::{app, app_with, handle, run};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::alerting::{payment, send};
use shared::testing::app::TestApp;
use shared::testing::audit_trail::verified_chain;
use shared::testing::builders::{hours_later, transaction_with};

const MODELS: &str = "model:ml";
const CONFIGURATION: &str = "configuration";
const N_ACCOUNTS: i64 = 5;
/// Payments of an account, two hours apart: ten days.
const N_PAYMENTS: i64 = 120;
/// Ten days that end eight days before noon: matured as of noon.
const MATURED: i64 = -8 * 24;
/// Payments of all accounts.
pub(crate) const N_LESSONS: usize = (N_ACCOUNTS * N_PAYMENTS) as usize;

/// Every fifth payment is of 500 EUR and fraud, the others are of 20 to 26 EUR: 120 frauds of 600.
fn is_fraud(position: i64) -> bool {
    position % 5 == 4
}

fn external_id(account: i64, position: i64) -> String {
    format!("account-{account}-{position}")
}

/// Sends the history, the newest payment at `end` hours after noon.
async fn ingest(app: &TestApp, end: i64) {
    let payments =
        (0..N_PAYMENTS).flat_map(|position| (0..N_ACCOUNTS).map(move |account| (account, position)));
    let transactions: Vec<Value> = payments
        .map(|(account, position)| {
            let amount = if is_fraud(position) { 500 } else { 20 + position % 7 };
            let changes = json!({
                "account": format!("account-{account}"),
                "counterparty": format!("shop-{}", position % 3),
                "amount": format!("{amount}.00"),
                "occurred_at": hours_later(end - 2 * (N_PAYMENTS - 1 - position)).to_string(),
            });
            transaction_with(&external_id(account, position), &changes)
        })
        .collect();
    let answer = app.post("/api/v1/transactions/batch", &json!({"transactions": transactions})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["counts"], json!({"accepted": 600}));
}

/// Labels every fraud, or the first so many, as observed some hours after noon.
async fn label(app: &TestApp, (n, observed): (usize, i64)) {
    let frauds = (0..N_PAYMENTS).filter(|position| is_fraud(*position));
    let ids = frauds.flat_map(|position| (0..N_ACCOUNTS).map(move |account| external_id(account, position)));
    record(app, &ids.take(n).collect::<Vec<_>>(), observed).await;
}

/// Labels payments as fraud, observed some hours after noon.
async fn record(app: &TestApp, external_ids: &[String], observed: i64) {
    let label = |external_id: &String| {
        json!({
            "source": "cards",
            "external_id": external_id,
            "verdict": "fraud",
            "label_source": "chargeback",
            "observed_at": hours_later(observed).to_string(),
        })
    };
    let labels: Vec<Value> = external_ids.iter().map(label).collect();
    let answer = app.post("/api/v1/labels", &json!({"labels": labels})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": external_ids.len()}), "{}", answer.body);
}

/// A history that has matured.
pub(crate) async fn ingest_matured(app: &TestApp) {
    ingest(app, MATURED).await;
}

/// The same with labels known before noon.
pub(crate) async fn teach(app: &TestApp) {
    ingest_matured(app).await;
    label(app, (120, -24)).await;
}

/// Version, origin and weights of each configuration, oldest first.
async fn configurations(app: &TestApp) -> Vec<(i64, String, [f64; 3])> {
    let statement = "
        select version, origin, weight_statistical, weight_behavioral, weight_ml
        from configurations
        order by version";
    let rows = app.database.owner().await.query(statement, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), [row.get(2), row.get(3), row.get(4)])).collect()
}

fn weights(of: &Value) -> [f64; 3] {
    ["statistical", "behavioral", "ml"].map(|layer| of[layer].as_f64().unwrap())
}

#[tokio::test]
async fn enough_labels_make_a_supervised_champion_that_states_probabilities() {
    let app = app().await;
    teach(&app).await;
    let made = run(&app, "retrain").await;
    assert_eq!((&made["kind"], &made["n_rows"]), (&json!("supervised_forest"), &json!(600)), "{made}");
    assert_eq!(made["unsupervised"], Value::Null);
    let calibration_error = made["calibration_error"].as_f64().unwrap();
    assert!((0.0..0.1).contains(&calibration_error), "{made}");
    let chain = verified_chain(&app.database, MODELS).await;
    assert_eq!(chain.len(), 1);
    assert_eq!((chain[0].action.as_str(), chain[0].actor.as_str()), ("model_promoted", "system"));
    assert_eq!(
        (&chain[0].before["model_id"], &chain[0].after["model_id"]),
        (&Value::Null, &made["model_id"])
    );
    assert_eq!(chain[0].after["kind"], "supervised_forest");

    // The shops have had many frauds; this one has had none.
    let elsewhere = json!({"account": "account-0", "counterparty": "elsewhere", "amount": "22.00"});
    let usual = send(&app, &transaction_with("usual", &elsewhere)).await["assessment"].clone();
    let high = send(&app, &payment("account-1", "500.00", 0)).await["assessment"].clone();
    assert_eq!(usual["versions"]["model"], made["model_id"]);
    assert_eq!(usual["layers"]["ml"]["outcome"], "scored");
    let probability = |assessment: &Value| assessment["fraud_probability"].as_f64().unwrap();
    assert!(probability(&usual) < 0.1 && probability(&high) > 0.8, "{usual} {high}");
    assert!(high["layers"]["ml"]["score"].as_f64() > usual["layers"]["ml"]["score"].as_f64());
    // Somebody will look at the second.
    assert_eq!(usual["explanation_detail"], "by_path");
    assert_eq!(high["explanation_detail"], "exact");
}

#[tokio::test]
async fn learned_weights_are_proposed_and_change_nothing() {
    let app = app().await;
    teach(&app).await;
    let made = run(&app, "retrain").await;
    assert_ne!(weights(&made["weights"]["learned"]), weights(&made["weights"]["configured"]), "{made}");
    let best = made["weights"]["average_precision_out_of_fold"].as_f64().unwrap();
    let default = made["weights"]["average_precision_of_default_weights"].as_f64().unwrap();
    assert!(best >= default && best > 0.9, "{made}");
    let made = configurations(&app).await;
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].0, made[0].1.as_str()), (1, "environment"));
}

#[tokio::test]
async fn where_nothing_is_to_be_adapted_no_weights_are_learned() {
    let app = app_with(&[("ADAPT_MODE", "off")]).await;
    teach(&app).await;
    let made = run(&app, "retrain").await;
    assert_eq!((&made["kind"], &made["weights"]), (&json!("supervised_forest"), &Value::Null), "{made}");
}

/// All frauds are known of one day: without its block of days there would be none to learn from.
#[tokio::test]
async fn frauds_of_one_day_only_are_no_fault() {
    let app = app().await;
    ingest(&app, MATURED).await;
    let ids: Vec<String> = (0..110).map(|n| format!("burst-{n}")).collect();
    let burst = ids.iter().map(|id| {
        let changes = json!({"account": id, "occurred_at": hours_later(-10 * 24).to_string()});
        transaction_with(id, &changes)
    });
    let body = json!({"transactions": burst.collect::<Vec<_>>()});
    let answer = app.post("/api/v1/transactions/batch", &body).await;
    assert_eq!(answer.body["counts"], json!({"accepted": 110}), "{}", answer.body);
    record(&app, &ids, -24).await;
    let made = run(&app, "retrain").await;
    assert_eq!(made["kind"], "isolation_forest", "{made}");
    let why = "all labelled frauds, or all others, are in one of 4 blocks of days; both are needed in two";
    assert_eq!(made["unsupervised"], why);
}

#[tokio::test]
async fn learned_weights_are_adopted_as_an_audited_version_where_that_is_wanted() {
    let app = app_with(&[("ADAPT_MODE", "apply"), ("ALERT_CAP_PER_ACCOUNT_HOUR", "5")]).await;
    teach(&app).await;
    let made = run(&app, "retrain").await;
    let learned = weights(&made["weights"]["learned"]);
    let versions = configurations(&app).await;
    assert_eq!(versions.len(), 2, "{made}");
    assert_eq!((versions[1].0, versions[1].1.as_str(), versions[1].2), (2, "adaptation", learned));
    let chain = verified_chain(&app.database, CONFIGURATION).await;
    let adapted = chain.last().unwrap();
    assert_eq!((adapted.action.as_str(), adapted.actor.as_str()), ("configuration_activated", "system"));
    assert_eq!((&adapted.after["version"], &adapted.after["weight_ml"]), (&json!(2), &json!(learned[2])));
    assert_eq!(adapted.before["alert_cap_per_account_hour"], 5);
    assert_eq!(adapted.after["alert_cap_per_account_hour"], 5, "only the weights were learned");
    let next = send(&app, &payment("account-0", "22.00", 0)).await;
    assert_eq!(next["assessment"]["versions"]["configuration"], 2);
    // The same lessons say the same: nothing new to adopt.
    run(&app, "retrain").await;
    assert_eq!(configurations(&app).await.len(), 2);
}

#[tokio::test]
async fn weights_fixed_by_hand_stay() {
    let in_the_environment = [
        ("ADAPT_MODE", "apply"),
        ("WEIGHT_STATISTICAL", "0.30"),
        ("WEIGHT_BEHAVIORAL", "0.30"),
        ("WEIGHT_ML", "0.40"),
    ];
    let app = app_with(&in_the_environment).await;
    teach(&app).await;
    let made = run(&app, "retrain").await;
    assert_eq!(weights(&made["weights"]["configured"]), [0.30, 0.30, 0.40]);
    assert_eq!(configurations(&app).await.len(), 1, "{made}");
}

#[tokio::test]
async fn a_version_that_a_person_made_stays() {
    let app = app_with(&[("ADAPT_MODE", "apply")]).await;
    teach(&app).await;
    let by_a_person = "
        with made as (
          insert into configurations (
            threshold_medium, threshold_high, weight_statistical, weight_behavioral, weight_ml,
            alert_cap_per_account_hour, origin, created_by, created_at, fixed
          )
          select threshold_medium, threshold_high, 0.2, 0.2, 0.6,
            alert_cap_per_account_hour, 'person', 'ana', created_at, '{weights}'
          from configurations
          returning version
        )
        update active_versions set configuration_version = made.version from made";
    app.database.owner().await.execute(by_a_person, &[]).await.unwrap();
    let made = run(&app, "retrain").await;
    assert_eq!(weights(&made["weights"]["configured"]), [0.2, 0.2, 0.6]);
    let versions = configurations(&app).await;
    assert_eq!((versions.len(), versions[1].1.as_str()), (2, "person"));
}

#[tokio::test]
async fn labels_observed_after_the_moment_teach_nothing() {
    let app = app().await;
    ingest(&app, MATURED).await;
    label(&app, (120, 1)).await;
    let made = run(&app, "retrain").await;
    assert_eq!(made["kind"], "isolation_forest", "{made}");
    assert_eq!(made["unsupervised"], "0 labelled frauds are too few to learn from; 100 are needed");
    // Two hours later they are known.
    let later = json!({"task": "retrain", "as_of": hours_later(2).to_string()});
    assert_eq!(handle(&app, &later).await.unwrap()["kind"], "supervised_forest");
}

#[tokio::test]
async fn transactions_that_have_not_matured_teach_nothing() {
    let app = app().await;
    // The last four of ten days are within seven days of noon: 72 frauds have matured.
    ingest(&app, -3 * 24).await;
    label(&app, (120, -1)).await;
    let made = run(&app, "retrain").await;
    assert_eq!(made["kind"], "isolation_forest", "{made}");
    let matured = (0..N_PAYMENTS)
        .filter(|position| is_fraud(*position))
        .filter(|position| -3 * 24 - 2 * (N_PAYMENTS - 1 - position) < -7 * 24)
        .count();
    let why = format!("{} labelled frauds are too few to learn from; 100 are needed", matured * 5);
    assert_eq!(made["unsupervised"], why);
    assert_eq!(made["n_rows"], 600, "without labels the newest count too");
}

#[tokio::test]
async fn with_too_few_labels_a_forest_without_them_is_trained_and_says_why() {
    let app = app().await;
    ingest(&app, MATURED).await;
    label(&app, (99, -24)).await;
    let made = run(&app, "retrain").await;
    assert_eq!(made["kind"], "isolation_forest", "{made}");
    assert_eq!(made["unsupervised"], "99 labelled frauds are too few to learn from; 100 are needed");
    assert_eq!(made["weights"], Value::Null);
    let next = send(&app, &payment("account-0", "22.00", 0)).await;
    assert_eq!(next["assessment"]["fraud_probability"], Value::Null);
}

#[tokio::test]
async fn a_champion_that_learned_from_labels_is_not_replaced_by_one_without() {
    let app = app().await;
    teach(&app).await;
    let made = run(&app, "retrain").await;
    // 40 days later nothing of the history is within the 30 days that are learned from.
    let later = json!({"task": "retrain", "as_of": hours_later(40 * 24).to_string()});
    let skipped = handle(&app, &later).await.unwrap();
    let why = "0 labelled frauds are too few to learn from; 100 are needed; the champion stays";
    assert_eq!(skipped, json!({"skipped": why}));
    assert_eq!(verified_chain(&app.database, MODELS).await.len(), 1);
    let next = send(&app, &payment("account-0", "22.00", 0)).await;
    assert_eq!(next["assessment"]["versions"]["model"], made["model_id"]);
}

#[tokio::test]
async fn a_champion_without_labels_gives_way_to_one_that_learned_on_the_same_chain() {
    let app = app().await;
    ingest(&app, MATURED).await;
    let first = run(&app, "retrain").await;
    label(&app, (120, -24)).await;
    let second = run(&app, "retrain").await;
    assert_eq!((&first["kind"], &second["kind"]), (&json!("isolation_forest"), &json!("supervised_forest")));
    let chain = verified_chain(&app.database, MODELS).await;
    assert_eq!(chain.len(), 2);
    assert_eq!(chain[1].before["model_id"], first["model_id"]);
}

#[tokio::test]
async fn learning_twice_as_of_one_moment_makes_the_same_artifact() {
    let app = app().await;
    teach(&app).await;
    for _ in 0..2 {
        run(&app, "retrain").await;
    }
    let distinct = "select count(distinct artifact_sha256) from models where kind = 'supervised_forest'";
    assert_eq!(app.database.number(distinct).await, 1);
    assert_eq!(app.database.number("select count(*) from models").await, 2);
}
