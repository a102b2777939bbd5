//! The history through HTTP into a real PostgreSQL, and what is stored of it.

use crate::history::{DELAY_DAYS, History};
use crate::scored::{Artifact, Scored};
use axum::http::StatusCode;
use jiff::Timestamp;
use local::timeline::Step;
use local::wire::{BatchIn, LabelsIn, TaskIn, TransactionIn};
use serde_json::json;
use shared::http::layers;
use shared::testing::app::{TestApp, state_with};
use shared::testing::database::TestDatabase;
use std::collections::BTreeMap;
use std::time::Duration;

/// The first are sent one at a time.
const SINGLES: usize = 1_000;
/// Those up to here in batches of 100, the others in batches of 5,000.
const SMALL_BATCHES: usize = 8_000;
const SMALL: usize = 100;
pub(crate) const LARGE: usize = 5_000;
/// A test's build scores slowly.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many requests had how many transactions.
pub(crate) type Sizes = BTreeMap<usize, usize>;

/// A fresh database and the routes over it.
pub(crate) async fn app() -> TestApp {
    let database = TestDatabase::fresh().await;
    let state = state_with(&database.url, &[("LABEL_MATURITY_DAYS", &DELAY_DAYS.to_string())]);
    TestApp::with_state(database, state, |state| {
        layers::finish_within(ingest::routes().merge(investigations::routes()), state, PATIENCE)
    })
    .await
}

/// Sends everything in its order.
pub(crate) async fn send(app: &TestApp, history: &History) -> Sizes {
    let mut sizes = Sizes::new();
    let timeline = &history.timeline;
    for step in timeline.plan(LARGE) {
        match step {
            Step::Labels(labels) => {
                let body = json!(LabelsIn { labels: labels.iter().collect() });
                let answer = app.post("/api/v1/labels", &body).await;
                assert_eq!(answer.body["counts"], json!({"accepted": labels.len()}), "{}", answer.body);
            }
            Step::Task(due) => {
                let event = json!(TaskIn { task: due.task, as_of: due.as_of });
                let made = retrain::handler(&app.state, &event, Timestamp::now()).await.unwrap();
                assert_eq!(made.get("skipped"), None, "{made}");
            }
            Step::Transactions(mut range) => {
                while !range.is_empty() {
                    let batch = range.start..range.end.min(batch_end(range.start));
                    range.start = batch.end;
                    *sizes.entry(batch.len()).or_default() += 1;
                    post(app, &timeline.transactions()[batch]).await;
                }
            }
        }
    }
    sizes
}

/// The most that a request may hold that begins with this transaction.
fn batch_end(start: usize) -> usize {
    match start {
        0..SINGLES => start + 1,
        SINGLES..SMALL_BATCHES => (start + SMALL).min(SMALL_BATCHES),
        SMALL_BATCHES.. => start + LARGE,
    }
}

async fn post(app: &TestApp, transactions: &[TransactionIn]) {
    if let [one] = transactions {
        let answer = app.post("/api/v1/transactions", &json!(one)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        return;
    }
    let body = json!(BatchIn { transactions: transactions.iter().collect() });
    let answer = app.post("/api/v1/transactions/batch", &body).await;
    assert_eq!(answer.body["counts"], json!({"accepted": transactions.len()}), "{}", answer.body["error"]);
}

const SCORED: &str = "
select t.external_id, a.features, a.risk_score, a.severity, a.fraud_probability,
  a.statistical_outcome, a.statistical_score, a.behavioral_outcome, a.behavioral_score, a.ml_outcome, a.ml_score
from transactions t
join assessments a on a.id = t.id
order by t.occurred_at, t.source collate \"C\", t.external_id collate \"C\"";

/// Everything as it is stored, in time order.
pub(crate) async fn scored(app: &TestApp) -> Vec<Scored> {
    let rows = app.database.owner().await.query(SCORED, &[]).await.unwrap();
    rows.iter()
        .map(|row| {
            let bits = |column: &str| row.get::<_, Option<f64>>(column).map(f64::to_bits);
            let layer = |name: &str| {
                (row.get(format!("{name}_outcome").as_str()), bits(format!("{name}_score").as_str()))
            };
            Scored {
                external_id: row.get("external_id"),
                features: row.get("features"),
                layers: ["statistical", "behavioral", "ml"].map(layer),
                risk: bits("risk_score").unwrap(),
                severity: row.get("severity"),
                probability: bits("fraud_probability"),
            }
        })
        .collect()
}

/// Baselines and models as they are stored, in the order made.
pub(crate) async fn artifacts(app: &TestApp) -> Vec<Artifact> {
    let rows = app.database.owner().await.query("select kind, artifact from models order by id", &[]).await;
    rows.unwrap().iter().map(|row| Artifact { kind: row.get(0), bytes: row.get(1) }).collect()
}
