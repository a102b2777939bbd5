//! Undoing an operation: each alert that has not moved since stands again where it stood, and the labels of an undone
//! decision are withdrawn.

use super::bulk::{Outcome, done_item, new_operation, refused_item};
use super::memory::{remember, restored};
use super::subjects::MAX_LABELLED;
use super::{By, append, describe};
use crate::db::error::DbError;
use crate::db::operations::{Item, Operation};
use crate::db::{accounts, alerts, audit, folded, labels, operations};
use crate::domain::alert::{Alert, AlertStatus};
use crate::domain::audit::AuditEvent;
use crate::domain::ids::{AlertId, OperationId};
use crate::domain::label::LabelSource;
use crate::error::{Error, ErrorKind};
use crate::workflow::access::Session;
use crate::workflow::entropy;
use crate::workflow::withdrawal::Withdrawal;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;
use uuid::Uuid;

/// Undoes an operation, once; what the undoing did is an operation of its own.
///
/// # Errors
/// 404 when there is no such operation, 403 when another made it and the caller is no supervisor, 409 when it was undone
/// already or is an undoing itself.
pub async fn undo(session: &mut Session, id: OperationId, request_id: &str) -> Result<Outcome, Error> {
    let by = By::of(session, request_id);
    let undoing = OperationId::mint(session.now, entropy::for_id()?);
    session.transact(async |client| undo_within(client, id, (&by, undoing)).await).await
}

async fn undo_within(
    client: &Client,
    id: OperationId,
    (by, undoing): (&By, OperationId),
) -> Result<Outcome, Error> {
    let operation = operations::find(client, id).await?.ok_or_else(|| Error::not_found("operation"))?;
    may_undo(&operation, by)?;
    let moved: Vec<Item> =
        operations::items(client, id).await?.into_iter().filter(|item| item.outcome.has_moved()).collect();
    let items = revert_all(client, &moved, (by, id)).await?;
    let made = Operation { undoes: Some(id), ..new_operation("undo", &items, (by, undoing)) };
    operations::insert(client, &made).await.map_err(|error| match error {
        DbError::UniqueViolation(_) => undone_already(),
        other => other.into(),
    })?;
    operations::insert_items(client, undoing, &items).await?;
    Ok(Outcome { operation: made, items })
}

fn may_undo(operation: &Operation, by: &By) -> Result<(), Error> {
    if operation.actor != by.actor.key_id && !by.may_supervise() {
        let message = "an operation can only be undone by who made it, or by a supervisor";
        return Err(Error::new(ErrorKind::Forbidden, message));
    }
    if operation.undoes.is_some() {
        let message = "an undoing cannot be undone; make the move again";
        return Err(Error::new(ErrorKind::WrongState, message));
    }
    if operation.undone_by.is_some() { Err(undone_already()) } else { Ok(()) }
}

fn undone_already() -> Error {
    Error::new(ErrorKind::WrongState, "the operation was undone already")
}

/// Where an alert goes back to.
struct Way {
    now: Alert,
    then: Alert,
}

