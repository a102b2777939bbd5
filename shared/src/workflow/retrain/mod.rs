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

use crate::error::Error;
use crate::state::AppState;
use jiff::Timestamp;
use serde_json::Value;

/// What the schedule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Train the ml layer's model on recent transactions and make it the champion.
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
        Task::Retrain => forest::train(state, moment).await?,
        Task::Snapshot => baseline::make(state, moment).await?,
        Task::Partition => partition::make(state, moment).await?,
        Task::Fold => fold::shards(state).await?,
    };
    tracing::info!(task = task.as_str(), as_of = %moment.as_of, %made, "task {} ended", task.as_str());
    Ok(made)
}
