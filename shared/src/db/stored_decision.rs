//! A decision as it is stored where it is not in force: one that awaits approval, and one that an operation has replaced.

use crate::domain::Invalid;
use crate::domain::alert::{Decision, Disposition};
use crate::domain::approval::Proposal;
use crate::domain::ids::TransactionId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A decision as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct StoredDecision {
    disposition: String,
    confidence: Option<f64>,
    notes: Option<String>,
    by: String,
    at: Timestamp,
    #[serde(default)]
    approved_by: Option<String>,
}

impl From<&Decision> for StoredDecision {
    fn from(decision: &Decision) -> Self {
        Self {
            disposition: decision.disposition.as_str().to_owned(),
            confidence: decision.confidence,
            notes: decision.notes.clone(),
            by: decision.by.clone(),
            at: decision.at,
            approved_by: decision.approved_by.clone(),
        }
    }
}

impl TryFrom<StoredDecision> for Decision {
    type Error = Invalid;

    fn try_from(stored: StoredDecision) -> Result<Self, Invalid> {
        Ok(Self {
            disposition: Disposition::parse(&stored.disposition)?,
            confidence: stored.confidence,
            notes: stored.notes,
            by: stored.by,
            at: stored.at,
            approved_by: stored.approved_by,
        })
    }
}

/// A proposal as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredProposal {
    #[serde(flatten)]
    decision: StoredDecision,
    transactions: Option<Vec<Uuid>>,
}

impl From<&Proposal> for StoredProposal {
    fn from(proposal: &Proposal) -> Self {
        let transactions = proposal.transactions.as_ref();
        Self {
            decision: StoredDecision::from(&proposal.decision),
            transactions: transactions.map(|ids| ids.iter().map(|id| id.0).collect()),
        }
    }
}

impl TryFrom<StoredProposal> for Proposal {
    type Error = Invalid;

    fn try_from(stored: StoredProposal) -> Result<Self, Invalid> {
        Ok(Self {
            decision: stored.decision.try_into()?,
            transactions: stored.transactions.map(|ids| ids.into_iter().map(TransactionId).collect()),
        })
    }
}
