//! A layer that cannot work: the severity is needs_review, the alert is raised all the same, and it is said.

use crate::app;
use serde_json::{Value, json};
use shared::testing::alerting::{alert_of, payment, resolve, send};
use shared::testing::artifacts::break_artifact;
use shared::testing::audit_trail::verified_actions;
use shared::testing::builders::transaction;

async fn assert_needs_review(kind: &str, layer: &str, is_torn: &str) {
    let app = app().await;
    let before = send(&app, &transaction("before")).await;
    assert_eq!((&before["assessment"]["severity"], &before["alert"]), (&json!("low"), &Value::Null));
    let artifact = break_artifact(&app, kind, is_torn).await;
    let body = send(&app, &payment("a", "25.00", 0)).await;
    let assessment = &body["assessment"];
    assert_eq!(assessment["severity"], "needs_review", "{body}");
    assert_eq!(assessment["degraded"], json!([layer]));
    let failed = &assessment["layers"][layer];
    assert_eq!((&failed["outcome"], &failed["score"]), (&json!("failed"), &Value::Null));
    assert!(failed["explanation"].as_str().unwrap().contains(&artifact.to_string()), "{failed}");
    let version = if layer == "ml" { "model" } else { "baseline" };
    assert_eq!(assessment["versions"][version], format!("mdl_{artifact}"));
    assert_eq!(body["alert"]["outcome"], "raised");
    let detail = app.get(&format!("/api/v1/alerts/{}", alert_of(&body))).await.body;
    assert_eq!(detail["alert"]["severity"], "needs_review");
    assert_eq!(detail["assessment"]["degraded"], json!([layer]));
    let queue = app.get("/api/v1/alerts?severity=needs_review&account=a").await.body;
    assert_eq!(queue["alerts"][0]["id"], detail["alert"]["id"]);
}

#[tokio::test]
async fn a_corrupt_model_makes_the_next_transaction_need_review() {
    assert_needs_review("isolation_forest", "ml", "").await;
}

#[tokio::test]
async fn a_corrupt_baseline_makes_the_next_transaction_need_review() {
    assert_needs_review("population_baseline", "statistical", "").await;
}

#[tokio::test]
async fn a_model_that_does_not_match_its_hash_makes_the_next_transaction_need_review() {
    assert_needs_review("isolation_forest", "ml", "00").await;
}

/// The service itself is the cause: one alert says so, however many accounts it touches.
#[tokio::test]
async fn a_failing_layer_raises_one_alert_of_the_system_that_can_be_worked_on() {
    let app = app().await;
    send(&app, &transaction("before")).await;
    break_artifact(&app, "isolation_forest", "").await;
    for n in 0..4 {
        send(&app, &payment(&format!("account-{n}"), "25.00", 0)).await;
    }
    let queue = app.get("/api/v1/alerts").await.body["alerts"].clone();
    let system: Vec<&Value> =
        queue.as_array().unwrap().iter().filter(|alert| alert["account"].is_null()).collect();
    assert_eq!((queue.as_array().unwrap().len(), system.len()), (5, 1), "{queue}");
    let id = system[0]["id"].as_str().unwrap();
    let detail = app.get(&format!("/api/v1/alerts/{id}")).await;
    assert_eq!(detail.status.as_u16(), 200, "{}", detail.body);
    assert_eq!(verified_actions(&app.database, &format!("alert:{id}")).await, ["alert_raised"]);
    resolve(&app, id).await;
    assert_eq!(app.database.number("select count(*) from labels").await, 0, "it is about no transaction");
    send(&app, &payment("account-9", "25.00", 0)).await;
    let open = "select count(*) from alerts where kind = 'system' and status = 'active'";
    assert_eq!(app.database.number(open).await, 1, "the cause is still there");
}

#[tokio::test]
async fn a_mended_model_is_taken_up_without_a_restart() {
    let app = app().await;
    break_artifact(&app, "isolation_forest", "").await;
    send(&app, &payment("a", "25.00", 0)).await;
    app.database.owner().await.execute("update active_versions set model_id = null", &[]).await.unwrap();
    let body = send(&app, &payment("b", "25.00", 1)).await;
    assert_eq!((&body["assessment"]["severity"], &body["alert"]), (&json!("low"), &Value::Null));
    assert_eq!(body["assessment"]["degraded"], json!([]));
}

#[tokio::test]
async fn a_failing_layer_raises_one_system_alert_and_at_most_twenty_of_accounts_in_an_hour() {
    let app = app().await;
    send(&app, &transaction("before")).await;
    break_artifact(&app, "isolation_forest", "").await;
    let payments: Vec<Value> = (0..30).map(|n| payment(&format!("account-{n:02}"), "25.00", n)).collect();
    // One request and thirty: the count holds within a chunk and between them.
    let (batch, singles) = payments.split_at(12);
    app.post("/api/v1/transactions/batch", &json!({"transactions": batch})).await;
    for payment in singles {
        send(&app, payment).await;
    }
    let count = |condition: &str| format!("select count(*) from alerts where {condition}");
    assert_eq!(app.database.number(&count("kind = 'system' and cause = 'layer_failed:ml'")).await, 1);
    assert_eq!(app.database.number(&count("kind = 'system'")).await, 1);
    assert_eq!(app.database.number(&count("kind = 'transaction' and severity = 'needs_review'")).await, 20);
    let withheld =
        "select count(*) from assessments where gate = 'failures' and gate_reason like '%system alert%'";
    assert_eq!(app.database.number(withheld).await, 10);
    let queue = app.get("/api/v1/alerts?limit=200").await.body;
    let system = queue["alerts"].as_array().unwrap().iter().find(|alert| alert["account"].is_null()).unwrap();
    assert_eq!(system["cause"], "layer_failed:ml");
    let detail = app.get(&format!("/api/v1/alerts/{}", system["id"].as_str().unwrap())).await;
    assert_eq!(detail.body["audit"][0]["after"]["cause"], "layer_failed:ml", "{}", detail.body);
}
