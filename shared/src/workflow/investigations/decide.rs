//! Decisions: an alert's end and the labels that it makes, for one alert or for many in one SQL transaction. Where two
//! people are wanted, a decision is only proposed here; `approve` makes it count.

use super::ending::{Ruling, end_all};
use super::judgement::{Judgement, Reach};
use super::subjects;
use super::{By, Target, configuration};
use crate::db::alerts;
use crate::domain::alert::{Alert, Disposition};
use crate::domain::ids::{AlertId, TransactionId};
use crate::error::{Error, ErrorKind, FieldProblem};
use crate::workflow::access::Session;
use crate::workflow::labelling::Labelling;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_postgres::Client;
use uuid::Uuid;

/// How an analyst ends an investigation.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// How it ended.
    pub disposition: Disposition,
    /// Why; needed for confirmed fraud.
    pub notes: Option<String>,
    /// How sure, in [0, 1].
    pub confidence: Option<f64>,
    /// The transactions it is about; by default the alert's own.
    pub transactions: Option<Vec<TransactionId>>,
}

/// An alert after its decision.
#[derive(Debug)]
pub struct Decided {
    /// The alert.
    pub alert: Alert,
    /// How many of its transactions the decision labels: of all that are folded, the oldest 10,000.
    pub n_labelled: usize,
    /// Where it stood before, for the undoing.
    pub(super) before: Value,
}

/// Ends an investigation. A conclusive disposition labels the alert's transactions; an inconclusive one keeps
/// the alert in review, without a holder, escalated. Where the configuration wants a second person, a conclusive one is
/// only proposed: the alert stays with its holder, and nothing is labelled before somebody else approves it.
///
/// # Errors
/// 404 when unknown, 412 when the caller has seen another version, 409 when not in review, 403 when another holds it,
/// 422 when confirmed fraud has no notes or a named transaction is not the alert's.
pub async fn decide(
    session: &mut Session,
    target: Target,
    (decision, request_id): (NewDecision, &str),
) -> Result<Decided, Error> {
    check_notes(&decision, "/notes")?;
    let by = By::of(session, request_id);
    let id = target.id;
    let decided = session
        .transact(async |client| {
            let mut outcomes = decide_all(client, &[target], (&decision, &by, Reach::Held)).await?;
            outcomes.pop().unwrap_or_else(|| Err(Error::internal("a decision has no outcome")))
        })
        .await?;
    let done = if decided.alert.proposal.is_some() { "decision proposed" } else { "decided" };
    tracing::info!(alert_id = %id, disposition = decision.disposition.as_str(), "alert {id}: {done}");
    Ok(decided)
}

/// Notes are asked for at `pointer`.
pub fn check_notes(decision: &NewDecision, pointer: &str) -> Result<(), Error> {
    let has_notes = decision.notes.as_ref().is_some_and(|notes| !notes.trim().is_empty());
    if decision.disposition == Disposition::ConfirmedFraud && !has_notes {
        return Err(Error::validation(vec![FieldProblem {
            pointer: pointer.to_owned(),
            message: "is required for confirmed_fraud".into(),
        }]));
    }
    Ok(())
}

/// Decides each alert for itself, inside the caller's SQL transaction; one outcome a target, in their order.
///
/// # Errors
/// When the database does not answer, or a lock is not to be had in time; then none is decided.
pub(super) async fn decide_all(
    client: &Client,
    targets: &[Target],
    (decision, by, reach): (&NewDecision, &By, Reach),
) -> Result<Vec<Result<Decided, Error>>, Error> {
    let rule = configuration(client).await?.approval;
    let ruling = Ruling { decision, by, rule, is_approval: reach == Reach::Proposed };
    let ids: Vec<AlertId> = targets.iter().map(|target| target.id).collect();
    let mut judgement = Judgement::new(targets, (by, reach));
    // Profiles are locked before alerts, as everywhere: alerts are read first, then locked last.
    let seen = by_id(alerts::find_many(client, &ids).await?);
    judgement.judge(&seen);
    judgement.refuse_too_many(&seen, |alert| !ruling.waits(alert));
    let open = judgement.accepted(&seen);
    let mut subjects = subjects::labelled(client, &open, decision).await?;
    // What is only proposed labels nothing yet. Its account is locked all the same, so that nothing folds in any more, and
    // that the transactions it names are the alert's is checked.
    let ending: Vec<&Alert> = open.into_iter().filter(|alert| !ruling.waits(alert)).collect();
    subjects.retain(|id, _| ending.iter().any(|alert| alert.id == *id));
    let has_withdrawn = subjects::withdraw_overruled(client, &ending, (&subjects, by)).await?;
    let about: Vec<Uuid> = subjects.values().flatten().map(|transaction| transaction.0).collect();
    let labelling = Labelling::lock(client, &about).await?;
    let mut locked = by_id(alerts::lock_many(client, &ids).await?);
    // An alert may have moved while the profiles were waited for, or have become graver.
    let n_moved = judgement.judge(&locked) + refuse_graver(&mut judgement, (&seen, &locked), &ruling);
    if has_withdrawn && n_moved > 0 {
        return Err(moved_meanwhile());
    }
    locked.retain(|id, _| !judgement.refuses(*id));
    subjects.retain(|id, _| locked.contains_key(id));
    let claims = ruling.claims(&subjects);
    if !claims.is_empty() {
        labelling.record(client, &claims, &by.actor.audit_name()).await?;
    }
    let ended = end_all(client, locked, &ruling).await?;
    Ok(judgement.outcomes(ended, &subjects))
}

/// Refuses alerts that became so grave meanwhile that their decision wants a second person, or the other way; how many.
fn refuse_graver(
    judgement: &mut Judgement<'_>,
    (seen, locked): (&BTreeMap<AlertId, Alert>, &BTreeMap<AlertId, Alert>),
    ruling: &Ruling<'_>,
) -> usize {
    let differs = |(id, now): &(&AlertId, &Alert)| {
        seen.get(*id).is_some_and(|before| ruling.waits(before) != ruling.waits(now))
    };
    let differing: Vec<AlertId> =
        locked.iter().filter(differs).map(|(id, _)| *id).filter(|id| !judgement.refuses(*id)).collect();
    for id in &differing {
        judgement.refuse(*id, moved_meanwhile());
    }
    differing.len()
}

fn moved_meanwhile() -> Error {
    Error::new(ErrorKind::Busy, "an alert moved while it was being decided; send it again").retry_after(1)
}

fn by_id(alerts: Vec<Alert>) -> BTreeMap<AlertId, Alert> {
    alerts.into_iter().map(|alert| (alert.id, alert)).collect()
}
