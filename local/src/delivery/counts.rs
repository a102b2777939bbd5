//! What is counted while a timeline is sent.

use crate::wire::Outcome;
use serde::Serialize;
use shared::domain::severity::Severity;

/// Transactions by fate; all but `n_retried` add up to `n_sent`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TransactionCounts {
    /// Sent, each counted once.
    pub n_sent: u64,
    /// Stored now.
    pub n_accepted: u64,
    /// Stored before with the same content.
    pub n_replayed: u64,
    /// Refused for their content.
    pub n_rejected: u64,
    /// Refused, since their key holds other content.
    pub n_conflicting: u64,
    /// Not stored although tried until patience ran out.
    pub n_lost: u64,
    /// Times that one was sent again because the server asked for it.
    pub n_retried: u64,
}

impl TransactionCounts {
    pub(super) fn count(&mut self, outcome: Outcome) {
        self.n_sent += 1;
        match outcome {
            Outcome::Accepted => self.n_accepted += 1,
            Outcome::Replayed => self.n_replayed += 1,
            Outcome::Rejected => self.n_rejected += 1,
            Outcome::Conflict => self.n_conflicting += 1,
            Outcome::Retry => self.n_lost += 1,
        }
    }

    /// Sent and not stored.
    pub fn n_not_stored(self) -> u64 {
        self.n_rejected + self.n_conflicting + self.n_lost
    }
}

/// Labels by fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LabelCounts {
    /// Sent.
    pub n_sent: u64,
    /// Stored now.
    pub n_accepted: u64,
    /// Stored before.
    pub n_replayed: u64,
    /// Refused.
    pub n_rejected: u64,
    /// Not sent, since their transaction was not stored.
    pub n_withheld: u64,
}

impl LabelCounts {
    pub(super) fn count(&mut self, outcome: Outcome) {
        self.n_sent += 1;
        match outcome {
            Outcome::Accepted => self.n_accepted += 1,
            Outcome::Replayed => self.n_replayed += 1,
            Outcome::Rejected | Outcome::Conflict | Outcome::Retry => self.n_rejected += 1,
        }
    }
}

/// Tasks by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TaskCounts {
    /// Baselines made.
    pub n_snapshots: u64,
    /// Models trained.
    pub n_retrains: u64,
    /// Other tasks done.
    pub n_others: u64,
    /// Left to the deployment's own schedule.
    pub n_not_served: u64,
}

/// Where the time went, in seconds of the wall clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Seconds {
    /// From the first step to the last.
    pub total: f64,
    /// Posting transactions.
    pub transactions: f64,
    /// Posting labels.
    pub labels: f64,
    /// Waiting for tasks.
    pub tasks: f64,
}

/// How many there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SeverityCounts {
    /// Stored, no alert.
    pub low: u64,
    /// Respond within 4 hours.
    pub medium: u64,
    /// Respond within 1 hour.
    pub high: u64,
    /// A layer could not score.
    pub needs_review: u64,
    /// Respond within 15 minutes.
    pub critical: u64,
}

impl SeverityCounts {
    pub(super) fn count(severities: impl IntoIterator<Item = Severity>) -> Self {
        let mut counts = Self::default();
        for severity in severities {
            let counter = match severity {
                Severity::Low => &mut counts.low,
                Severity::Medium => &mut counts.medium,
                Severity::High => &mut counts.high,
                Severity::NeedsReview => &mut counts.needs_review,
                Severity::Critical => &mut counts.critical,
            };
            *counter += 1;
        }
        counts
    }
}

impl std::fmt::Display for SeverityCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { low, medium, high, needs_review, critical } = self;
        write!(f, "critical {critical}, needs_review {needs_review}, high {high}, medium {medium}, low {low}")
    }
}
