//! The schedule's tasks, one an event: retrain, snapshot, partition, fold.
//!
//! `as_of` is event time: what a task learns ends there. A live schedule leaves it out and means now; a
//! replay of history names the simulated day.

mod artifact;
mod baseline;
mod fold;
mod forest;
mod learning;
mod partition;
mod weights;

use crate::db::configurations;
use crate::domain::configuration::Configuration;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::{configuration, engine};
use jiff::Timestamp;
use serde_json::Value;

/// What the schedule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Train the ml layer's model on recent transactions, with labels once there are enough, and make it the
    /// champion.
    Retrain,
    /// Make a population baseline of recent transactions.
    Snapshot,
    /// Make the partitions of the months ahead.
    Partition,
    /// Merge the shards of counterparties' profiles.
    Fold,
}

impl Task {
    /// All tasks.
    pub const ALL: [Self; 4] = [Self::Retrain, Self::Snapshot, Self::Partition, Self::Fold];

    /// Reads the event's word.
    ///
    /// # Errors
    /// When it is none of the tasks.
    pub fn parse(text: &str) -> Result<Self, crate::domain::Invalid> {
        Self::ALL
            .into_iter()
            .find(|task| task.as_str() == text)
            .ok_or_else(|| crate::domain::Invalid::new("must be retrain, snapshot, partition or fold"))
    }

    /// The event's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retrain => "retrain",
            Self::Snapshot => "snapshot",
            Self::Partition => "partition",
            Self::Fold => "fold",
        }
    }
}

/// The moments of a task.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Event time: what is learned ends here.
    pub as_of: Timestamp,
    /// The server's clock.
    pub now: Timestamp,
}

/// Does a task; answers what it made, for the log and the caller.
///
/// # Errors
/// When the database does not answer.
pub async fn run(state: &AppState, task: Task, moment: Moment) -> Result<Value, Error> {
    let made = match task {
        Task::Retrain => forest::train(state, moment, in_force(state, moment).await?).await?,
        Task::Snapshot => baseline::make(state, moment, in_force(state, moment).await?).await?,
        Task::Partition => partition::make(state, moment).await?,
        Task::Fold => fold::shards(state).await?,
    };
    tracing::info!(task = task.as_str(), as_of = %moment.as_of, %made, "task {} ended", task.as_str());
    Ok(made)
}

/// The configuration in force. In a database that no start has configured yet, the environment's values become
/// version 1: the schedule may come before the first transaction.
async fn in_force(state: &AppState, moment: Moment) -> Result<Configuration, Error> {
    let connection = state.database.connect().await?;
    let is_configured = configurations::active(connection.client()?).await?.configuration.is_some();
    drop(connection);
    if !is_configured {
        configuration::seed(state, moment.now).await?;
    }
    Ok(*engine::active(state).await?.configuration())
}
