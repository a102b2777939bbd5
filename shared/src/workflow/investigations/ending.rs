//! What a decision makes of locked alerts: the end of an investigation, or a proposal that waits for a second person.

use super::decide::NewDecision;
use super::memory::remember;
use super::{By, More, PROPOSED, append, describe, take};
use crate::db::{alerts, audit};
use crate::domain::alert::{Alert, AlertStatus, Decision, Disposition};
use crate::domain::approval::{ApprovalRule, Proposal};
use crate::domain::audit::AuditEvent;
use crate::domain::ids::{AlertId, TransactionId};
use crate::domain::label::{LabelClaim, LabelSource};
use crate::error::Error;
use crate::workflow::labelling::Claimed;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_postgres::Client;

/// A decision, who takes or approves it, and which alerts it only proposes an end of.
pub(super) struct Ruling<'a> {
    pub(super) decision: &'a NewDecision,
    pub(super) by: &'a By,
    /// The rule in force.
    pub(super) rule: ApprovalRule,
    /// Whether this is the approval, by the second person.
    pub(super) is_approval: bool,
}

impl Ruling<'_> {
    /// Whether the decision waits for a second person before it counts for this alert.
    pub(super) fn waits(&self, alert: &Alert) -> bool {
        let earlier = alert.decision.as_ref().map(|decision| decision.disposition);
        !self.is_approval && self.rule.wants(alert.severity, self.decision.disposition, earlier)
    }

    /// The labels that it makes of the transactions; none when it is inconclusive.
    pub(super) fn claims(&self, subjects: &BTreeMap<AlertId, Vec<TransactionId>>) -> Vec<Claimed> {
        let Some(verdict) = self.decision.disposition.verdict() else {
            return Vec::new();
        };
        let at = self.by.at;
        let claim = LabelClaim { verdict, source: LabelSource::Analyst, observed_at: at, recorded_at: at };
        let transactions = subjects.values().flatten();
        transactions.map(|transaction| Claimed { transaction: transaction.0, claim }).collect()
    }

    /// What its event says of the rule: whether one that nobody approved should have been.
    fn told(&self) -> More<'static> {
        Some(("approval_from_severity", self.rule.as_str()))
    }

    /// The decision as this person takes it.
    fn taken(&self) -> Decision {
        Decision {
            disposition: self.decision.disposition,
            confidence: self.decision.confidence,
            notes: self.decision.notes.clone(),
            by: self.by.actor.key_id.clone(),
            at: self.by.at,
            approved_by: None,
        }
    }
}

/// Ends the investigations of locked alerts, or proposes it, and writes them with their events; each with where it stood
/// before.
pub(super) async fn end_all(
    client: &Client,
    locked: BTreeMap<AlertId, Alert>,
    ruling: &Ruling<'_>,
) -> Result<BTreeMap<AlertId, (Alert, Value)>, Error> {
    let (mut ended, mut events) = (BTreeMap::new(), Vec::new());
    for (id, mut alert) in locked {
        let before = remember(&alert)?;
        events.extend(claim(&mut alert, ruling.by));
        let event = if ruling.waits(&alert) { propose(&mut alert, ruling) } else { end(&mut alert, ruling) };
        events.push(event);
        ended.insert(id, (alert, before));
    }
    let alerts: Vec<&Alert> = ended.values().map(|(alert, _)| alert).collect();
    alerts::store(client, &alerts).await?;
    audit::insert(client, &events).await?;
    Ok(ended)
}

/// An alert that nobody holds is claimed before it is decided, and its trail says so.
fn claim(alert: &mut Alert, by: &By) -> Option<AuditEvent> {
    if alert.assignee.is_some() {
        return None;
    }
    let before = describe(alert);
    take(alert, &by.actor.key_id, by.at);
    Some(append(alert, by, ("alert_claimed", before, None)))
}

fn propose(alert: &mut Alert, ruling: &Ruling<'_>) -> AuditEvent {
    let before = describe(alert);
    let transactions = ruling.decision.transactions.clone();
    alert.proposal = Some(Proposal { decision: ruling.taken(), transactions });
    append(alert, ruling.by, (PROPOSED, before, ruling.told()))
}

/// Of a proposed decision, who proposed it has decided, and who takes it now has approved it.
fn end(alert: &mut Alert, ruling: &Ruling<'_>) -> AuditEvent {
    let before = describe(alert);
    let taken = ruling.taken();
    let decision = match alert.proposal.take().filter(|_| ruling.is_approval) {
        Some(proposal) => Decision { by: proposal.decision.by, approved_by: Some(taken.by.clone()), ..taken },
        None => taken,
    };
    alert.assignee = None;
    if decision.disposition == Disposition::Inconclusive {
        alert.is_escalated = true;
    } else {
        alert.status = AlertStatus::Resolved;
    }
    alert.decision = Some(decision);
    append(alert, ruling.by, ("alert_decided", before, ruling.told()))
}
