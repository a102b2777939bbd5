//! Decisions: an alert's end and the labels that it makes, for one alert or for many in one SQL transaction.

use super::memory::remember;
use super::{By, Target, append, check_seen, describe, take};
use crate::db::folded::{self, Folded};
use crate::db::{accounts, alerts, audit, configurations};
use crate::domain::alert::{Alert, AlertStatus, Decision, Disposition};
use crate::domain::audit::AuditEvent;
use crate::domain::ids::{AlertId, TransactionId};
use crate::domain::label::{LabelClaim, LabelSource, Verdict};
use crate::error::{Error, ErrorKind, FieldProblem};
use crate::workflow::access::Session;
use crate::workflow::labelling::{Claimed, Labelling};
use crate::workflow::withdrawal::Withdrawal;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;
use uuid::Uuid;

/// The most transactions that one request's decisions label.
const MAX_LABELLED: i64 = 10_000;

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

/// Which alerts may be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those that the caller holds.
    Held,
    /// Also those that nobody holds: they are claimed first.
    Free,
}

/// Ends an investigation. A conclusive disposition labels the alert's transactions; an inconclusive one keeps
/// the alert in review, without a holder, escalated.
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
    tracing::info!(alert_id = %id, disposition = decision.disposition.as_str(), "alert {id} was decided");
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
    let ids: Vec<AlertId> = targets.iter().map(|target| target.id).collect();
    // Profiles are locked before alerts, as everywhere: alerts are read first, then locked last.
    let seen = by_id(alerts::find_many(client, &ids).await?);
    let mut refused = BTreeMap::new();
    for target in targets {
        if let Err(error) = may_decide(seen.get(&target.id), target, (by, reach)) {
            refused.insert(target.id, error);
        }
    }
    refuse_too_many(targets, &seen, &mut refused);
    let open: Vec<&Alert> = seen.values().filter(|alert| !refused.contains_key(&alert.id)).collect();
    let mut subjects = subjects(client, &open, decision).await?;
    let about: Vec<Uuid> = subjects.values().flatten().map(|transaction| transaction.0).collect();
    let has_withdrawn = withdraw_overruled(client, &open, (&subjects, by)).await?;
    let labelling = Labelling::lock(client, &about).await?;
    let mut locked = by_id(alerts::lock_many(client, &ids).await?);
    // An alert may have moved while the profiles were waited for.
    for target in targets.iter().filter(|target| !refused.contains_key(&target.id)).collect::<Vec<_>>() {
        if let Err(error) = may_decide(locked.get(&target.id), target, (by, reach)) {
            if has_withdrawn {
                let message = "an alert moved while its labels were withdrawn; send it again";
                return Err(Error::new(ErrorKind::Busy, message).because(error).retry_after(1));
            }
            refused.insert(target.id, error);
        }
    }
    locked.retain(|id, _| !refused.contains_key(id));
    subjects.retain(|id, _| locked.contains_key(id));
    if let Some(verdict) = decision.disposition.verdict() {
        let claims = claims(&subjects, verdict, by);
        labelling.record(client, &claims, &by.actor.audit_name()).await?;
    }
    let (mut events, mut befores) = (Vec::new(), BTreeMap::new());
    for alert in locked.values_mut() {
        befores.insert(alert.id, remember(alert)?);
        events.extend(end(alert, decision, by));
    }
    alerts::store(client, &locked.values().collect::<Vec<_>>()).await?;
    audit::insert(client, &events).await?;
    let mut outcomes = Vec::with_capacity(targets.len());
    for target in targets {
        outcomes.push(match (locked.remove(&target.id), befores.remove(&target.id)) {
            (Some(alert), Some(before)) => {
                let n_labelled = subjects.get(&alert.id).map_or(0, Vec::len);
                Ok(Decided { alert, n_labelled, before })
            }
            _ => Err(refused.remove(&target.id).unwrap_or_else(|| Error::not_found("alert"))),
        });
    }
    Ok(outcomes)
}

