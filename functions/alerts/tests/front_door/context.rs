//! What surrounds an alert, in one call.

use crate::app;
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::alerting::{act, alert_of, give_habit, payment, raise, resolve, send};
use shared::testing::app::TestApp;

async fn context(app: &TestApp, alert: &str) -> Value {
    let answer = app.get(&format!("/api/v1/alerts/{alert}/context")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

/// An account that was alerted before, and the alert of a payment an hour later by a device.
async fn again(app: &TestApp, account: &str) -> (String, String) {
    let before = raise(app, account).await;
    resolve(app, &before).await;
    let mut odd = payment(account, "900.00", 90);
    odd["device"] = json!("d-1");
    let body = send(app, &odd).await;
    assert_eq!(body["alert"]["outcome"], "raised", "{body}");
    (before, alert_of(&body))
}

#[tokio::test]
async fn the_context_holds_the_explanation_the_profile_from_before_and_the_history() {
    let app = app().await;
    let (before, alert) = again(&app, "a").await;
    let context = context(&app, &alert).await;
    assert_eq!((&context["alert"]["id"], &context["sla"]), (&json!(alert), &json!("on_track")));
    let id = context["assessment"]["id"].as_str().unwrap();
    let explained = app.get(&format!("/api/v1/assessments/{id}")).await.body;
    assert_eq!(context["assessment"], explained, "the same explanation as the assessment's own");
    // The 200 EUR of the alert before are in the profile, the 900 are not.
    assert_eq!(context["profile_before"]["amounts"][0]["n_transactions"], 61);
    let days = context["history"]["days"].as_array().unwrap();
    assert_eq!((days.len(), &context["history"]["is_capped"]), (61, &json!(false)));
    assert_eq!(days[60], json!({"day": "2026-06-03", "currency": "EUR", "count": 2, "sum": "1100.00"}));
    assert_eq!(days[0], json!({"day": "2026-04-04", "currency": "EUR", "count": 1, "sum": "20.00"}));
    let earlier = context["earlier_alerts"].as_array().unwrap();
    assert_eq!(earlier.iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&json!(before)]);
    assert_eq!(earlier[0]["decision"]["disposition"], "false_positive");
}

#[tokio::test]
async fn similar_alerts_are_decided_ones_for_the_same_reasons_nearest_first() {
    let app = app().await;
    let (before, alert) = again(&app, "a").await;
    let fraud = raise(&app, "b").await;
    act(&app, &fraud, "claim", &json!({})).await;
    let verdict = json!({"disposition": "confirmed_fraud", "notes": "the card was stolen"});
    assert_eq!(act(&app, &fraud, "decide", &verdict).await.status, StatusCode::OK);
    raise(&app, "undecided").await;
    let similar = context(&app, &alert).await["similar_alerts"].clone();
    assert_eq!(similar["n_compared"], 2, "{similar}");
    let mut ids: Vec<&str> =
        similar["alerts"].as_array().unwrap().iter().map(|it| it["alert"]["id"].as_str().unwrap()).collect();
    let distances: Vec<f64> =
        similar["alerts"].as_array().unwrap().iter().map(|it| it["distance"].as_f64().unwrap()).collect();
    assert!(distances[0] <= distances[1] && distances[1] <= 3.0, "{distances:?}");
    ids.sort_unstable();
    assert_eq!(ids, [before.as_str(), fraud.as_str()]);
    let of_fraud = similar["alerts"].as_array().unwrap().iter().find(|it| it["alert"]["id"] == json!(fraud));
    assert_eq!(of_fraud.unwrap()["alert"]["decision"]["disposition"], "confirmed_fraud", "how it ended");
    let of_first = context(&app, &fraud).await["similar_alerts"]["alerts"][0].clone();
    assert_eq!(of_first["alert"]["id"], json!(before), "the only other one that is decided");
}

#[tokio::test]
async fn accounts_that_share_the_counterparty_or_the_device_are_named_frauds_first() {
    let app = app().await;
    let (_, alert) = again(&app, "a").await;
    give_habit(&app, "quiet").await;
    let fraud = raise(&app, "stolen").await;
    act(&app, &fraud, "claim", &json!({})).await;
    let verdict = json!({"disposition": "confirmed_fraud", "notes": "the card was stolen"});
    act(&app, &fraud, "decide", &verdict).await;
    let mut same_device = payment("device-mate", "20.00", 5);
    same_device["device"] = json!("d-1");
    same_device["counterparty"] = json!("elsewhere");
    send(&app, &same_device).await;
    let shared = context(&app, &alert).await["shared"].clone();
    let told = |what: &str| -> Vec<(String, i64, i64)> {
        let sharers = shared[what].as_array().unwrap().iter();
        sharers
            .map(|it| {
                let number = |name: &str| it[name].as_i64().unwrap();
                let account = it["account"].as_str().unwrap().to_owned();
                (account, number("n_transactions"), number("n_confirmed_frauds"))
            })
            .collect()
    };
    assert_eq!(told("counterparty"), [("stolen".into(), 21, 1), ("quiet".into(), 20, 0)]);
    assert_eq!(told("device"), [("device-mate".into(), 1, 0)]);
}

#[tokio::test]
async fn the_timeline_merges_assessments_moves_and_labels_by_time() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    resolve(&app, &alert).await;
    let timeline = context(&app, &alert).await["timeline"].clone();
    let moments = timeline.as_array().unwrap();
    let kinds: Vec<&str> = moments
        .iter()
        .map(|moment| match (&moment["assessment"], &moment["event"], &moment["label"]) {
            (Value::Object(_), Value::Null, Value::Null) => "assessment",
            (Value::Null, Value::Object(event), Value::Null) => event["action"].as_str().unwrap(),
            (Value::Null, Value::Null, Value::Object(label)) => label["verdict"].as_str().unwrap(),
            _ => unreachable!("{moment} is not exactly one thing"),
        })
        .collect();
    assert_eq!(kinds[..3], ["assessment", "alert_raised", "alert_claimed"], "{kinds:?}");
    let mut last: Vec<&str> = kinds[3..].to_vec();
    last.sort_unstable();
    assert_eq!(last, ["alert_decided", "genuine"], "both at the moment of the decision");
    let at = |moment: &Value| moment["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(moments.windows(2).all(|pair| at(&pair[0]) <= at(&pair[1])), "{timeline}");
}

#[tokio::test]
async fn an_alert_of_the_system_has_a_context_without_an_account() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let system = "update alerts set kind = 'system', account_id = null, cause = 'layer_failed:ml', counterparty_id = null,
      amount_minor = null, currency = null, detector = null, reason_codes = null";
    app.database.owner().await.batch_execute(system).await.unwrap();
    let context = context(&app, &alert).await;
    assert_eq!(context["history"]["days"], json!([]));
    assert_eq!((&context["earlier_alerts"], &context["similar_alerts"]["alerts"]), (&json!([]), &json!([])));
    assert_eq!(context["shared"], json!({"counterparty": [], "device": []}));
    let unknown = app.get("/api/v1/alerts/alr_01890000-0000-7000-8000-000000000000/context").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
