//! Four eyes: a second person makes a proposed decision count.

use super::decide::{Decided, NewDecision, decide_all};
use super::judgement::Reach;
use super::{By, PROPOSED, Target, check_seen, describe_proposal};
use crate::db::{alerts, audit};
use crate::domain::alert::Alert;
use crate::domain::approval::Proposal;
use crate::domain::version::Condition;
use crate::error::Error;
use crate::workflow::access::Session;
use tokio_postgres::Client;

/// Approves the decision that waits, as it was proposed: the alert is resolved and its transactions are labelled.
///
/// # Errors
/// 404 when unknown; 412 when the caller has seen another version, 428 when they name none, since they approve what they
/// have read; 409 when no decision waits, 403 when it is the caller's own.
pub async fn approve(session: &mut Session, target: Target, request_id: &str) -> Result<Decided, Error> {
    let by = By::of(session, request_id);
    let id = target.id;
    let decided = session.transact(async |client| approve_within(client, &target, &by).await).await?;
    tracing::info!(alert_id = %id, "the decision on alert {id} was approved");
    Ok(decided)
}

async fn approve_within(client: &Client, target: &Target, by: &By) -> Result<Decided, Error> {
    let alert = alerts::find(client, target.id).await?.ok_or_else(|| Error::not_found("alert"))?;
    if check_seen(&alert, &target.seen)? == Condition::Absent {
        return Err(Error::unconditional(alert.version()));
    }
    alert.standing().approve(&by.actor.key_id)?;
    let proposal = alert.proposal.as_ref().ok_or_else(|| Error::internal("a proposal has no decision"))?;
    hold_to_trail(client, &alert, proposal).await?;
    // What counts is what was read here: should the alert move before it is locked, the version tells.
    let read = Target { id: alert.id, seen: Some(alert.version()).into() };
    let decision = NewDecision::from(proposal);
    let mut outcomes = decide_all(client, &[read], (&decision, by, Reach::Proposed)).await?;
    outcomes.pop().unwrap_or_else(|| Err(Error::internal("an approval has no outcome")))
}

/// What a second person makes count is what the first proposed, and not what somebody has written over it since.
async fn hold_to_trail(client: &Client, alert: &Alert, proposal: &Proposal) -> Result<(), Error> {
    let told = audit::newest_after(client, (&alert.chain(), PROPOSED)).await?;
    if told.is_some_and(|after| after["proposal"] == describe_proposal(proposal)) {
        return Ok(());
    }
    Err(Error::internal(format!("the proposal of alert {} is not what its audit trail tells", alert.id)))
}

impl From<&Proposal> for NewDecision {
    fn from(proposal: &Proposal) -> Self {
        Self {
            disposition: proposal.decision.disposition,
            notes: proposal.decision.notes.clone(),
            confidence: proposal.decision.confidence,
            transactions: proposal.transactions.clone(),
        }
    }
}
