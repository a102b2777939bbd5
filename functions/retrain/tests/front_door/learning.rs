//! Baselines and models: made when there is enough, named by the next assessment, each step audited.

use crate::{app, handle, run};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::error::ErrorKind;
use shared::testing::alerting::{payment, send};
use shared::testing::app::TestApp;
use shared::testing::audit_trail::{verified_actions, verified_chain};
use shared::testing::builders::habit;

const BASELINES: &str = "model:population_baseline";
const MODELS: &str = "model:ml";

/// Hourly payments of one account, all within the 30 days before noon.
async fn ingest(app: &TestApp, account: &str, n: usize) {
    let body = json!({"transactions": habit(account, n, 1)});
    let answer = app.post("/api/v1/transactions/batch", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["counts"], json!({"accepted": n}));
}

async fn versions(app: &TestApp, account: &str) -> Value {
    send(app, &payment(account, "25.00", 0)).await["assessment"]["versions"].clone()
}

#[tokio::test]
async fn too_few_rows_are_said_and_change_nothing() {
    let app = app().await;
    ingest(&app, "a", 199).await;
    let made = run(&app, "snapshot").await;
    assert_eq!(made["skipped"], "199 transactions are too few for a baseline");
    let made = run(&app, "retrain").await;
    assert_eq!(made, json!({"skipped": "199 rows are too few to train on; 256 are needed"}));
    assert_eq!(app.database.number("select count(*) from models").await, 0);
    assert_eq!(versions(&app, "b").await["baseline"], Value::Null);
    assert!(verified_chain(&app.database, BASELINES).await.is_empty());
}

#[tokio::test]
async fn a_schedule_that_comes_before_the_first_transaction_is_no_fault() {
    let app = app().await;
    let made = run(&app, "snapshot").await;
    assert_eq!(made["skipped"], "0 transactions are too few for a baseline");
    assert_eq!(
        run(&app, "retrain").await,
        json!({"skipped": "0 rows are too few to train on; 256 are needed"})
    );
    assert_eq!(app.database.number("select count(*) from configurations").await, 1);
}

#[tokio::test]
async fn a_baseline_is_named_by_the_assessments_after_it() {
    let app = app().await;
    ingest(&app, "a", 300).await;
    let before = send(&app, &payment("b", "25.00", 0)).await;
    assert_eq!(before["assessment"]["layers"]["statistical"]["outcome"], "abstained");
    let made = run(&app, "snapshot").await;
    assert_eq!((&made["kind"], &made["n_rows"]), (&json!("population_baseline"), &json!(300)), "{made}");
    let after = send(&app, &payment("c", "25.00", 0)).await;
    assert_eq!(after["assessment"]["versions"]["baseline"], made["model_id"]);
    assert_eq!(after["assessment"]["layers"]["statistical"]["outcome"], "scored");
    let again = app.post("/api/v1/transactions", &payment("b", "25.00", 0)).await;
    assert_eq!(again.body, before, "an old assessment was made anew");
}

#[tokio::test]
async fn a_trained_model_becomes_the_champion_and_the_next_one_replaces_it() {
    let app = app().await;
    ingest(&app, "a", 300).await;
    let first = run(&app, "retrain").await;
    assert_eq!(first["kind"], "isolation_forest");
    let why = "0 labelled frauds are too few to learn from; 100 are needed";
    assert_eq!(first["unsupervised"], why);
    let body = send(&app, &payment("b", "25.00", 0)).await;
    assert_eq!(body["assessment"]["versions"]["model"], first["model_id"], "{first}");
    assert_eq!(body["assessment"]["layers"]["ml"]["outcome"], "scored");
    assert_eq!(body["assessment"]["fraud_probability"], Value::Null);
    let second = run(&app, "retrain").await;
    assert_ne!(first["model_id"], second["model_id"]);
    assert_eq!(versions(&app, "c").await["model"], second["model_id"]);
    let chain = verified_chain(&app.database, MODELS).await;
    let promoted: Vec<(&Value, &Value)> =
        chain.iter().map(|event| (&event.before["model_id"], &event.after["model_id"])).collect();
    assert_eq!(promoted, [(&Value::Null, &first["model_id"]), (&first["model_id"], &second["model_id"])]);
    assert!(verified_chain(&app.database, BASELINES).await.is_empty(), "a model is no baseline");
}

/// The same rows as of the same moment give the same bytes: a replayed history trains the same model.
#[tokio::test]
async fn training_twice_as_of_one_moment_makes_the_same_artifact() {
    let app = app().await;
    ingest(&app, "a", 300).await;
    for task in ["retrain", "retrain", "snapshot", "snapshot"] {
        run(&app, task).await;
    }
    let distinct = "select count(distinct artifact_sha256) from models";
    assert_eq!(app.database.number(distinct).await, 2);
    let covered = "select count(*) from models where artifact_sha256 = sha256(artifact)";
    assert_eq!(app.database.number(covered).await, 4);
}

#[tokio::test]
async fn what_is_learned_ends_at_as_of_and_begins_30_days_before() {
    let app = app().await;
    ingest(&app, "a", 300).await;
    for (as_of, n) in [
        ("2026-06-03T12:00:00Z", 300),
        // 40 hours earlier, and the moment itself is left out.
        ("2026-06-01T20:00:00Z", 260),
        // 290 hours after the first: the last that leaves the first within 30 days is 720 hours after it.
        ("2026-06-21T01:00:00Z", 299),
    ] {
        let made = handle(&app, &json!({"task": "snapshot", "as_of": as_of})).await.unwrap();
        assert_eq!(made["n_rows"], n, "{as_of}: {made}");
    }
}

#[tokio::test]
async fn two_trainings_at_once_leave_one_chain_and_one_champion() {
    let app = app().await;
    ingest(&app, "a", 300).await;
    let tasks: Vec<_> = ["retrain", "snapshot", "retrain", "snapshot", "retrain"]
        .map(|task| {
            let app = app.clone();
            tokio::spawn(async move { run(&app, task).await })
        })
        .into();
    for task in tasks {
        assert!(task.await.unwrap()["model_id"].is_string());
    }
    assert_eq!(verified_actions(&app.database, MODELS).await, ["model_promoted"; 3]);
    assert_eq!(verified_actions(&app.database, BASELINES).await, ["model_promoted"; 2]);
    for chain in [MODELS, BASELINES] {
        let events = verified_chain(&app.database, chain).await;
        for pair in events.windows(2) {
            assert_eq!(pair[1].before["model_id"], pair[0].after["model_id"], "{chain} skips a champion");
        }
        let champion = if chain == MODELS { "model" } else { "baseline" };
        let last = &events.last().unwrap().after["model_id"];
        assert_eq!(&versions(&app, &format!("after-{champion}")).await[champion], last);
    }
}

#[tokio::test]
async fn an_event_that_names_no_task_is_refused_with_its_pointers() {
    let app = app().await;
    let cases = [
        (json!({"task": "retire"}), "/task"),
        (json!({}), "/task"),
        (json!({"task": 1}), "/task"),
        (json!({"task": "fold", "as_of": "yesterday"}), "/as_of"),
        (json!({"task": "retrain", "as_of": "-009999-01-02T00:00:00Z"}), "/as_of"),
        (json!({"task": "fold", "force": true}), "/force"),
        (json!("fold"), ""),
    ];
    for (event, pointer) in cases {
        let error = handle(&app, &event).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ValidationFailed, "{event}");
        assert!(error.details.iter().any(|detail| detail.pointer == pointer), "{event}: {:?}", error.details);
    }
}
