//! Champions: trained as the schedule does, without labels and on a history that has them.

use crate::app;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::testing::alerting::give_habit;
use shared::testing::app::TestApp;
use shared::testing::builders::{hours_later, noon, transaction_with};
use shared::workflow::retrain::{Moment, Task, run};

/// Accounts with one and the same past, each at a shop of its own: what one scores, the others score.
pub(crate) const N_TWINS: usize = 60;
const N_TEACHERS: usize = 40;
const TEACHING_DAYS: usize = 20;
/// More than a hundred frauds of eight hundred payments.
const FRAUD_EVERY: usize = 7;

/// Nine accounts with a habit, `a` to `i`: enough in a month for a baseline and an isolation forest.
pub(crate) async fn app_with_habits() -> TestApp {
    let app = app().await;
    for account in 'a'..='i' {
        give_habit(&app, &account.to_string()).await;
    }
    app
}

/// Does one of the schedule's tasks as of noon; the id of what it made.
pub(crate) async fn make(app: &TestApp, task: Task) -> Value {
    let made = run(&app.state, task, Moment { as_of: noon(), now: Timestamp::now() }).await.unwrap();
    assert!(made["model_id"].is_string(), "{made}");
    made["model_id"].clone()
}

/// Ingests the history and its labels, makes a baseline and trains the champion: its id.
pub(crate) async fn learn(app: &TestApp) -> Value {
    let twins = (0..N_TWINS).flat_map(|n| (0..10).map(move |day| twins_payment(n, day)));
    let lessons: Vec<Value> = (0..N_TEACHERS * TEACHING_DAYS).map(lesson).collect();
    let history: Vec<Value> = twins.chain(lessons.iter().cloned()).collect();
    for chunk in history.chunks(350) {
        let answer = app.post("/api/v1/transactions/batch", &json!({"transactions": chunk})).await;
        assert_eq!(answer.body["counts"], json!({"accepted": chunk.len()}), "{}", answer.body);
    }
    let labels: Vec<Value> = lessons.iter().step_by(FRAUD_EVERY).map(label).collect();
    let answer = app.post("/api/v1/labels", &json!({"labels": labels})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["counts"], json!({"accepted": labels.len()}));
    make(app, Task::Snapshot).await;
    let champion = make(app, Task::Retrain).await;
    let n_supervised = "select count(*) from models where kind = 'supervised_forest'";
    assert_eq!(app.database.number(n_supervised).await, 1, "it did not learn from the labels");
    champion
}

/// What no twin has ever paid, at noon.
pub(crate) fn twins_extreme(n: usize) -> Value {
    twins(n, "extreme", "5000.00", noon())
}

fn twins_payment(n: usize, day: i64) -> Value {
    twins(n, &day.to_string(), &format!("{}.50", 20 + day), hours_later(-24 * (18 - day)))
}

fn twins(n: usize, name: &str, amount: &str, at: Timestamp) -> Value {
    transaction_with(
        &format!("twin-{n:02}-{name}"),
        &json!({
            "account": format!("twin-{n:02}"),
            "counterparty": format!("shop-of-twin-{n:02}"),
            "amount": amount,
            "occurred_at": at.to_string(),
        }),
    )
}

/// Every seventh payment is a fraud of some twenty times the usual amount.
fn lesson(position: usize) -> Value {
    let (day, teacher) = (position / N_TEACHERS, position % N_TEACHERS);
    let hours = -24 * (28 - i64::try_from(day).unwrap()) + i64::try_from(teacher % 9).unwrap();
    let euros = if position.is_multiple_of(FRAUD_EVERY) { 400 + position } else { 18 + position * 13 % 11 };
    transaction_with(
        &format!("lesson-{position}"),
        &json!({
            "account": format!("teacher-{teacher:02}"),
            "counterparty": format!("shop-{}", position % 5),
            "amount": format!("{euros}.00"),
            "occurred_at": hours_later(hours).to_string(),
        }),
    )
}

fn label(lesson: &Value) -> Value {
    let occurred_at: Timestamp = lesson["occurred_at"].as_str().unwrap().parse().unwrap();
    json!({
        "source": "cards",
        "external_id": lesson["external_id"],
        "verdict": "fraud",
        "label_source": "chargeback",
        "observed_at": (occurred_at + SignedDuration::from_hours(24)).to_string(),
    })
}
