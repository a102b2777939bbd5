//! An analyst's moves on an alert: claim, release, decide. Each is one row in the audit trail.

use super::access::Session;
use super::labels::{self, Claimed};
use crate::db::assessments::StoredAssessment;
use crate::db::{accounts, alerts, assessments, audit, configurations};
use crate::domain::alert::{Alert, AlertStatus, Decision, Disposition, MoveRefused};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::{AlertId, TransactionId};
use crate::domain::label::{LabelClaim, LabelSource};
use crate::error::{Error, ErrorKind, FieldProblem};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tokio_postgres::Client;

/// The most transactions that one decision labels.
const MAX_LABELLED: i64 = 10_000;

impl From<MoveRefused> for Error {
    fn from(refused: MoveRefused) -> Self {
        match refused {
            MoveRefused::WrongState(message) => Self::new(ErrorKind::WrongState, message),
            MoveRefused::NotHolder(message) => Self::new(ErrorKind::Forbidden, message),
        }
    }
}

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

/// Takes an alert out of the queue, for the caller.
///
/// # Errors
/// 404 when unknown, 409 when it cannot be claimed.
pub async fn claim(session: &mut Session, id: AlertId, request_id: &str) -> Result<Alert, Error> {
    let actor = session.actor.key_id.clone();
    change(session, id, request_id, |alert| {
        alert.standing().claim()?;
        alert.status = AlertStatus::InReview;
        alert.assignee = Some(actor);
        Ok("alert_claimed")
    })
    .await
}

/// Gives an alert back to the queue.
///
/// # Errors
/// 404 when unknown, 403 when another holds it, 409 when it is not in review or the account has raised a new
/// alert since, which this one would stand beside.
pub async fn release(session: &mut Session, id: AlertId, request_id: &str) -> Result<Alert, Error> {
    let actor = session.actor.key_id.clone();
    change(session, id, request_id, |alert| {
        alert.standing().release(&actor)?;
        alert.status = AlertStatus::Active;
        alert.assignee = None;
        Ok("alert_released")
    })
    .await
}

/// Ends an investigation. A conclusive disposition labels the alert's transactions; an inconclusive one keeps
/// the alert in review, without a holder, escalated.
///
/// # Errors
/// 404 when unknown, 409 when not in review, 403 when another holds it, 422 when confirmed fraud has no notes
/// or a named transaction is not the alert's.
pub async fn decide(
    session: &mut Session,
    id: AlertId,
    (decision, request_id): (NewDecision, &str),
) -> Result<Alert, Error> {
    let now = session.now;
    let actor = session.actor.clone();
    let by = (&actor, now, request_id);
    let alert = session.transact(async |client| decide_within(client, id, &decision, by).await).await?;
    tracing::info!(alert_id = %id, disposition = decision.disposition.as_str(), "alert {id} was decided");
    Ok(alert)
}

type By<'a> = (&'a crate::domain::access::Actor, jiff::Timestamp, &'a str);

async fn decide_within(
    client: &Client,
    id: AlertId,
    decision: &NewDecision,
    (actor, now, request_id): By<'_>,
) -> Result<Alert, Error> {
    // Profiles are locked before alerts, as everywhere: the alert is read first, then locked last.
    let seen = alerts::find(client, id).await?.ok_or_else(|| Error::not_found("alert"))?;
    seen.standing().decide(&actor.key_id)?;
    check_notes(decision)?;
    if let Some(verdict) = decision.disposition.verdict() {
        // Nothing folds in any more once the account is locked: the decision is about all there is.
        let account: Vec<&str> = seen.account.as_deref().into_iter().collect();
        accounts::lock_named(client, &account).await?;
        let transactions = labelled(client, id, decision).await?;
        let claim = LabelClaim { verdict, source: LabelSource::Analyst, observed_at: now, recorded_at: now };
        let claimed =
            transactions.into_iter().map(|transaction| Claimed { transaction: transaction.0, claim });
        labels::record(client, &claimed.collect::<Vec<_>>(), &actor.audit_name()).await?;
    }
    let mut alert = alerts::lock(client, id).await?.ok_or_else(|| Error::not_found("alert"))?;
    alert.standing().decide(&actor.key_id)?;
    let before = describe(&alert);
    apply(&mut alert, decision, (&actor.key_id, now));
    let event = alert.head.append(AuditEntry {
        chain: alert.chain(),
        actor: actor.audit_name(),
        action: "alert_decided".into(),
        at: now,
        request_id: request_id.to_owned(),
        before,
        after: describe(&alert),
    });
    alert.head = event.head();
    alerts::store(client, &[&alert]).await?;
    audit::insert(client, &[event]).await?;
    Ok(alert)
}