fn by_id(alerts: Vec<Alert>) -> BTreeMap<AlertId, Alert> {
    alerts.into_iter().map(|alert| (alert.id, alert)).collect()
}

fn may_decide(alert: Option<&Alert>, target: &Target, (by, reach): (&By, Reach)) -> Result<(), Error> {
    let alert = alert.ok_or_else(|| Error::not_found("alert"))?;
    check_seen(alert, &target.seen)?;
    let is_free = alert.is_open() && alert.assignee.is_none();
    if reach == Reach::Held || !is_free {
        alert.standing().decide(&by.actor.key_id)?;
    }
    Ok(())
}

/// One alert is labelled to the limit; of many, those that would pass it are refused.
fn refuse_too_many(
    targets: &[Target],
    seen: &BTreeMap<AlertId, Alert>,
    refused: &mut BTreeMap<AlertId, Error>,
) {
    let mut n_labelled = 0;
    for alert in targets.iter().filter_map(|target| seen.get(&target.id)) {
        if targets.len() == 1 || refused.contains_key(&alert.id) {
            continue;
        }
        if n_labelled + alert.n_assessments > MAX_LABELLED {
            let message =
                format!("the request would label more than {MAX_LABELLED} transactions; send fewer alerts");
            refused.insert(alert.id, Error::new(ErrorKind::PayloadTooLarge, message));
        } else {
            n_labelled += alert.n_assessments;
        }
    }
}

/// The transactions that the decision labels, of each alert; none of an inconclusive one. Locks the accounts: nothing
/// folds in any more, so the decision is about all there is.
async fn subjects(
    client: &Client,
    alerts: &[&Alert],
    decision: &NewDecision,
) -> Result<BTreeMap<AlertId, Vec<TransactionId>>, Error> {
    if decision.disposition.verdict().is_none() {
        return Ok(BTreeMap::new());
    }
    let names: BTreeSet<&str> = alerts.iter().filter_map(|alert| alert.account.as_deref()).collect();
    accounts::lock_named(client, &names.into_iter().collect::<Vec<_>>()).await?;
    let ids: Vec<AlertId> = alerts.iter().map(|alert| alert.id).collect();
    let folded = folded::of_alerts(client, &ids, MAX_LABELLED).await?;
    if let Some(named) = &decision.transactions {
        check_named(named, &folded)?;
        let once: BTreeSet<TransactionId> = named.iter().copied().collect();
        return Ok(ids.into_iter().map(|id| (id, once.iter().copied().collect())).collect());
    }
    let thresholds = thresholds(client, &folded).await?;
    let labelled = folded.into_iter().map(|(id, folded)| {
        let transactions = match decision.disposition {
            Disposition::ConfirmedFraud => above_threshold(&folded, &thresholds),
            _ => folded.iter().map(|one| one.transaction).collect(),
        };
        (id, transactions)
    });
    Ok(labelled.collect())
}

/// Of an alert that was reopened, the labels of the earlier decision that this one does not replace: they are withdrawn,
/// so that what counts is the later decision alone. Whether there were any.
async fn withdraw_overruled(
    client: &Client,
    alerts: &[&Alert],
    (subjects, by): (&BTreeMap<AlertId, Vec<TransactionId>>, &By),
) -> Result<bool, Error> {
    let is_reopened =
        |alert: &&&Alert| alert.decision.as_ref().is_some_and(|it| it.disposition.verdict().is_some());
    let reopened: Vec<AlertId> = alerts.iter().filter(is_reopened).map(|alert| alert.id).collect();
    if reopened.is_empty() {
        return Ok(false);
    }
    let folded = folded::of_alerts(client, &reopened, MAX_LABELLED).await?;
    let replaced: BTreeSet<Uuid> = subjects.values().flatten().map(|transaction| transaction.0).collect();
    let kept = folded.values().flatten().map(|one| one.transaction.0);
    let about: Vec<Uuid> = kept.filter(|transaction| !replaced.contains(transaction)).collect();
    let withdrawal = Withdrawal::lock(client, &about).await?;
    let labels = withdrawal.known().values().flatten();
    let overruled: Vec<Uuid> =
        labels.filter(|label| label.claim.source == LabelSource::Analyst).map(|label| label.id).collect();
    let has_overruled = !overruled.is_empty();
    withdrawal.make(client, &overruled, (&by.actor.audit_name(), by.at, &by.request_id)).await?;
    Ok(has_overruled)
}

