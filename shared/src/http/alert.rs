//! An alert as it looks on the wire, in the queue, on its own, and after each move.

use super::words;
use crate::domain::alert::Alert;
use crate::domain::approval::Proposal;
use crate::domain::ids::TransactionId;
use crate::domain::score::Layer;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub struct AlertOut {
    /// `alr_` and a UUID.
    pub id: String,
    /// What an edit names in `If-Match`; the same as the `ETag`.
    pub version: i64,
    /// active, in_review, resolved or closed.
    #[schema(value_type = words::AlertStatus)]
    pub status: &'static str,
    /// The highest of its assessments.
    #[schema(value_type = words::Severity)]
    pub severity: &'static str,
    /// The highest of its assessments, in [0, 1].
    pub risk_score: f64,
    /// The account; null for an alert of the system.
    pub account: Option<String>,
    /// What failed, of an alert of the system; null otherwise.
    pub cause: Option<String>,
    /// The transaction with the highest assessment.
    pub transaction_id: String,
    /// The other side of that transaction; null for an alert of the system.
    pub counterparty: Option<String>,
    /// That transaction's amount.
    pub amount: Option<String>,
    /// ISO 4217.
    pub currency: Option<&'static str>,
    /// The layer that gave the first of the reasons.
    #[schema(value_type = Option<words::Layer>)]
    pub detector: Option<&'static str>,
    /// The codes of that assessment's top reasons, as they were frozen.
    pub reason_codes: Vec<String>,
    /// Assessments folded in, the first included.
    pub n_assessments: i64,
    /// Event time of the earliest transaction.
    pub first_seen_at: Timestamp,
    /// Event time of the latest transaction.
    pub last_seen_at: Timestamp,
    /// When it was raised.
    pub created_at: Timestamp,
    /// Until when somebody should claim it.
    pub respond_by: Timestamp,
    /// Until when it should be decided.
    pub resolve_by: Timestamp,
    /// The account's alert before it.
    pub previous_alert_id: Option<String>,
    /// When somebody first took it on.
    pub responded_at: Option<Timestamp>,
    /// The key that holds it.
    pub assignee: Option<String>,
    /// Whether it wants a supervisor.
    pub is_escalated: bool,
    /// Whether its decision waits for a second person.
    pub is_awaiting_approval: bool,
    /// The decision that waits for a second person.
    pub proposal: Option<ProposalOut>,
    /// How it ended, when it has.
    pub decision: Option<DecisionOut>,
}

/// A decision that counts only when somebody other than who proposed it approves it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proposal)]
pub struct ProposalOut {
    /// What was proposed; inconclusive only in the place of a decision that counts.
    #[schema(value_type = words::Disposition)]
    pub disposition: &'static str,
    /// How sure, in [0, 1].
    pub confidence: Option<f64>,
    /// Why.
    pub notes: Option<String>,
    /// The transactions that it is about, where it names any.
    pub transactions: Option<Vec<String>>,
    /// The key that proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
}

impl From<&Proposal> for ProposalOut {
    fn from(proposal: &Proposal) -> Self {
        let Proposal { decision, transactions } = proposal;
        Self {
            disposition: decision.disposition.as_str(),
            confidence: decision.confidence,
            notes: decision.notes.clone(),
            transactions: transactions.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect()),
            proposed_by: decision.by.clone(),
            proposed_at: decision.at,
        }
    }
}

/// How an investigation ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionOut {
    /// confirmed_fraud, false_positive, benign_positive or inconclusive.
    #[schema(value_type = words::Disposition)]
    pub disposition: &'static str,
    /// How sure, in [0, 1].
    pub confidence: Option<f64>,
    /// Why.
    pub notes: Option<String>,
    /// The key that decided.
    pub decided_by: String,
    /// When it came to count.
    pub decided_at: Timestamp,
    /// The key that approved it, where it wanted a second person.
    pub approved_by: Option<String>,
}

impl From<&Alert> for AlertOut {
    fn from(alert: &Alert) -> Self {
        let trigger = alert.trigger.as_ref();
        Self {
            id: alert.id.to_string(),
            version: alert.version(),
            status: alert.status.as_str(),
            severity: alert.severity.as_str(),
            risk_score: alert.risk.value(),
            account: alert.account.clone(),
            cause: alert.cause.clone(),
            transaction_id: TransactionId(alert.top_assessment.0).to_string(),
            counterparty: trigger.map(|trigger| trigger.counterparty.to_string()),
            amount: trigger.map(|trigger| trigger.amount.to_string()),
            currency: trigger.map(|trigger| trigger.amount.currency().as_str()),
            detector: trigger.and_then(|trigger| trigger.detector).map(Layer::as_str),
            reason_codes: trigger.map(|trigger| trigger.reasons.clone()).unwrap_or_default(),
            n_assessments: alert.n_assessments,
            first_seen_at: alert.first_seen_at,
            last_seen_at: alert.last_seen_at,
            created_at: alert.created_at,
            respond_by: alert.respond_by,
            resolve_by: alert.resolve_by,
            previous_alert_id: alert.previous.map(|id| id.to_string()),
            responded_at: alert.responded_at,
            assignee: alert.assignee.clone(),
            is_escalated: alert.is_escalated,
            is_awaiting_approval: alert.proposal.is_some(),
            proposal: alert.proposal.as_ref().map(ProposalOut::from),
            decision: alert.decision.as_ref().map(|decision| DecisionOut {
                disposition: decision.disposition.as_str(),
                confidence: decision.confidence,
                notes: decision.notes.clone(),
                decided_by: decision.by.clone(),
                decided_at: decision.at,
                approved_by: decision.approved_by.clone(),
            }),
        }
    }
}
