//! The synthetic history that a fresh database starts with.
//!
//! What lives here: sending it. The history itself is [`history`], made of a world, accounts with habits, their
//! ordinary life and a few frauds of each kind. All of it is invented; nothing is drawn from real people.

mod accounts;
mod draft;
mod example;
mod frauds;
mod genuine;
pub mod history;
mod random;
mod world;

pub use draft::Scenario;
pub use example::extreme_example;

use crate::client::Client;
use crate::console::Progress;
use crate::delivery::counts::{LabelCounts, SeverityCounts, TaskCounts, TransactionCounts};
use crate::delivery::{Stopped, deliver};
use history::History;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;

/// What to seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedOptions {
    /// The number that the history is drawn from.
    pub seed: u64,
    /// The moment after the history's end; not ahead of the server's clock.
    pub as_of: Timestamp,
    /// Transactions in one request, 1 to 5,000.
    pub batch_size: usize,
}

impl SeedOptions {
    /// The usual history, ending at `as_of`.
    pub fn new(as_of: Timestamp) -> Self {
        Self { seed: 1, as_of, batch_size: 1_000 }
    }
}

/// What became of a seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedSummary {
    /// What became of the transactions.
    pub transactions: TransactionCounts,
    /// What became of the labels.
    pub labels: LabelCounts,
    /// What the schedule did.
    pub tasks: TaskCounts,
    /// Alerts by the highest severity among their transactions.
    pub alerts: SeverityCounts,
    /// How long it took.
    pub seconds: f64,
    /// Of that, how long transactions were under way, their requests and answers included.
    pub seconds_posting: f64,
}

/// Why a history was not seeded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The history cannot end then.
    #[error("a history cannot end at {as_of}: give a time between 2001 and 2100")]
    AsOf {
        /// The end asked for.
        as_of: Timestamp,
    },
    /// The server stopped taking it.
    #[error("the history was not seeded; to go on, add --seed {seed} --as-of {as_of}")]
    Stopped {
        /// The number it was drawn from.
        seed: u64,
        /// Its end.
        as_of: Timestamp,
        /// Where and why.
        source: Stopped,
    },
    /// The server did not store all of it.
    #[error(
        "the server did not store {n_transactions} transactions and {n_labels} labels of the history; the first: {first}"
    )]
    Incomplete {
        /// Transactions not stored.
        n_transactions: u64,
        /// Labels not stored.
        n_labels: u64,
        /// The first refusal, in words.
        first: String,
    },
}

/// Posts the history, with its labels and tasks in their places.
///
/// # Errors
/// When the server stops taking it or refuses a part of it.
pub async fn seed(client: &Client, options: SeedOptions) -> Result<SeedSummary, SeedError> {
    let timeline = History::generate(options.seed, options.as_of)?.timeline();
    let progress = Progress::start("seed", timeline.transactions().len() as u64);
    let delivery = deliver(client, &timeline, options.batch_size, &progress).await;
    progress.finish();
    let SeedOptions { seed, as_of, .. } = options;
    let delivery = delivery.map_err(|source| SeedError::Stopped { seed, as_of, source })?;
    if !delivery.is_complete() {
        return Err(SeedError::Incomplete {
            n_transactions: delivery.transactions.n_not_stored(),
            n_labels: delivery.labels.n_rejected,
            first: delivery.faults.first().cloned().unwrap_or_default(),
        });
    }
    Ok(SeedSummary {
        transactions: delivery.transactions,
        labels: delivery.labels,
        tasks: delivery.tasks,
        alerts: delivery.alerts_by_severity(),
        seconds: delivery.seconds.total,
        seconds_posting: delivery.seconds.transactions,
    })
}

impl fmt::Display for SeedSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { transactions, labels, tasks, alerts, seconds, .. } = self;
        writeln!(
            f,
            "seeded {} transactions ({} were there before) and {} labels in {seconds:.1} s",
            transactions.n_sent, transactions.n_replayed, labels.n_sent
        )?;
        writeln!(f, "baselines made {}, models trained {}", tasks.n_snapshots, tasks.n_retrains)?;
        write!(f, "alerts: {alerts}")
    }
}
