//! What a decision is about: the transactions that it labels, and the labels that it overrules.

use super::{By, NewDecision};
use crate::db::folded::{self, Folded};
use crate::db::{accounts, configurations};
use crate::domain::alert::{Alert, Disposition};
use crate::domain::ids::{AlertId, TransactionId};
use crate::domain::label::LabelSource;
use crate::error::{Error, FieldProblem};
use crate::workflow::withdrawal::Withdrawal;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;
use uuid::Uuid;

/// The most transactions that one request's decisions label.
pub(super) const MAX_LABELLED: i64 = 10_000;

/// The transactions that the decision labels, of each alert; none of an inconclusive one. Locks the accounts: nothing
/// folds in any more, so the decision is about all there is.
pub(super) async fn labelled(
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
            Disposition::FalsePositive | Disposition::BenignPositive | Disposition::Inconclusive => {
                folded.iter().map(|one| one.transaction).collect()
            }
        };
        (id, transactions)
    });
    Ok(labelled.collect())
}

/// Of an alert that was reopened, the labels of the earlier decision that this one does not replace: they are withdrawn,
/// so that what counts is the later decision alone. Whether there were any.
pub(super) async fn withdraw_overruled(
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