/// Takes each alert back for itself; one item each, in their order.
async fn revert_all(
    client: &Client,
    moved: &[Item],
    (by, operation): (&By, OperationId),
) -> Result<Vec<Item>, Error> {
    let ids: Vec<AlertId> = moved.iter().map(|item| item.alert).collect();
    // Profiles are locked before alerts, as everywhere; with its account locked none raises another alert meanwhile.
    let seen = alerts::find_many(client, &ids).await?;
    let names: BTreeSet<&str> = seen.iter().filter_map(|alert| alert.account.as_deref()).collect();
    accounts::lock_named(client, &names.into_iter().collect::<Vec<_>>()).await?;
    let transactions = labelled_transactions(client, &seen).await?;
    let all: Vec<Uuid> = transactions.values().flatten().copied().collect();
    let withdrawal = Withdrawal::lock(client, &all).await?;
    let locked = alerts::lock_many(client, &ids).await?;
    let open_beside = open_beside(client, &locked).await?;
    let locked: BTreeMap<AlertId, Alert> = locked.into_iter().map(|alert| (alert.id, alert)).collect();
    let (mut items, mut changed, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let mut withdrawn = Vec::new();
    for item in moved {
        match way_back(item, locked.get(&item.alert), &open_beside) {
            Ok(way) => {
                withdrawn.extend(labels_of_decision(&way, &transactions, withdrawal.known()));
                let before = remember(&way.now)?;
                let (alert, event) = go(way, (by, operation));
                items.push(done_item(&alert, before));
                changed.push(alert);
                events.push(event);
            }
            Err(error) => {
                let version = locked.get(&item.alert).map(Alert::version);
                items.push(refused_item(item.alert, &error, version));
            }
        }
    }
    withdrawal.make(client, &withdrawn, (&by.actor.audit_name(), by.at, &by.request_id)).await?;
    alerts::store(client, &changed.iter().collect::<Vec<_>>()).await?;
    audit::insert(client, &events).await?;
    Ok(items)
}

/// The transactions of the alerts whose decision has made labels.
async fn labelled_transactions(
    client: &Client,
    alerts: &[Alert],
) -> Result<BTreeMap<AlertId, Vec<Uuid>>, Error> {
    let is_conclusive =
        |alert: &&Alert| alert.decision.as_ref().is_some_and(|it| it.disposition.verdict().is_some());
    let decided: Vec<AlertId> = alerts.iter().filter(is_conclusive).map(|alert| alert.id).collect();
    let folded = folded::of_alerts(client, &decided, MAX_LABELLED).await?;
    let transactions = folded
        .into_iter()
        .map(|(alert, folded)| (alert, folded.into_iter().map(|one| one.transaction.0).collect()));
    Ok(transactions.collect())
}

/// The alerts that would stand beside one of these, were it back in the queue.
async fn open_beside(client: &Client, alerts: &[Alert]) -> Result<BTreeSet<(AlertId, String)>, Error> {
    let accounts: Vec<&str> = alerts.iter().filter_map(|alert| alert.account.as_deref()).collect();
    let causes: Vec<&str> = alerts.iter().filter_map(|alert| alert.cause.as_deref()).collect();
    Ok(alerts::standing_alone(client, &accounts, &causes).await?.into_iter().collect())
}

fn way_back(
    item: &Item,
    alert: Option<&Alert>,
    open_beside: &BTreeSet<(AlertId, String)>,
) -> Result<Way, Error> {
    let alert = alert.ok_or_else(|| Error::not_found("alert"))?;
    if item.version != Some(alert.version()) {
        return Err(Error::new(ErrorKind::WrongState, "the alert has moved since the operation"));
    }
    let before = item.before.as_ref().unwrap_or(&Value::Null);
    let then = restored(alert, before)?;
    let was_conclusive = then.decision.as_ref().is_some_and(|it| it.disposition.verdict().is_some());
    if was_conclusive && then.decision != alert.decision {
        let message = "the alert had been decided before; decide it again instead";
        return Err(Error::new(ErrorKind::WrongState, message));
    }
    let name = alert.account.as_ref().or(alert.cause.as_ref());
    let is_alone = |name: &String| !open_beside.iter().any(|(other, of)| *other != alert.id && of == name);
    let needs_room = then.status == AlertStatus::Active || (alert.cause.is_some() && then.is_open());
    if needs_room && !name.is_none_or(is_alone) {
        let message = "another alert of the same account or cause is open";
        return Err(Error::new(ErrorKind::WrongState, message));
    }
    Ok(Way { now: alert.clone(), then })
}

/// The labels that the decision which is undone has made: an analyst's, observed when it was taken.
fn labels_of_decision(
    way: &Way,
    transactions: &BTreeMap<AlertId, Vec<Uuid>>,
    known: &BTreeMap<Uuid, Vec<labels::StoredLabel>>,
) -> Vec<Uuid> {
    let Some(decision) = way.now.decision.as_ref().filter(|_| way.then.decision != way.now.decision) else {
        return Vec::new();
    };
    let own = transactions.get(&way.now.id).into_iter().flatten();
    let labels = own.filter_map(|transaction| known.get(transaction)).flatten();
    labels
        .filter(|label| label.claim.source == LabelSource::Analyst && label.claim.observed_at == decision.at)
        .map(|label| label.id)
        .collect()
}

fn go(way: Way, (by, operation): (&By, OperationId)) -> (Alert, AuditEvent) {
    let before = describe(&way.now);
    let mut alert = way.then;
    let operation = operation.to_string();
    let more = Some(("operation_id", operation.as_str()));
    let event = append(&mut alert, by, ("alert_move_undone", before, more));
    (alert, event)
}
