//! A stored decision recomputed: identical to the bit, or named.

use crate::app;
use crate::learned::{app_with_habits, learn, make, twins_extreme};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::alerting::{deploy, payment, send};
use shared::testing::app::TestApp;
use shared::testing::artifacts::break_artifact;
use shared::workflow::retrain::Task;

async fn replay(app: &TestApp, sent: &Value) -> Value {
    let id = sent["assessment"]["id"].as_str().unwrap();
    let answer = app.get(&format!("/api/v1/assessments/{id}/replay")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["assessment_id"], id);
    answer.body
}

async fn assert_identical(app: &TestApp, sent: &Value) {
    let replay = replay(app, sent).await;
    assert_eq!(replay["identical"], true, "{replay}");
    assert_eq!(replay["differences"], json!([]));
    assert_eq!(replay["versions"], sent["assessment"]["versions"]);
}

/// The fields that differ, in their order.
fn fields(replay: &Value) -> Vec<&str> {
    assert_eq!(replay["identical"], false, "{replay}");
    replay["differences"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect()
}

async fn tamper(app: &TestApp, sent: &Value, change: &str) {
    let statement = format!("update assessments set {change} where 'asm_' || id = $1");
    let id = sent["assessment"]["id"].as_str().unwrap();
    assert_eq!(app.database.owner().await.execute(&statement, &[&id]).await.unwrap(), 1);
}

#[tokio::test]
async fn an_assessment_replays_identical_whatever_became_active_since() {
    let app = app_with_habits().await;
    let mut decisions = vec![send(&app, &payment("a", "200.00", 0)).await];
    for (position, account) in ["b", "c", "d"].into_iter().enumerate() {
        make(&app, Task::Snapshot).await;
        make(&app, Task::Retrain).await;
        let weights =
            [("0.20", "0.40", "0.40"), ("0.30", "0.30", "0.40"), ("0.40", "0.20", "0.40")][position];
        let settings =
            [("WEIGHT_STATISTICAL", weights.0), ("WEIGHT_BEHAVIORAL", weights.1), ("WEIGHT_ML", weights.2)];
        assert!(deploy(&app, &settings).await.is_some());
        decisions.push(send(&app, &payment(account, "200.00", 1)).await);
        decisions.push(send(&app, &payment(account, "21.00", 2)).await);
    }
    let versions: Vec<&Value> = decisions.iter().map(|sent| &sent["assessment"]["versions"]).collect();
    assert!(versions[0] != versions[1] && versions[1] != versions[3] && versions[3] != versions[5]);
    assert_eq!(decisions[1]["assessment"]["layers"]["ml"]["outcome"], "scored");
    for sent in &decisions {
        assert_identical(&app, sent).await;
    }
}

#[tokio::test]
async fn what_a_supervised_model_decided_replays_identical_after_the_next_one() {
    let app = app().await;
    let champion = learn(&app).await;
    let sent = send(&app, &twins_extreme(0)).await;
    assert_eq!(sent["assessment"]["versions"]["model"], champion);
    assert_eq!(sent["assessment"]["explanation_detail"], "exact");
    assert!(sent["assessment"]["fraud_probability"].is_f64(), "{sent}");
    assert_identical(&app, &sent).await;
    let next = make(&app, Task::Retrain).await;
    assert_ne!(next, champion);
    let after = send(&app, &twins_extreme(1)).await;
    assert_eq!(after["assessment"]["versions"]["model"], next);
    assert_identical(&app, &sent).await;
    tamper(&app, &sent, "fraud_probability = 0.5").await;
    let replay = replay(&app, &sent).await;
    assert_eq!(fields(&replay), ["fraud_probability"]);
    assert_eq!(replay["differences"][0]["recomputed"], sent["assessment"]["fraud_probability"]);
}

#[tokio::test]
async fn what_was_tampered_with_is_named() {
    let app = app_with_habits().await;
    make(&app, Task::Snapshot).await;
    make(&app, Task::Retrain).await;
    let sent = send(&app, &payment("a", "200.00", 0)).await;
    let risk = sent["assessment"]["risk_score"].as_f64().unwrap();
    // The least change there is.
    let other = f64::from_bits(risk.to_bits() - 1);
    tamper(&app, &sent, &format!("risk_score = {other:?}")).await;
    let found = replay(&app, &sent).await;
    assert_eq!(found["differences"], json!([{"field": "risk_score", "stored": other, "recomputed": risk}]));
    tamper(&app, &sent, &format!("risk_score = {risk:?}")).await;
    assert_identical(&app, &sent).await;

    tamper(&app, &sent, "severity = 'low', behavioral_score = 0.25").await;
    assert_eq!(fields(&replay(&app, &sent).await), ["severity", "behavioral.score"]);
    let severity = sent["assessment"]["severity"].as_str().unwrap();
    let score = sent["assessment"]["layers"]["behavioral"]["score"].as_f64().unwrap();
    tamper(&app, &sent, &format!("severity = '{severity}', behavioral_score = {score:?}")).await;
    assert_identical(&app, &sent).await;

    let change = "reasons = jsonb_set(reasons, '{ml,reasons,0,contribution}', '0.125')";
    tamper(&app, &sent, change).await;
    let found = replay(&app, &sent).await;
    assert_eq!(fields(&found), ["ml.reasons.0.contribution"]);
    let reason = &sent["assessment"]["layers"]["ml"]["reasons"][0];
    assert_eq!(found["differences"][0]["recomputed"], reason["contribution"]);
    tamper(&app, &sent, "reasons = reasons #- '{ml,reasons,0}'").await;
    assert!(fields(&replay(&app, &sent).await).contains(&"ml.reasons"));
}

#[tokio::test]
async fn what_cannot_be_recomputed_is_a_difference_and_no_failure() {
    let app = app_with_habits().await;
    make(&app, Task::Snapshot).await;
    let model = make(&app, Task::Retrain).await;
    let sent = send(&app, &payment("a", "200.00", 0)).await;
    tamper(&app, &sent, "feature_schema_id = 1").await;
    let found = replay(&app, &sent).await;
    assert_eq!(fields(&found), ["feature_schema"]);
    assert!(found["differences"][0]["recomputed"].as_str().unwrap().contains("feature schema 1"), "{found}");
    let schema = &sent["assessment"]["versions"]["feature_schema"];
    tamper(&app, &sent, &format!("feature_schema_id = {schema}, features = substr(features, 5)")).await;
    assert_eq!(fields(&replay(&app, &sent).await), ["features"]);

    let sent = send(&app, &payment("b", "200.00", 0)).await;
    // Another process has no engine at hand.
    app.state.engine.store(None);
    let owner = app.database.owner().await;
    owner.batch_execute("alter table models disable trigger models_append_only").await.unwrap();
    let spoil = "update models set artifact = substr(artifact, 2) where 'mdl_' || id = $1";
    assert_eq!(owner.execute(spoil, &[&model.as_str().unwrap()]).await.unwrap(), 1);
    let found = replay(&app, &sent).await;
    let fields = fields(&found);
    for field in ["risk_score", "severity", "ml.outcome", "ml.score", "ml.explanation"] {
        assert!(fields.contains(&field), "{field}: {found}");
    }
    let explanation =
        found["differences"].as_array().unwrap().iter().find(|it| it["field"] == "ml.explanation");
    let why = explanation.unwrap()["recomputed"].as_str().unwrap();
    assert!(why.contains(model.as_str().unwrap()) && why.contains("hash"), "{why}");
}

/// A decision that was degraded is degraded the same when replayed.
#[tokio::test]
async fn a_failed_layer_replays_identical() {
    let app = app().await;
    send(&app, &payment("a", "25.00", 0)).await;
    break_artifact(&app, "isolation_forest", "").await;
    let sent = send(&app, &payment("b", "25.00", 1)).await;
    assert_eq!(sent["assessment"]["severity"], "needs_review", "{sent}");
    assert_identical(&app, &sent).await;
}

/// What PostgreSQL keeps of a contribution as jsonb is the same f64, from the least to the greatest.
#[tokio::test]
async fn numbers_survive_jsonb_to_the_bit() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        // Marsaglia, Xorshift RNGs, 2003: the triple (13, 7, 17).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from_bits(state)
    };
    let mut numbers: Vec<f64> =
        std::iter::repeat_with(&mut next).filter(|it| it.is_finite()).take(5_000).collect();
    let unit = |number: f64| (number.to_bits() >> 11) as f64 / (1_u64 << 53) as f64;
    numbers.extend(std::iter::repeat_with(&mut next).map(unit).take(5_000).collect::<Vec<_>>());
    numbers.extend([f64::MIN_POSITIVE, f64::from_bits(1), f64::MAX, 1.0, 0.0, 1e-7, 1e16, 0.1 + 0.2]);
    let app = app().await;
    let row = app.database.owner().await.query_one("select $1::jsonb", &[&json!(numbers)]).await.unwrap();
    let kept: Vec<f64> = serde_json::from_value(row.get(0)).unwrap();
    for (number, kept) in numbers.iter().zip(&kept) {
        assert_eq!(number.to_bits(), kept.to_bits(), "{number:e} became {kept:e}");
    }
    assert_eq!(numbers.len(), kept.len());
}