fn check_named(named: &[TransactionId], folded: &BTreeMap<AlertId, Vec<Folded>>) -> Result<(), Error> {
    let own: BTreeSet<TransactionId> = folded.values().flatten().map(|one| one.transaction).collect();
    let strangers: Vec<FieldProblem> = named
        .iter()
        .enumerate()
        .filter(|(_, transaction)| !own.contains(transaction))
        .map(|(position, _)| FieldProblem {
            pointer: format!("/transactions/{position}"),
            message: "is not a transaction of this alert".into(),
        })
        .collect();
    if strangers.is_empty() { Ok(()) } else { Err(Error::validation(strangers)) }
}

/// The medium threshold of each configuration that the transactions were scored with.
async fn thresholds(
    client: &Client,
    folded: &BTreeMap<AlertId, Vec<Folded>>,
) -> Result<BTreeMap<i64, f64>, Error> {
    let versions: BTreeSet<i64> = folded.values().flatten().map(|one| one.configuration).collect();
    let mut thresholds = BTreeMap::new();
    for version in versions {
        thresholds.insert(version, configurations::find(client, version).await?.thresholds.medium());
    }
    Ok(thresholds)
}

/// The folded transactions at or above the threshold that was in force when each was scored. One that needed
/// review may lie below: a layer failed, which is no sign of fraud. Where all do, the highest is what the
/// analyst confirmed.
fn above_threshold(folded: &[Folded], thresholds: &BTreeMap<i64, f64>) -> Vec<TransactionId> {
    let is_above = |one: &&Folded| {
        let threshold = thresholds.get(&one.configuration);
        threshold.is_some_and(|threshold| one.risk_score >= *threshold)
    };
    let above: Vec<TransactionId> = folded.iter().filter(is_above).map(|one| one.transaction).collect();
    if !above.is_empty() {
        return above;
    }
    let highest = folded.iter().max_by(|one, other| one.risk_score.total_cmp(&other.risk_score));
    highest.map(|one| one.transaction).into_iter().collect()
}

fn claims(subjects: &BTreeMap<AlertId, Vec<TransactionId>>, verdict: Verdict, by: &By) -> Vec<Claimed> {
    let claim = LabelClaim { verdict, source: LabelSource::Analyst, observed_at: by.at, recorded_at: by.at };
    let transactions = subjects.values().flatten();
    transactions.map(|transaction| Claimed { transaction: transaction.0, claim }).collect()
}

/// Ends the investigation of a locked alert; one that nobody holds is claimed first, and its trail says so.
fn end(alert: &mut Alert, decision: &NewDecision, by: &By) -> Vec<AuditEvent> {
    let mut events = Vec::new();
    if alert.assignee.is_none() {
        let before = describe(alert);
        take(alert, &by.actor.key_id, by.at);
        events.push(append(alert, by, ("alert_claimed", before, None)));
    }
    let before = describe(alert);
    alert.assignee = None;
    if decision.disposition == Disposition::Inconclusive {
        alert.is_escalated = true;
    } else {
        alert.status = AlertStatus::Resolved;
    }
    alert.decision = Some(Decision {
        disposition: decision.disposition,
        confidence: decision.confidence,
        notes: decision.notes.clone(),
        by: by.actor.key_id.clone(),
        at: by.at,
    });
    events.push(append(alert, by, ("alert_decided", before, None)));
    events
}