fn check_notes(decision: &NewDecision) -> Result<(), Error> {
    let has_notes = decision.notes.as_ref().is_some_and(|notes| !notes.trim().is_empty());
    if decision.disposition == Disposition::ConfirmedFraud && !has_notes {
        return Err(Error::validation(vec![FieldProblem {
            pointer: "/notes".into(),
            message: "is required for confirmed_fraud".into(),
        }]));
    }
    Ok(())
}

fn apply(alert: &mut Alert, decision: &NewDecision, (by, at): (&str, jiff::Timestamp)) {
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
        by: by.to_owned(),
        at,
    });
}

/// The transactions a decision is about: those it names, else all that are folded for a false or benign
/// positive, and those at or above the threshold for confirmed fraud.
async fn labelled(client: &Client, id: AlertId, decision: &NewDecision) -> Result<Vec<TransactionId>, Error> {
    let folded = assessments::of_alert(client, id, MAX_LABELLED).await?;
    let of_alert =
        |transaction: &TransactionId| folded.iter().any(|stored| stored.record.id.0 == transaction.0);
    if let Some(named) = &decision.transactions {
        let strangers: Vec<FieldProblem> = named
            .iter()
            .enumerate()
            .filter(|(_, transaction)| !of_alert(transaction))
            .map(|(position, _)| FieldProblem {
                pointer: format!("/transactions/{position}"),
                message: "is not a transaction of this alert".into(),
            })
            .collect();
        return if strangers.is_empty() { Ok(named.clone()) } else { Err(Error::validation(strangers)) };
    }
    if decision.disposition == Disposition::ConfirmedFraud {
        return above_threshold(client, &folded).await;
    }
    Ok(folded.iter().map(transaction_of).collect())
}

fn transaction_of(stored: &StoredAssessment) -> TransactionId {
    TransactionId(stored.record.id.0)
}

/// The folded transactions at or above the threshold that was in force when each was scored. One that needed
/// review may lie below: a layer failed, which is no sign of fraud. Where all do, the highest is what the
/// analyst confirmed.
async fn above_threshold(client: &Client, folded: &[StoredAssessment]) -> Result<Vec<TransactionId>, Error> {
    let mut thresholds: BTreeMap<i64, f64> = BTreeMap::new();
    for stored in folded {
        let version = stored.record.versions.configuration;
        if let Entry::Vacant(unknown) = thresholds.entry(version) {
            unknown.insert(configurations::find(client, version).await?.thresholds.medium());
        }
    }
    let is_above = |stored: &&StoredAssessment| {
        let threshold = thresholds.get(&stored.record.versions.configuration);
        threshold.is_some_and(|threshold| stored.record.risk.value() >= *threshold)
    };
    let above: Vec<TransactionId> = folded.iter().filter(is_above).map(transaction_of).collect();
    if !above.is_empty() {
        return Ok(above);
    }
    let highest =
        folded.iter().max_by(|one, other| one.record.risk.value().total_cmp(&other.record.risk.value()));
    Ok(highest.map(transaction_of).into_iter().collect())
}

/// Locks an alert, applies a move and writes it with its audit event.
async fn change(
    session: &mut Session,
    id: AlertId,
    request_id: &str,
    apply: impl FnOnce(&mut Alert) -> Result<&'static str, Error>,
) -> Result<Alert, Error> {
    let (actor, now) = (session.actor.audit_name(), session.now);
    let by = (actor.as_str(), now, request_id);
    session.transact(async |client| change_within(client, id, by, apply).await).await
}

async fn change_within(
    client: &Client,
    id: AlertId,
    (actor, at, request_id): (&str, jiff::Timestamp, &str),
    apply: impl FnOnce(&mut Alert) -> Result<&'static str, Error>,
) -> Result<Alert, Error> {
    let mut alert = alerts::lock(client, id).await?.ok_or_else(|| Error::not_found("alert"))?;
    let before = describe(&alert);
    let action = apply(&mut alert)?;
    let event = alert.head.append(AuditEntry {
        chain: alert.chain(),
        actor: actor.to_owned(),
        action: action.into(),
        at,
        request_id: request_id.to_owned(),
        before,
        after: describe(&alert),
    });
    alert.head = event.head();
    alerts::store(client, &[&alert]).await.map_err(|error| match error {
        crate::db::error::DbError::UniqueViolation(_) => Error::new(
            ErrorKind::WrongState,
            "the account has another alert in the queue; decide this one instead of releasing it",
        ),
        other => other.into(),
    })?;
    audit::insert(client, &[event]).await?;
    Ok(alert)
}

fn describe(alert: &Alert) -> Value {
    json!({
        "status": alert.status.as_str(),
        "assignee": alert.assignee,
        "is_escalated": alert.is_escalated,
        "disposition": alert.decision.as_ref().map(|decision| decision.disposition.as_str()),
        "notes": alert.decision.as_ref().and_then(|decision| decision.notes.as_deref()),
        "confidence": alert.decision.as_ref().and_then(|decision| decision.confidence),
    })
}
