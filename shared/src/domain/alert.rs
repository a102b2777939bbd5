//! An alert, how it ends, and where it stands against its deadlines; the moves on it are in `standing`.

mod deadline;
mod standing;

pub use deadline::SlaState;
pub use standing::{MoveRefused, Standing, Turn};

use super::Invalid;
use super::approval::Proposal;
use super::assessment::AssessmentRecord;
use super::audit::ChainHead;
use super::ids::{AlertId, AssessmentId};
use super::label::Verdict;
use super::money::Amount;
use super::score::{Layer, RiskScore};
use super::severity::Severity;
use super::text::{CounterpartyId, DeviceId};
use super::transaction::NewTransaction;
use jiff::Timestamp;
use std::net::IpAddr;

/// An alert of one account's transactions.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Minted from the server's clock when it was raised.
    pub id: AlertId,
    /// The account; none for an alert of the system.
    pub account: Option<String>,
    /// What failed, of an alert of the system, such as `layer_failed:ml`.
    pub cause: Option<String>,
    /// Where it stands.
    pub status: AlertStatus,
    /// The highest of its assessments; never lowered.
    pub severity: Severity,
    /// The highest of its assessments; never lowered.
    pub risk: RiskScore,
    /// Assessments folded in, the first included.
    pub n_assessments: i64,
    /// The assessment that raised it.
    pub first_assessment: AssessmentId,
    /// The one with the highest severity, then score.
    pub top_assessment: AssessmentId,
    /// What the highest assessment says at a glance; none for an alert of the system.
    pub trigger: Option<Trigger>,
    /// Event time of the earliest transaction.
    pub first_seen_at: Timestamp,
    /// Event time of the latest transaction.
    pub last_seen_at: Timestamp,
    /// Server time of the raise.
    pub created_at: Timestamp,
    /// Until when somebody should have claimed it.
    pub respond_by: Timestamp,
    /// Until when it should have been decided.
    pub resolve_by: Timestamp,
    /// Confirmed frauds of the account before it was raised.
    pub n_confirmed_before: i64,
    /// The account's alert before it.
    pub previous: Option<AlertId>,
    /// When somebody first took it on; none while nobody has.
    pub responded_at: Option<Timestamp>,
    /// The key that holds it.
    pub assignee: Option<String>,
    /// Whether it wants a supervisor.
    pub is_escalated: bool,
    /// How it ended, when it has.
    pub decision: Option<Decision>,
    /// The decision that waits for a second person.
    pub proposal: Option<Proposal>,
    /// Where its audit chain stands.
    pub head: ChainHead,
}

/// What an alert's highest assessment says at a glance, frozen when it became the highest: what the queue is filtered
/// by, whatever is explained later.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The other side of its transaction.
    pub counterparty: CounterpartyId,
    /// Its transaction's amount.
    pub amount: Amount,
    /// What it was made with.
    pub device: Option<DeviceId>,
    /// Where it was made from.
    pub ip_address: Option<IpAddr>,
    /// The layer of the first reason; none where no layer gave one.
    pub detector: Option<Layer>,
    /// The codes of its top reasons, largest part of the risk score first.
    pub reasons: Vec<String>,
}

impl Trigger {
    /// Of an assessed transaction.
    pub fn of(transaction: &NewTransaction, record: &AssessmentRecord) -> Self {
        let reasons = record.top_reasons();
        Self {
            counterparty: transaction.counterparty.clone(),
            amount: transaction.amount,
            device: transaction.device.clone(),
            ip_address: transaction.ip_address,
            detector: reasons.first().map(|(layer, _)| *layer),
            reasons: reasons.into_iter().map(|(_, reason)| reason.code.clone()).collect(),
        }
    }
}

/// How an investigation ended, and who said so.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// How it ended.
    pub disposition: Disposition,
    /// How sure, in [0, 1].
    pub confidence: Option<f64>,
    /// Why.
    pub notes: Option<String>,
    /// The key that decided.
    pub by: String,
    /// Server time.
    pub at: Timestamp,
    /// The key that approved it, where it wanted a second person.
    pub approved_by: Option<String>,
}

impl Alert {
    /// Whether a person may still work on it.
    pub fn is_open(&self) -> bool {
        matches!(self.status, AlertStatus::Active | AlertStatus::InReview)
    }

    /// How it stands to the time that counts now: to respond while nobody has claimed it, then to resolve. None once it
    /// is decided: then nothing is to be hurried.
    pub fn sla(&self, at: Timestamp) -> Option<SlaState> {
        self.is_open().then(|| self.sla_state(at))
    }

    /// What the rules of a move look at.
    pub fn standing(&self) -> Standing<'_> {
        Standing {
            status: self.status,
            holder: self.assignee.as_deref(),
            is_escalated: self.is_escalated,
            proposer: self.proposal.as_ref().map(|proposal| proposal.decision.by.as_str()),
        }
    }

    /// The version that an edit is made on: the number of its audit events. Folding an equal or lower assessment
    /// only counts, and makes no version.
    pub fn version(&self) -> i64 {
        self.head.sequence
    }

    /// The alert's audit chain.
    pub fn chain(&self) -> String {
        format!("alert:{}", self.id)
    }
}

/// Where an alert stands. Open means active or in review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertStatus {
    /// Waits in the queue.
    Active,
    /// Held by an analyst, or escalated after an inconclusive look.
    InReview,
    /// Decided.
    Resolved,
    /// Done for good.
    Closed,
}

impl AlertStatus {
    /// All, in the order of an alert's life.
    pub const ALL: [Self; 4] = [Self::Active, Self::InReview, Self::Resolved, Self::Closed];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is none of the four words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Invalid::new("must be active, in_review, resolved or closed"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::InReview => "in_review",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

/// How an investigation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It was fraud.
    ConfirmedFraud,
    /// The alert was wrong.
    FalsePositive,
    /// Right to look, not fraud.
    BenignPositive,
    /// Cannot tell; stays in review, escalated, and gives no label.
    Inconclusive,
}

impl Disposition {
    /// All.
    pub const ALL: [Self; 4] =
        [Self::ConfirmedFraud, Self::FalsePositive, Self::BenignPositive, Self::Inconclusive];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is none of the four words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|disposition| disposition.as_str() == text).ok_or_else(|| {
            Invalid::new("must be confirmed_fraud, false_positive, benign_positive or inconclusive")
        })
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmedFraud => "confirmed_fraud",
            Self::FalsePositive => "false_positive",
            Self::BenignPositive => "benign_positive",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// The label it makes; none when inconclusive.
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Self::ConfirmedFraud => Some(Verdict::Fraud),
            Self::FalsePositive | Self::BenignPositive => Some(Verdict::Genuine),
            Self::Inconclusive => None,
        }
    }
}
