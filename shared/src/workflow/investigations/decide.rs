//! Decisions: an alert's end and the labels that it makes, for one alert or for many in one SQL transaction.

use super::memory::remember;
use super::subjects::{self, MAX_LABELLED};
use super::{By, Target, append, check_seen, describe, take};
use crate::db::{alerts, audit};
use crate::domain::alert::{Alert, AlertStatus, Decision, Disposition};
use crate::domain::audit::AuditEvent;
use crate::domain::ids::{AlertId, TransactionId};
use crate::domain::label::{LabelClaim, LabelSource, Verdict};
use crate::error::{Error, ErrorKind, FieldProblem};
use crate::workflow::access::Session;
use crate::workflow::labelling::{Claimed, Labelling};
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
    let mut judgement = Judgement { targets, by, reach, refused: BTreeMap::new() };
    // Profiles are locked before alerts, as everywhere: alerts are read first, then locked last.
    let seen = by_id(alerts::find_many(client, &ids).await?);
    judgement.judge(&seen);
    judgement.refuse_too_many(&seen);
    let open = judgement.accepted(&seen);
    let mut subjects = subjects::labelled(client, &open, decision).await?;
    let has_withdrawn = subjects::withdraw_overruled(client, &open, (&subjects, by)).await?;
    let about: Vec<Uuid> = subjects.values().flatten().map(|transaction| transaction.0).collect();
    let labelling = Labelling::lock(client, &about).await?;
    let mut locked = by_id(alerts::lock_many(client, &ids).await?);
    // An alert may have moved while the profiles were waited for.
    let n_moved = judgement.judge(&locked);
    if has_withdrawn && n_moved > 0 {
        let message = "an alert moved while its labels were withdrawn; send it again";
        return Err(Error::new(ErrorKind::Busy, message).retry_after(1));
    }
    locked.retain(|id, _| !judgement.refused.contains_key(id));
    subjects.retain(|id, _| locked.contains_key(id));
    if let Some(verdict) = decision.disposition.verdict() {
        let claims = claims(&subjects, verdict, by);
        labelling.record(client, &claims, &by.actor.audit_name()).await?;
    }
    let ended = end_all(client, locked, (decision, by)).await?;
    Ok(judgement.outcomes(ended, &subjects))
}

/// Which of the targets may be decided, and why the others may not.
struct Judgement<'a> {
    targets: &'a [Target],
    by: &'a By,
    reach: Reach,
    refused: BTreeMap<AlertId, Error>,
}

impl Judgement<'_> {
    /// Refuses those of the targets accepted so far that may not be decided as they stand; how many.
    fn judge(&mut self, alerts: &BTreeMap<AlertId, Alert>) -> usize {
        let n_before = self.refused.len();
        for target in self.targets {
            if self.refused.contains_key(&target.id) {
                continue;
            }
            if let Err(error) = may_decide(alerts.get(&target.id), target, (self.by, self.reach)) {
                self.refused.insert(target.id, error);
            }
        }
        self.refused.len() - n_before
    }

    /// One alert is labelled to the limit; of many, those that would pass it are refused.
    fn refuse_too_many(&mut self, alerts: &BTreeMap<AlertId, Alert>) {
        if self.targets.len() == 1 {
            return;
        }
        let mut n_labelled = 0;
        for alert in self.targets.iter().filter_map(|target| alerts.get(&target.id)) {
            if self.refused.contains_key(&alert.id) {
                continue;
            }
            if n_labelled + alert.n_assessments <= MAX_LABELLED {
                n_labelled += alert.n_assessments;
                continue;
            }
            let message =
                format!("the request would label more than {MAX_LABELLED} transactions; send fewer alerts");
            self.refused.insert(alert.id, Error::new(ErrorKind::PayloadTooLarge, message));
        }
    }

    fn accepted<'b>(&self, alerts: &'b BTreeMap<AlertId, Alert>) -> Vec<&'b Alert> {
        alerts.values().filter(|alert| !self.refused.contains_key(&alert.id)).collect()
    }

    /// One outcome a target, in their order.
    fn outcomes(
        mut self,
        mut ended: BTreeMap<AlertId, (Alert, Value)>,
        subjects: &BTreeMap<AlertId, Vec<TransactionId>>,
    ) -> Vec<Result<Decided, Error>> {
        let mut outcome = |target: &Target| match ended.remove(&target.id) {
            Some((alert, before)) => {
                let n_labelled = subjects.get(&alert.id).map_or(0, Vec::len);
                Ok(Decided { alert, n_labelled, before })
            }
            None => Err(self.refused.remove(&target.id).unwrap_or_else(|| Error::not_found("alert"))),
        };
        self.targets.iter().map(&mut outcome).collect()
    }
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

fn claims(subjects: &BTreeMap<AlertId, Vec<TransactionId>>, verdict: Verdict, by: &By) -> Vec<Claimed> {
    let claim = LabelClaim { verdict, source: LabelSource::Analyst, observed_at: by.at, recorded_at: by.at };
    let transactions = subjects.values().flatten();
    transactions.map(|transaction| Claimed { transaction: transaction.0, claim }).collect()
}

/// Ends the investigations of locked alerts and writes them with their events; each with where it stood before.
async fn end_all(
    client: &Client,
    locked: BTreeMap<AlertId, Alert>,
    (decision, by): (&NewDecision, &By),
) -> Result<BTreeMap<AlertId, (Alert, Value)>, Error> {
    let (mut ended, mut events) = (BTreeMap::new(), Vec::new());
    for (id, mut alert) in locked {
        let before = remember(&alert)?;
        events.extend(end(&mut alert, decision, by));
        ended.insert(id, (alert, before));
    }
    let alerts: Vec<&Alert> = ended.values().map(|(alert, _)| alert).collect();
    alerts::store(client, &alerts).await?;
    audit::insert(client, &events).await?;
    Ok(ended)
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
