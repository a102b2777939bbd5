//! One assessment with its whole explanation.

use crate::app;
use crate::learned::{N_TWINS, app_with_habits, learn, make, twins_extreme};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::detection::features::Feature;
use shared::testing::alerting::{alert_of, give_habit, payment, raise, send};
use shared::testing::app::TestApp;
use shared::workflow::retrain::Task;

async fn explained(app: &TestApp, id: &Value) -> Value {
    let answer = app.get(&format!("/api/v1/assessments/{}", id.as_str().unwrap())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn sum(items: &Value, name: &str) -> f64 {
    items.as_array().unwrap().iter().map(|item| number(&item[name])).sum()
}

/// Reasons add up to the risk score through the weights, and every feature's part to the ml layer's.
fn assert_additive(body: &Value) {
    let layers = &body["layers"];
    let mut risk = 0.0;
    for layer in ["statistical", "behavioral", "ml"] {
        let part = sum(&layers[layer]["reasons"], "risk_contribution");
        let expected = number(&layers[layer]["share"]) * layers[layer]["score"].as_f64().unwrap_or(0.0);
        assert!((part - expected).abs() < 1e-9, "{layer}: {part} is not {expected}");
        risk += part;
    }
    assert!((risk - number(&body["risk_score"])).abs() < 1e-9, "{risk}: {body}");
    let contributions = &body["contributions"];
    let parts = number(&contributions["base"]) + sum(&contributions["features"], "contribution");
    assert!((parts - number(&layers["ml"]["score"])).abs() < 1e-9, "{parts}: {contributions}");
    let of_risk = number(&contributions["base_risk_contribution"])
        + sum(&contributions["features"], "risk_contribution");
    let expected = sum(&layers["ml"]["reasons"], "risk_contribution");
    assert!((of_risk - expected).abs() < 1e-9, "{of_risk} is not {expected}");
}

#[tokio::test]
async fn an_assessment_is_explained_down_to_every_feature() {
    let app = app_with_habits().await;
    make(&app, Task::Snapshot).await;
    make(&app, Task::Retrain).await;
    let sent = send(&app, &payment("a", "200.00", 0)).await;
    let body = explained(&app, &sent["assessment"]["id"]).await;
    for same in ["id", "risk_score", "severity", "fraud_probability", "versions", "degraded", "gate"] {
        assert_eq!(body[same], sent["assessment"][same], "{same}");
    }
    // Somebody looks, but an isolation forest has nothing to be exact about.
    assert_ne!(body["severity"], "low");
    assert_eq!(
        (&body["explanation_detail"], &sent["assessment"]["explanation_detail"]),
        (&json!("by_path"), &json!("by_path"))
    );
    assert_eq!(body["alert"], sent["alert"]);
    // The base completes a layer's sum; what drove the transaction is something else.
    let codes = |reasons: &Value| -> Vec<String> {
        reasons.as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
    };
    let of_layers = ["statistical", "behavioral", "ml"].map(|layer| codes(&body["layers"][layer]["reasons"]));
    let top = codes(&sent["assessment"]["reasons"]);
    assert!(of_layers.concat().contains(&"base".to_owned()), "{of_layers:?}");
    assert!(!top.is_empty() && !top.contains(&"base".to_owned()), "{top:?}");
    assert_eq!(body["fraud_probability"], Value::Null, "nothing was learned from labels");
    assert_eq!(body["transaction"]["id"], sent["transaction_id"]);
    for layer in ["statistical", "behavioral", "ml"] {
        let (shown, before) = (&body["layers"][layer], &sent["assessment"]["layers"][layer]);
        assert_eq!((&shown["outcome"], &shown["score"]), (&before["outcome"], &before["score"]));
        assert_eq!(before["outcome"], "scored", "{before}");
        for (reason, before) in
            shown["reasons"].as_array().unwrap().iter().zip(before["reasons"].as_array().unwrap())
        {
            assert_eq!(
                (&reason["code"], &reason["contribution"]),
                (&before["code"], &before["contribution"])
            );
        }
    }
    assert_additive(&body);
    let features = body["features"].as_array().unwrap();
    let names: Vec<&str> = features.iter().map(|feature| feature["name"].as_str().unwrap()).collect();
    assert_eq!(names, Feature::ALL.map(Feature::as_str));
    for part in body["contributions"]["features"].as_array().unwrap() {
        assert!(names.contains(&part["feature"].as_str().unwrap()), "{part}");
    }
    assert!(body["agreement"]["text"].as_str().unwrap().contains("3 layers"), "{}", body["agreement"]);
    assert!(body["agreement"]["layers"].as_array().unwrap().contains(&json!("behavioral")));
    assert_eq!(body["baseline_comparison"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_counterfactual_names_what_would_have_scored_below_medium() {
    let app = app().await;
    let alert = raise(&app, "loud").await;
    let detail = app.get(&format!("/api/v1/alerts/{alert}")).await.body;
    let body = explained(&app, &detail["assessment"]["id"]).await;
    let found = &body["counterfactual"];
    assert_eq!(body["counterfactual_unavailable"], Value::Null);
    assert_eq!(detail["counterfactual"], found["text"]);
    let change = &found["changes"][0];
    assert_eq!((&change["input"], &change["from"]), (&json!("amount"), &json!("200 EUR")), "{found}");
    let to = change["to"].as_str().unwrap();
    let text = found["text"].as_str().unwrap();
    assert!(text.starts_with(&format!("With {to} instead of 200 EUR it would have scored ")), "{text}");
    assert!(text.ends_with(", below 0.50."), "{text}");
    // The same account with the same past pays just that.
    let other = crate::app().await;
    give_habit(&other, "loud").await;
    let sent = send(&other, &payment("loud", to.trim_end_matches(" EUR"), 0)).await;
    assert_eq!(sent["assessment"]["risk_score"], found["risk_score"]);
    assert_eq!(sent["assessment"]["severity"], "low");
}

#[tokio::test]
async fn what_cannot_be_explained_is_said() {
    let app = app().await;
    give_habit(&app, "a").await;
    let low = send(&app, &payment("a", "25.00", 0)).await;
    let body = explained(&app, &low["assessment"]["id"]).await;
    assert_eq!(body["counterfactual"], Value::Null);
    assert_eq!(body["counterfactual_unavailable"], "it is below medium");
    assert_eq!(body["contributions"], Value::Null);
    assert_eq!(body["contributions_unavailable"], "the ml layer did not score");
    assert_eq!(body["baseline_comparison"], json!([]), "the profile was not kept");
    assert_eq!(
        body["agreement"],
        json!({"layers": [], "text": "the one layer that scored would not have raised an alert alone"})
    );
    let loud = send(&app, &payment("a", "200.00", 1)).await;
    let owner = app.database.owner().await;
    owner.execute("update assessments set account_profile_before = '\\x00'", &[]).await.unwrap();
    let body = explained(&app, &loud["assessment"]["id"]).await;
    assert!(body["counterfactual_unavailable"].as_str().unwrap().contains("cannot be read"), "{body}");
    owner.execute("update assessments set feature_schema_id = 1", &[]).await.unwrap();
    let body = explained(&app, &loud["assessment"]["id"]).await;
    assert_eq!(body["features"], json!([]));
    for part in ["features_unavailable", "contributions_unavailable", "counterfactual_unavailable"] {
        assert!(body[part].as_str().unwrap().contains("feature schema 1"), "{part}: {body}");
    }
    let detail = app.get(&format!("/api/v1/alerts/{}", alert_of(&loud))).await;
    assert_eq!((detail.status, &detail.body["features"]), (StatusCode::OK, &json!([])));
}

/// The first fifty of a chunk are explained exactly while they are scored, the others when somebody looks.
#[tokio::test]
async fn the_first_reading_explains_exactly_as_scoring_would_have() {
    let app = app().await;
    let champion = learn(&app).await;
    let extremes: Vec<Value> = (0..N_TWINS).map(twins_extreme).collect();
    let answer = app.post("/api/v1/transactions/batch", &json!({"transactions": extremes})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": N_TWINS}), "{}", answer.body);
    let rows = "
        select 'asm_' || id, explanation_detail, alert_id from assessments
        where risk_score >= 0.5 and model_id is not null order by id";
    let rows = app.database.owner().await.query(rows, &[]).await.unwrap();
    let of_detail = |detail: &str| -> Vec<Value> {
        rows.iter()
            .filter(|row| row.get::<_, &str>(1) == detail)
            .map(|row| json!(row.get::<_, &str>(0)))
            .collect()
    };
    let (exact, by_path) = (of_detail("exact"), of_detail("by_path"));
    assert_eq!((exact.len(), by_path.len()), (50, N_TWINS - 50), "{champion}");
    let at_once = explained(&app, &exact[0]).await;
    let later = explained(&app, by_path.last().unwrap()).await;
    assert_eq!(
        (&at_once["explanation_detail"], &later["explanation_detail"]),
        (&json!("exact"), &json!("exact"))
    );
    for same in ["risk_score", "fraud_probability", "layers", "contributions", "features"] {
        assert_eq!(at_once[same], later[same], "{same}");
    }
    let probability = number(&later["fraud_probability"]);
    assert!(probability > 0.0 && probability < 1.0, "{probability}");
    assert_eq!(later["versions"]["model"], champion);
    assert_additive(&later);
    let stored = "select reasons from assessments where 'asm_' || id = $1";
    let owner = app.database.owner().await;
    let ml_reasons = |row: &tokio_postgres::Row| row.get::<_, Value>(0)["ml"]["reasons"].clone();
    let shown = |body: &Value| -> Vec<Value> {
        let reasons = body["layers"]["ml"]["reasons"].as_array().unwrap();
        let bare =
            |it: &Value| json!({"code": it["code"], "text": it["text"], "contribution": it["contribution"]});
        reasons.iter().map(bare).collect()
    };
    let of_exact = owner.query_one(stored, &[&exact[0].as_str().unwrap()]).await.unwrap();
    assert_eq!(json!(shown(&later)), ml_reasons(&of_exact), "not what scoring stored");
    let of_path = owner.query_one(stored, &[&by_path.last().unwrap().as_str().unwrap()]).await.unwrap();
    assert_ne!(json!(shown(&later)), ml_reasons(&of_path), "both ways say the same: the test shows nothing");
    // The alert shows the same, and what was stored beside it.
    let alert = later["alert"]["id"].as_str().unwrap();
    let detail = app.get(&format!("/api/v1/alerts/{alert}")).await.body;
    assert_eq!(detail["assessment"]["explanation_detail"], "exact");
    assert_eq!(detail["assessment"]["fraud_probability"], later["fraud_probability"]);
    let folded = detail["assessments"].as_array().unwrap().last().unwrap();
    assert_eq!((&folded["id"], &folded["explanation_detail"]), (&later["id"], &json!("by_path")));
    assert_eq!(folded["fraud_probability"], later["fraud_probability"]);
    assert_eq!(detail["counterfactual"], later["counterfactual"]["text"]);
    assert!(detail["counterfactual"].is_string(), "{}", later["counterfactual_unavailable"]);
    // However it was stored, that is what a replay compares.
    let replay = format!("/api/v1/assessments/{}/replay", by_path.last().unwrap().as_str().unwrap());
    let replay = app.get(&replay).await.body;
    assert_eq!(
        (&replay["identical"], &replay["explanation_detail"]),
        (&json!(true), &json!("by_path")),
        "{replay}"
    );
}

#[tokio::test]
async fn an_unknown_or_malformed_id_names_no_assessment() {
    let app = app().await;
    let sent = send(&app, &payment("a", "25.00", 0)).await;
    let id = sent["assessment"]["id"].as_str().unwrap();
    let bare = id.trim_start_matches("asm_");
    let stranger = uuid::Uuid::now_v7();
    for wrong in
        [format!("asm_{stranger}"), format!("txn_{bare}"), bare.to_owned(), "asm_".into(), "%00".into()]
    {
        for path in [format!("/api/v1/assessments/{wrong}"), format!("/api/v1/assessments/{wrong}/replay")] {
            let answer = app.get(&path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.body);
            assert_eq!(answer.body["error"]["type"], "NotFound");
        }
    }
}
