//! The database that is measured over: the synthetic history, sent through the measured binaries themselves.

use crate::events::post;
use crate::{invoke, start};
use local::seed::history::History;
use local::timeline::Step;
use local::wire::TransactionIn;
use serde_json::{Value, json};
use shared::testing::app::TestApp;
use shared::testing::database::TestDatabase;
use shared::testing::runtime_api::RunningFunction;

/// Transactions in one event: one with 5 MB would be refused.
const BATCH: usize = 1_000;
/// The history ends here, so that every measurement is of the same one.
const AS_OF: &str = "2026-03-01T12:00:00Z";

/// What is measured over.
pub(crate) struct World {
    pub(crate) database: TestDatabase,
    /// An admin's, without a limit.
    pub(crate) key: String,
    /// What scores in the ml layer.
    pub(crate) model: String,
    /// Alerts to read and to move.
    pub(crate) alerts: Vec<String>,
    /// Transactions to vary.
    pub(crate) transactions: Vec<TransactionIn>,
}

impl World {
    /// Sends the history; labels only where `names` has the function that takes them.
    pub(crate) async fn make(names: &[String]) -> Self {
        let app = TestApp::deployed(ingest::router).await;
        let mut world = Self {
            database: app.database.clone(),
            key: app.key().to_owned(),
            model: String::new(),
            alerts: Vec::new(),
            transactions: Vec::new(),
        };
        let timeline = History::generate(1, AS_OF.parse().unwrap()).unwrap().timeline();
        let mut ingest = start("ingest", &world).await;
        let mut retrain = start("retrain", &world).await;
        let mut labels = match names.iter().any(|name| name == "investigations") {
            true => Some(start("investigations", &world).await),
            false => None,
        };
        for step in timeline.plan(BATCH) {
            match step {
                Step::Transactions(range) => {
                    let body = json!({"transactions": &timeline.transactions()[range]});
                    invoke(&mut ingest, post("/api/v1/transactions/batch", &body, &world)).await;
                }
                Step::Labels(due) => {
                    if let Some(function) = &mut labels {
                        invoke(function, post("/api/v1/labels", &json!({"labels": due}), &world)).await;
                    }
                }
                Step::Task(due) => {
                    invoke(&mut retrain, json!({"task": due.task, "as_of": due.as_of})).await;
                }
            }
        }
        world.model = world.train(&mut retrain).await;
        // What the history leaves to be done in the background is done before anything is timed.
        let owner = world.database.owner().await;
        for statement in ["vacuum analyze", "checkpoint"] {
            owner.batch_execute(statement).await.unwrap();
        }
        world.transactions = timeline.transactions().iter().rev().take(2_000).cloned().collect();
        let rows = "select 'alr_' || id from alerts where status = 'active' order by id limit 100";
        let rows = world.database.owner().await.query(rows, &[]).await.unwrap();
        world.alerts = rows.iter().map(|row| row.get(0)).collect();
        assert!(!world.alerts.is_empty(), "the history raised no alert");
        world
    }

    /// Trains once more; answers what kind of model it made, and of how many rows.
    pub(crate) async fn train(&self, retrain: &mut RunningFunction) -> String {
        let made: Value = invoke(retrain, json!({"task": "retrain", "as_of": AS_OF})).await;
        format!("{} of {} rows", made["kind"].as_str().unwrap(), made["n_rows"])
    }
}
