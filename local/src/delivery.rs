//! Sending a timeline to a server, and keeping account of what became of each item.
//!
//! What lives here: one step after the other, never two at once, since each may depend on what the server
//! learned from the last. What does not: the order ([`crate::timeline`]), trying again ([`crate::client`]).

pub mod counts;

use crate::client::{Client, ClientError, TaskOutcome};
use crate::console::Progress;
use crate::timeline::{ScheduledTask, Step, Timeline};
use crate::wire::{ItemOut, LabelIn, Outcome, Task, TransactionIn};
use counts::{LabelCounts, Seconds, SeverityCounts, TaskCounts, TransactionCounts};
use shared::domain::severity::Severity;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Rejections kept to be shown; the rest are only counted.
const N_FAULTS_KEPT: usize = 10;

/// The server stopped taking the timeline.
#[derive(Debug, thiserror::Error)]
#[error("stopped after {n_answered} transactions; run it again to go on, what is stored is not stored twice")]
pub struct Stopped {
    /// Transactions that had been answered.
    pub n_answered: u64,
    /// Why.
    pub source: ClientError,
}

/// What the server made of one transaction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assessed {
    /// In [0, 1]; none where no layer could score.
    pub risk_score: Option<f64>,
    /// How soon a person must look.
    pub severity: Severity,
}

/// What became of a timeline.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// Transactions by fate.
    pub transactions: TransactionCounts,
    /// Labels by fate.
    pub labels: LabelCounts,
    /// Tasks by fate.
    pub tasks: TaskCounts,
    /// One a transaction of the timeline, in its order; none where it was not stored.
    pub assessments: Vec<Option<Assessed>>,
    /// The highest severity among each alert's transactions.
    pub alerts: BTreeMap<String, Severity>,
    /// The first rejections, in words.
    pub faults: Vec<String>,
    /// Where the time went.
    pub seconds: Seconds,
    /// Natural keys that the server did not store, so that their labels are withheld.
    not_stored: BTreeSet<(String, String)>,
}

impl Delivery {
    /// Whether every transaction and label sent was stored.
    pub fn is_complete(&self) -> bool {
        self.transactions.n_not_stored() == 0 && self.labels.n_rejected == 0
    }

    /// Assessments by severity.
    pub fn assessments_by_severity(&self) -> SeverityCounts {
        SeverityCounts::count(self.assessments.iter().flatten().map(|assessed| assessed.severity))
    }

    /// Alerts by the highest severity among their transactions.
    pub fn alerts_by_severity(&self) -> SeverityCounts {
        SeverityCounts::count(self.alerts.values().copied())
    }

    fn record(&mut self, transaction: &TransactionIn, item: ItemOut) {
        self.transactions.count(item.outcome);
        match item.outcome {
            Outcome::Accepted | Outcome::Replayed => {
                if let (Some(alert_id), Some(severity)) = (item.alert_id, item.severity) {
                    let highest = self.alerts.entry(alert_id).or_insert(severity);
                    *highest = severity.max(*highest);
                }
            }
            Outcome::Rejected | Outcome::Conflict | Outcome::Retry => {
                self.record_fault("transaction", &transaction.external_id, &item);
                self.not_stored.insert((transaction.source.clone(), transaction.external_id.clone()));
            }
        }
        let assessed = item.severity.map(|severity| Assessed { risk_score: item.risk_score, severity });
        self.assessments.push(assessed);
    }

    fn record_fault(&mut self, what: &str, external_id: &str, item: &ItemOut) {
        if self.faults.len() < N_FAULTS_KEPT {
            let reasons: Vec<_> =
                item.errors.iter().map(|e| format!("{} {}", e.pointer, e.message)).collect();
            self.faults.push(format!("{what} {external_id}: {:?} {}", item.outcome, reasons.join("; ")));
        }
    }
}

/// Sends the whole timeline, in batches of at most `batch_size` transactions.
///
/// # Errors
/// When a call fails for good; single items that are refused are counted, not an error.
pub async fn deliver(
    client: &Client,
    timeline: &Timeline,
    batch_size: usize,
    progress: &Progress,
) -> Result<Delivery, Stopped> {
    let started = Instant::now();
    let mut courier = Courier { client, timeline, progress, delivery: Delivery::default() };
    for step in timeline.plan(batch_size) {
        if let Err(source) = courier.take(step).await {
            let n_answered = courier.delivery.transactions.n_sent;
            return Err(Stopped { n_answered, source });
        }
    }
    let mut delivery = courier.delivery;
    delivery.seconds.total = started.elapsed().as_secs_f64();
    Ok(delivery)
}

struct Courier<'a> {
    client: &'a Client,
    timeline: &'a Timeline,
    progress: &'a Progress,
    delivery: Delivery,
}

impl Courier<'_> {
    async fn take(&mut self, step: Step<'_>) -> Result<(), ClientError> {
        let started = Instant::now();
        match step {
            Step::Transactions(range) => {
                self.send_transactions(range).await?;
                self.delivery.seconds.transactions += seconds(started.elapsed());
            }
            Step::Labels(labels) => {
                self.send_labels(labels).await?;
                self.delivery.seconds.labels += seconds(started.elapsed());
            }
            Step::Task(due) => {
                self.run_task(due).await?;
                self.delivery.seconds.tasks += seconds(started.elapsed());
            }
        }
        Ok(())
    }

    async fn send_transactions(&mut self, range: Range<usize>) -> Result<(), ClientError> {
        let batch: Vec<&TransactionIn> = self.timeline.transactions()[range].iter().collect();
        let posted = self.client.post_transactions(&batch).await?;
        self.delivery.transactions.n_retried += posted.n_retried;
        for (transaction, item) in batch.iter().zip(posted.items) {
            self.delivery.record(transaction, item);
        }
        self.progress.advance(batch.len() as u64);
        Ok(())
    }

    async fn send_labels(&mut self, labels: &[LabelIn]) -> Result<(), ClientError> {
        let is_stored = |label: &&LabelIn| {
            self.delivery.not_stored.is_empty()
                || !self.delivery.not_stored.contains(&(label.source.clone(), label.external_id.clone()))
        };
        let sendable: Vec<&LabelIn> = labels.iter().filter(is_stored).collect();
        self.delivery.labels.n_withheld += (labels.len() - sendable.len()) as u64;
        if sendable.is_empty() {
            return Ok(());
        }
        let items = self.client.post_labels(&sendable).await?;
        for (label, item) in sendable.iter().zip(items) {
            self.delivery.labels.count(item.outcome);
            if !matches!(item.outcome, Outcome::Accepted | Outcome::Replayed) {
                self.delivery.record_fault("label", &label.external_id, &item);
            }
        }
        Ok(())
    }

    async fn run_task(&mut self, due: ScheduledTask) -> Result<(), ClientError> {
        // One answer that this deployment has its own schedule is enough to know it.
        if self.delivery.tasks.n_not_served > 0 {
            self.delivery.tasks.n_not_served += 1;
            return Ok(());
        }
        match self.client.run_task(due.task, due.as_of).await? {
            TaskOutcome::NotServed => {
                self.delivery.tasks.n_not_served += 1;
                self.progress.remark(
                    "this deployment makes baselines and models on its own schedule; going on without",
                );
            }
            TaskOutcome::Done => match due.task {
                Task::Snapshot => self.delivery.tasks.n_snapshots += 1,
                Task::Retrain => self.delivery.tasks.n_retrains += 1,
                Task::Partition | Task::Fold => self.delivery.tasks.n_others += 1,
            },
        }
        Ok(())
    }
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
