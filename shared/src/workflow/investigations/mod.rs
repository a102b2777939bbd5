//! People's moves on alerts: each is one row in the audit trail, in the SQL transaction of the change.
//!
//! The rules stand in `domain::alert`. Here one alert is locked, moved and stored; `decide` and `bulk` do it for many.

mod approve;
mod bulk;
mod decide;
mod ending;
mod judgement;
mod memory;
mod next;
mod subjects;
mod undo;

pub use approve::approve;
pub use bulk::{BulkMove, Outcome, bulk};
pub use decide::{Decided, NewDecision, check_notes, decide};
pub use next::{Wanted, claim_next};
pub use undo::undo;

use super::access::Session;
use crate::db::{alerts, assignees, audit, configurations};
use crate::domain::access::{Actor, Permission, Role};
use crate::domain::alert::{Alert, AlertStatus, MoveRefused, Turn};
use crate::domain::approval::Proposal;
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::clocks::Clocks;
use crate::domain::configuration::Configuration;
use crate::domain::ids::AlertId;
use crate::domain::version::{Condition, Seen};
use crate::error::{Error, ErrorKind, FieldProblem};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::Client;

impl From<MoveRefused> for Error {
    fn from(refused: MoveRefused) -> Self {
        match refused {
            MoveRefused::WrongState(message) => Self::new(ErrorKind::WrongState, message),
            MoveRefused::NotAllowed(message) => Self::new(ErrorKind::Forbidden, message),
        }
    }
}

/// Which alert a move is about, and the version of it that the caller has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The alert.
    pub id: AlertId,
    /// What the caller has seen.
    pub seen: Seen,
}

/// A move on one alert, except a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Out of the queue, for the caller.
    Claim,
    /// To a key, by a supervisor; an analyst may only name themselves, which is a claim.
    Assign(String),
    /// Back to the queue.
    Release,
    /// For a supervisor's attention. The holder keeps it.
    Escalate(String),
    /// Into review again, held by the supervisor who reopens it.
    Reopen(String),
    /// Back to who proposed a decision, with what is wrong with it.
    Reject(String),
    /// Done for good; a reason where there is one.
    Close(Option<String>),
}

/// Who makes a move, when, and by which request.
#[derive(Debug, Clone)]
struct By {
    actor: Actor,
    at: Timestamp,
    request_id: String,
    /// What a reopened alert's new time is taken from.
    clocks: Clocks,
}

impl By {
    fn of(session: &Session, request_id: &str) -> Self {
        Self {
            actor: session.actor.clone(),
            at: session.now,
            request_id: request_id.to_owned(),
            clocks: Clocks::default(),
        }
    }

    fn may_supervise(&self) -> bool {
        self.actor.role.may(Permission::Supervise)
    }
}

/// What the trail calls a decision that waits.
const PROPOSED: &str = "alert_decision_proposed";

/// Makes a move on one alert.
///
/// # Errors
/// 404 when unknown; 412 when the caller has seen another version, 428 when the move takes an alert from somebody and
/// names none; 403 and 409 by the rules of [`crate::domain::alert::Standing`]; 422 when nobody by that key investigates.
pub async fn make(
    session: &mut Session,
    target: Target,
    (made, request_id): (Move, &str),
) -> Result<Alert, Error> {
    let mut by = By::of(session, request_id);
    session
        .transact(async |client| {
            if let Move::Reopen(_) = made {
                by.clocks = configuration(client).await?.clocks;
            }
            make_within(client, &target, &made, &by).await
        })
        .await
}

/// The configuration in force.
async fn configuration(client: &Client) -> Result<Configuration, Error> {
    match configurations::active(client).await?.configuration {
        Some(version) => Ok(configurations::find(client, version).await?),
        None => Ok(Configuration::default()),
    }
}

async fn make_within(client: &Client, target: &Target, made: &Move, by: &By) -> Result<Alert, Error> {
    check_assignee(client, made, by).await?;
    let mut alert = alerts::lock(client, target.id).await?.ok_or_else(|| Error::not_found("alert"))?;
    let Some(event) = apply(&mut alert, &target.seen, (made, by))? else {
        return Ok(alert);
    };
    alerts::store(client, &[&alert]).await.map_err(another_in_the_queue)?;
    audit::insert(client, &[event]).await?;
    Ok(alert)
}

fn another_in_the_queue(error: crate::db::error::DbError) -> Error {
    match error {
        crate::db::error::DbError::UniqueViolation(_) => Error::new(
            ErrorKind::WrongState,
            "another alert of the same account or cause is open; decide this one, or leave it as it is",
        ),
        other => other.into(),
    }
}

/// An alert goes only to a key that can work on it.
async fn check_assignee(client: &Client, made: &Move, by: &By) -> Result<(), Error> {
    let Move::Assign(assignee) = made else {
        return Ok(());
    };
    if *assignee == by.actor.key_id {
        return Ok(());
    }
    if !by.may_supervise() {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "an analyst may only assign an alert to themselves; ask a supervisor",
        ));
    }
    let role = assignees::live_role(client, assignee, by.at).await?;
    let can_work =
        role.and_then(|role| Role::parse(&role).ok()).is_some_and(|role| role.may(Permission::Investigate));
    if can_work {
        return Ok(());
    }
    Err(Error::validation(vec![FieldProblem {
        pointer: "/assignee".into(),
        message: "must be the id of a live key of an analyst, a supervisor or an admin".into(),
    }]))
}

