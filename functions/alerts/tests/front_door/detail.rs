//! One alert with everything that explains it.

use crate::app;
use axum::http::StatusCode;
use serde_json::json;
use shared::detection::features::Feature;
use shared::testing::alerting::{payment, raise, send};
use shared::testing::audit_trail::verified_actions;

#[tokio::test]
async fn an_alert_shows_its_transaction_features_layers_comparison_and_audit() {
    let app = app().await;
    let id = raise(&app, "loud").await;
    let low = send(&app, &payment("loud", "60.00", 5)).await;
    let answer = app.get(&format!("/api/v1/alerts/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let detail = &answer.body;
    assert_eq!(detail["alert"]["id"], json!(id));
    let transaction = &detail["transaction"];
    assert_eq!(transaction["amount"], "200.00");
    assert_eq!(transaction["external_id"], "loud-200.00-0");
    assert_eq!((&transaction["account"], &transaction["currency"]), (&json!("loud"), &json!("EUR")));
    assert_eq!(detail["alert"]["transaction_id"], transaction["id"]);
    let features = detail["features"].as_array().unwrap();
    assert_eq!(features.len(), Feature::ALL.len());
    for (feature, shown) in Feature::ALL.iter().zip(features) {
        assert_eq!(shown["name"], feature.as_str());
        assert!(
            !shown["unit"].as_str().unwrap().is_empty() && !shown["meaning"].as_str().unwrap().is_empty()
        );
    }
    let z = features.iter().find(|feature| feature["name"] == "account_amount_z").unwrap();
    assert!(z["value"].as_f64().unwrap() > 5.0, "{z}");
    let layers = &detail["assessment"]["layers"];
    assert_eq!(layers["behavioral"]["outcome"], "scored");
    assert_eq!(layers["behavioral"]["score"], detail["alert"]["risk_score"]);
    assert_eq!(layers["behavioral"]["reasons"][0]["code"], "amount_above_habit");
    for layer in ["statistical", "ml"] {
        assert_eq!(layers[layer]["outcome"], "abstained");
        assert!(layers[layer]["score"].is_null() && layers[layer]["explanation"].is_string());
    }
    let amount = &detail["baseline_comparison"][0];
    assert_eq!((&amount["aspect"], &amount["observed"]), (&json!("amount"), &json!("200.00 EUR")));
    assert!(amount["usual"].as_str().unwrap().ends_with("EUR, from 60 transactions"), "{amount}");
    assert_eq!(detail["baseline_comparison"].as_array().unwrap().len(), 4);
    let folded = detail["assessments"].as_array().unwrap();
    let n_folded = 1 + usize::from(!low["alert"].is_null());
    assert_eq!(folded.len(), n_folded);
    assert_eq!(folded[0]["transaction_id"], transaction["id"]);
    assert_eq!(detail["audit"][0]["action"], "alert_raised");
    assert!(detail["audit"][0]["request_id"].as_str().unwrap().starts_with("req-"));
    assert_eq!(verified_actions(&app.database, &format!("alert:{id}")).await, ["alert_raised"]);
}

/// Contributions are shares of their layer's score.
#[tokio::test]
async fn the_contributions_of_a_layer_add_up_to_its_score() {
    let app = app().await;
    let id = raise(&app, "loud").await;
    let detail = app.get(&format!("/api/v1/alerts/{id}")).await.body;
    let behavioral = &detail["assessment"]["layers"]["behavioral"];
    let reasons = behavioral["reasons"].as_array().unwrap();
    let sum: f64 = reasons.iter().map(|reason| reason["contribution"].as_f64().unwrap()).sum();
    assert!((sum - behavioral["score"].as_f64().unwrap()).abs() < 1e-9, "{behavioral}");
}

#[tokio::test]
async fn an_unknown_or_malformed_id_names_nothing() {
    let app = app().await;
    let id = raise(&app, "loud").await;
    let bare = id.trim_start_matches("alr_");
    let stranger = uuid::Uuid::now_v7();
    for wrong in
        [format!("alr_{stranger}"), format!("txn_{bare}"), bare.to_owned(), "alr_".into(), "%00".into()]
    {
        let answer = app.get(&format!("/api/v1/alerts/{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}: {}", answer.body);
        assert_eq!(answer.body["error"]["type"], "NotFound");
    }
}
