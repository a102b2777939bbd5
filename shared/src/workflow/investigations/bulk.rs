//! One move on many alerts, in one SQL transaction: each is judged for itself, and what came of it is kept.

use super::decide::{Decided, NewDecision, decide_all};
use super::judgement::Reach;
use super::memory::remember;
use super::{By, Move, Target, apply, check_assignee};
use crate::db::operations::{Counts, Item, Operation};
use crate::db::{alerts, audit, operations};
use crate::domain::alert::Alert;
use crate::domain::ids::{AlertId, OperationId};
use crate::domain::operation::{BulkAction, ItemOutcome};
use crate::error::Error;
use crate::workflow::access::Session;
use crate::workflow::entropy;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio_postgres::Client;

/// What is done to each of the alerts.
#[derive(Debug, Clone)]
pub enum BulkMove {
    /// Claim, assign or close.
    Move(Move),
    /// Decide; those that nobody holds are claimed first.
    Decide(NewDecision),
}

impl BulkMove {
    fn action(&self) -> BulkAction {
        match self {
            Self::Move(Move::Assign(_)) => BulkAction::Assign,
            Self::Move(Move::Close(_)) => BulkAction::Close,
            Self::Move(
                Move::Claim | Move::Release | Move::Escalate(_) | Move::Reopen(_) | Move::Reject(_),
            ) => BulkAction::Claim,
            Self::Decide(_) => BulkAction::Decide,
        }
    }

    /// What was asked, for whoever looks the operation up.
    fn details(&self) -> Value {
        match self {
            Self::Move(Move::Assign(assignee)) => json!({"assignee": assignee}),
            Self::Move(Move::Close(Some(reason))) => json!({"reason": reason}),
            Self::Move(_) => json!({}),
            Self::Decide(decision) => json!({
                "disposition": decision.disposition.as_str(),
                "confidence": decision.confidence,
                "reason": decision.notes,
            }),
        }
    }
}

/// An operation and what came of each alert, in the order of the request.
#[derive(Debug)]
pub struct Outcome {
    /// The operation.
    pub operation: Operation,
    /// One a target.
    pub items: Vec<Item>,
}

/// Makes one move on many alerts. What cannot be moved is refused and says why; all else is done.
///
/// # Errors
/// 403 and 422 where the move itself is wrong; 503 when the database does not answer or a lock is not to be had in time.
/// Then nothing is done.
pub async fn bulk(
    session: &mut Session,
    targets: &[Target],
    (made, request_id): (BulkMove, &str),
) -> Result<Outcome, Error> {
    let by = By::of(session, request_id);
    let id = OperationId::mint(session.now, entropy::for_id()?);
    let outcome =
        session.transact(async |client| bulk_within(client, targets, (&made, &by, id)).await).await?;
    let Counts { n_done, n_proposed, n_refused, .. } = outcome.operation.counts;
    tracing::info!(operation_id = %id, n_done, n_proposed, n_refused, "operation {id} moved {} alerts", n_done + n_proposed);
    Ok(outcome)
}

async fn bulk_within(
    client: &Client,
    targets: &[Target],
    (made, by, id): (&BulkMove, &By, OperationId),
) -> Result<Outcome, Error> {
    let items = match made {
        BulkMove::Move(made) => move_all(client, targets, (made, by)).await?,
        BulkMove::Decide(decision) => {
            let decided = decide_all(client, targets, (decision, by, Reach::Free)).await?;
            targets.iter().zip(decided).map(|(target, decided)| decided_item(target.id, decided)).collect()
        }
    };
    let operation = new_operation(made.action().as_str(), &items, (by, id));
    let operation = Operation { details: made.details(), ..operation };
    operations::insert(client, &operation).await?;
    operations::insert_items(client, id, &items).await?;
    Ok(Outcome { operation, items })
}

/// An operation of these items, without anything asked beside them.
pub(super) fn new_operation(action: &str, items: &[Item], (by, id): (&By, OperationId)) -> Operation {
    let n_of = |outcome| items.iter().filter(|item| item.outcome == outcome).map(|_| 1).sum();
    Operation {
        id,
        action: action.to_owned(),
        actor: by.actor.key_id.clone(),
        request_id: by.request_id.clone(),
        made_at: by.at,
        details: json!({}),
        undoes: None,
        undone_by: None,
        counts: Counts {
            n_done: n_of(ItemOutcome::Done),
            n_proposed: n_of(ItemOutcome::Proposed),
            n_unchanged: n_of(ItemOutcome::Unchanged),
            n_refused: n_of(ItemOutcome::Refused),
        },
    }
}

async fn move_all(client: &Client, targets: &[Target], (made, by): (&Move, &By)) -> Result<Vec<Item>, Error> {
    check_assignee(client, made, by).await?;
    let ids: Vec<AlertId> = targets.iter().map(|target| target.id).collect();
    let locked = alerts::lock_many(client, &ids).await?;
    let mut locked: BTreeMap<AlertId, Alert> = locked.into_iter().map(|alert| (alert.id, alert)).collect();
    let (mut items, mut events, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for target in targets {
        let Some(alert) = locked.get_mut(&target.id) else {
            items.push(refused_item(target.id, &Error::not_found("alert"), None));
            continue;
        };
        let before = remember(alert)?;
        items.push(match apply(alert, &target.seen, (made, by)) {
            Ok(Some(event)) => {
                events.push(event);
                changed.push(target.id);
                done_item(alert, before)
            }
            Ok(None) => unchanged_item(alert),
            Err(error) => refused_item(target.id, &error, Some(alert.version())),
        });
    }
    let changed: Vec<&Alert> = changed.iter().filter_map(|id| locked.get(id)).collect();
    alerts::store(client, &changed).await?;
    audit::insert(client, &events).await?;
    Ok(items)
}

fn decided_item(alert: AlertId, decided: Result<Decided, Error>) -> Item {
    match decided {
        Ok(decided) => {
            let n_labelled = i64::try_from(decided.n_labelled).ok();
            let is_proposed = decided.alert.proposal.is_some();
            let outcome = if is_proposed { ItemOutcome::Proposed } else { ItemOutcome::Done };
            Item { outcome, n_labelled, ..done_item(&decided.alert, decided.before) }
        }
        Err(error) => {
            let version = error.current_version;
            refused_item(alert, &error, version)
        }
    }
}

pub(super) fn done_item(alert: &Alert, before: Value) -> Item {
    Item { outcome: ItemOutcome::Done, before: Some(before), ..unchanged_item(alert) }
}

fn unchanged_item(alert: &Alert) -> Item {
    Item {
        alert: alert.id,
        outcome: ItemOutcome::Unchanged,
        version: Some(alert.version()),
        n_labelled: None,
        error: None,
        before: None,
    }
}

pub(super) fn refused_item(alert: AlertId, error: &Error, version: Option<i64>) -> Item {
    Item {
        alert,
        outcome: ItemOutcome::Refused,
        version,
        n_labelled: None,
        error: Some((error.kind.as_str().to_owned(), error.message.clone())),
        before: None,
    }
}