/// Moves an alert that the SQL transaction has locked. None when it stands there already.
fn apply(alert: &mut Alert, seen: &Seen, (made, by): (&Move, &By)) -> Result<Option<AuditEvent>, Error> {
    let condition = check_seen(alert, seen)?;
    let before = describe(alert);
    let actor = by.actor.key_id.as_str();
    let (action, reason) = match made {
        Move::Claim => {
            if alert.standing().claim(actor)? == Turn::Stands {
                return Ok(None);
            }
            take(alert, actor, by.at);
            ("alert_claimed", None)
        }
        Move::Assign(assignee) => {
            if assign(alert, assignee, (by, condition))? == Turn::Stands {
                return Ok(None);
            }
            (if assignee == actor { "alert_claimed" } else { "alert_assigned" }, None)
        }
        Move::Release => {
            alert.standing().release(actor)?;
            alert.status = AlertStatus::Active;
            alert.assignee = None;
            ("alert_released", None)
        }
        Move::Escalate(reason) => {
            alert.standing().escalate()?;
            alert.is_escalated = true;
            ("alert_escalated", Some(reason.as_str()))
        }
        Move::Reopen(reason) => {
            alert.standing().reopen()?;
            reopen(alert, actor, (by.at, by.clocks));
            ("alert_reopened", Some(reason.as_str()))
        }
        Move::Reject(reason) => {
            alert.standing().reject(actor, by.may_supervise())?;
            alert.proposal = None;
            ("alert_decision_rejected", Some(reason.as_str()))
        }
        Move::Close(reason) => {
            alert.standing().close()?;
            alert.status = AlertStatus::Closed;
            ("alert_closed", reason.as_deref())
        }
    };
    Ok(Some(append(alert, by, (action, before, reason.map(|reason| ("reason", reason))))))
}

/// 412 comes before every other refusal of an alert that exists.
fn check_seen(alert: &Alert, seen: &Seen) -> Result<Condition, Error> {
    match seen.against(alert.version()) {
        Condition::Stale => Err(Error::stale(alert.version())),
        condition @ (Condition::Absent | Condition::Met) => Ok(condition),
    }
}

/// Into review, held by `holder`.
fn take(alert: &mut Alert, holder: &str, at: Timestamp) {
    alert.status = AlertStatus::InReview;
    alert.assignee = Some(holder.to_owned());
    alert.responded_at = alert.responded_at.or(Some(at));
}

/// To themselves it is a claim, unless a supervisor takes it from its holder. Whatever else a supervisor assigns is an
/// edit of what they have seen, and says so.
fn assign(alert: &mut Alert, assignee: &str, (by, condition): (&By, Condition)) -> Result<Turn, Error> {
    let is_for_themselves = assignee == by.actor.key_id;
    let is_claim = is_for_themselves && !(by.may_supervise() && alert.standing().is_held_beside(assignee));
    let turn =
        if is_claim { alert.standing().claim(assignee)? } else { alert.standing().assign(assignee)? };
    if turn == Turn::Changes {
        if !is_claim && condition == Condition::Absent {
            return Err(Error::unconditional(alert.version()));
        }
        take(alert, assignee, by.at);
    }
    Ok(turn)
}

/// The clock to resolve and the flag begin anew. The decision stays in the trail, and its labels in force, until a later
/// decision takes their place.
fn reopen(alert: &mut Alert, holder: &str, (at, clocks): (Timestamp, Clocks)) {
    alert.is_escalated = false;
    alert.resolve_by = at + clocks.resolve_within(alert.severity);
    take(alert, holder, at);
}

/// What a move's event says beside where the alert stands.
type More<'a> = Option<(&'static str, &'a str)>;

/// Appends a move to the alert's chain.
fn append(alert: &mut Alert, by: &By, (action, before, more): (&str, Value, More<'_>)) -> AuditEvent {
    let mut after = describe(alert);
    if let Some((name, value)) = more {
        after[name] = value.into();
    }
    let event = alert.head.append(AuditEntry {
        chain: alert.chain(),
        actor: by.actor.audit_name(),
        action: action.to_owned(),
        at: by.at,
        request_id: by.request_id.clone(),
        before,
        after,
    });
    alert.head = event.head();
    event
}

fn describe(alert: &Alert) -> Value {
    json!({
        "status": alert.status.as_str(),
        "assignee": alert.assignee,
        "is_escalated": alert.is_escalated,
        "disposition": alert.decision.as_ref().map(|decision| decision.disposition.as_str()),
        "notes": alert.decision.as_ref().and_then(|decision| decision.notes.as_deref()),
        "confidence": alert.decision.as_ref().and_then(|decision| decision.confidence),
        "decided_by": alert.decision.as_ref().map(|decision| decision.by.as_str()),
        "approved_by": alert.decision.as_ref().and_then(|decision| decision.approved_by.as_deref()),
        "proposal": alert.proposal.as_ref().map(describe_proposal),
    })
}

/// As it looks on the wire too: a bundle's reader holds one against the other.
fn describe_proposal(proposal: &Proposal) -> Value {
    let Proposal { decision, transactions } = proposal;
    json!({
        "disposition": decision.disposition.as_str(),
        "confidence": decision.confidence,
        "notes": decision.notes,
        "transactions": transactions.as_ref().map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "proposed_by": decision.by,
        "proposed_at": decision.at,
    })
}
