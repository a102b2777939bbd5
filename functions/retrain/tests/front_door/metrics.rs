//! The figures that belong to no request.

use crate::app;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::testing::alerting::raise;
use shared::testing::app::of_function;
use shared::testing::builders::noon;

#[tokio::test]
async fn the_task_reads_the_figures_of_now_and_notes_them() {
    let app = app().await;
    raise(&app, "a").await;
    let state = of_function(&app.state, "retrain");
    // A replay of history has reached noon of that day; a gauge is of now all the same.
    let event = json!({"task": "metrics", "as_of": noon().to_string()});
    let made = retrain::handler(&state, &event, jiff::Timestamp::now()).await.unwrap();
    let expected = json!({
        "alerts_active": 1,
        "alerts_late": 0,
        "false_positive_percent": null,
        "resolution_seconds": null,
        "model_age_seconds": null,
        "score_drift": null,
        "feature_drift": null,
        "stray_rows": 0,
        "audit_faults": null,
    });
    assert_eq!(made, expected);
    let noted: Vec<(&str, f64)> =
        state.meter.take().iter().map(|reading| (reading.metric.name, reading.total)).collect();
    assert_eq!(noted, [("QueueDepth", 1.0), ("SlaBreaches", 0.0), ("StrayRows", 0.0)]);
}

#[tokio::test]
async fn a_champions_age_counts_from_its_making() {
    let app = app().await;
    crate::drift::ingest_days(&app, 8).await;
    let now = jiff::Timestamp::now();
    let event = json!({"task": "retrain", "as_of": noon().to_string()});
    let trained = retrain::handler(&app.state, &event, now).await.unwrap();
    assert_eq!(trained["kind"], "isolation_forest");
    let later = now + SignedDuration::from_hours(2);
    let made = retrain::handler(&app.state, &json!({"task": "metrics"}), later).await.unwrap();
    let age = made["model_age_seconds"].as_f64().unwrap();
    assert!((age - 7_200.0).abs() < 0.001, "{age}");
    assert_eq!(made["score_drift"], Value::Null);
}
