//! The schedule's tasks, one an event: those of [`Task::ALL`].
//!
//! `as_of` is event time: what a task learns ends there. A live schedule leaves it out and means now; a
//! replay of history names the simulated day.

mod alerts;
mod anchor;
mod artifact;
mod baseline;
mod drift;
mod expire;
mod fold;
mod forest;
mod learning;
mod partition;
mod verify_audit;
mod weights;

use crate::db::configurations;
use crate::domain::configuration::Configuration;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::{configuration, dashboard, engine, metrics};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What the schedule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Train the ml layer's model on recent transactions, with labels once there are enough, and make it the
    /// champion.
    Retrain,
    /// Make a population baseline of recent transactions, and measure drift.
    Snapshot,
    /// Make the partitions of the months ahead.
    Partition,
    /// Merge the shards of counterparties' profiles.
    Fold,
    /// Escalate alerts that are late.
    Escalate,
    /// Close alerts that were decided long ago.
    Close,
    /// Remove what has ended and is no history.
    Expire,
    /// Read the figures that belong to no request, for the metric line, and keep those of the dashboard.
    Metrics,
    /// Anchor the heads of the audit chains that have grown.
    Anchor,
    /// Verify the audit chains that have grown, and some of the others.
    VerifyAudit,
}

impl Task {
    /// All tasks.
    pub const ALL: [Self; 10] = [
        Self::Retrain,
        Self::Snapshot,
        Self::Partition,
        Self::Fold,
        Self::Escalate,
        Self::Close,
        Self::Expire,
        Self::Metrics,
        Self::Anchor,
        Self::VerifyAudit,
    ];

    /// Reads the event's word.
    ///
    /// # Errors
    /// When it is none of the tasks.
    pub fn parse(text: &str) -> Result<Self, crate::domain::Invalid> {
        Self::ALL.into_iter().find(|task| task.as_str() == text).ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            crate::domain::Invalid(format!("must be one of {words}"))
        })
    }

    /// The event's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retrain => "retrain",
            Self::Snapshot => "snapshot",
            Self::Partition => "partition",
            Self::Fold => "fold",
            Self::Escalate => "escalate",
            Self::Close => "close",
            Self::Expire => "expire",
            Self::Metrics => "metrics",
            Self::Anchor => "anchor",
            Self::VerifyAudit => "verify-audit",
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
        Task::Snapshot => {
            let mut made = baseline::make(state, moment, in_force(state, moment).await?).await?;
            made["drift"] = drift::measure(state, moment).await?;
            made
        }
        Task::Partition => partition::make(state, moment).await?,
        Task::Fold => fold::shards(state).await?,
        Task::Escalate => alerts::escalate(state, moment).await?,
        Task::Close => alerts::close(state, moment).await?,
        Task::Expire => expire::run(state, moment).await?,
        Task::Metrics => {
            dashboard::keep(state, moment.now).await?;
            note_figures(state, moment).await?
        }
        Task::Anchor => anchor::make(state, moment).await?,
        Task::VerifyAudit => verify_audit::verify(state, moment).await?,
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

/// Notes what the database says now; whoever ends the invocation writes the line. A gauge is of now, whatever moment a
/// replay of history has reached.
async fn note_figures(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let figures = metrics::figures(state, moment.now).await?;
    state.meter.note_figures(&figures);
    Ok(json!({
        "alerts_active": figures.n_active,
        "alerts_late": figures.n_late,
        "false_positive_percent": figures.false_positive_percent,
        "resolution_seconds": figures.resolution_seconds,
        "model_age_seconds": figures.model_age_seconds,
        "score_drift": figures.drift.map(|drift| drift.score),
        "feature_drift": figures.drift.map(|drift| drift.feature),
        "stray_rows": figures.n_stray,
        "audit_faults": figures.n_audit_faults,
    }))
}

/// Computing must not hold up a thread that serves.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}
