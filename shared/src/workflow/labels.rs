//! Recording labels that come from outside: append-only, each counted in a profile once.

use super::access::Session;
use super::labelling::{Claimed, Labelling};
use crate::db::{ingest_keys, transactions};
use crate::domain::ids::{LabelId, TransactionId};
use crate::domain::label::LabelClaim;
use crate::error::Error;
use std::collections::{BTreeSet, HashMap};
use tokio_postgres::Client;
use uuid::Uuid;

/// Labels that one SQL transaction records.
const CHUNK: usize = 1_000;

/// What a label is about, as a caller names it.
#[derive(Debug, Clone)]
pub enum LabelTarget {
    /// By id.
    Transaction(TransactionId),
    /// By natural key: source and external id.
    Key(String, String),
}

/// What became of one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelOutcome {
    /// Recorded now.
    Accepted(LabelId),
    /// The same claim had been recorded before.
    Replayed(LabelId),
    /// There is no such transaction.
    UnknownTransaction,
    /// The key may not label this source.
    Unbound,
}

/// Records labels from outside, in order; each is accepted, or a replay of the same claim.
///
/// # Errors
/// When the database does not answer; chunks of 1,000 that were recorded before stay, and sending all again
/// is safe.
pub async fn record_from_outside(
    session: &mut Session,
    given: &[(LabelTarget, LabelClaim)],
) -> Result<Vec<LabelOutcome>, Error> {
    // A label is its own key, and chunks that were recorded stay.
    session.forgo_key();
    let mut outcomes = Vec::with_capacity(given.len());
    for chunk in given.chunks(CHUNK) {
        let by = session.actor.clone();
        outcomes.extend(session.transact(async |client| record_chunk(client, chunk, &by).await).await?);
    }
    Ok(outcomes)
}

async fn record_chunk(
    client: &Client,
    chunk: &[(LabelTarget, LabelClaim)],
    by: &crate::domain::access::Actor,
) -> Result<Vec<LabelOutcome>, Error> {
    let found = find_targets(client, chunk).await?;
    let sources = sources_of(client, &found).await?;
    let is_bound = |id: &Uuid| sources.get(id).is_none_or(|source| by.is_bound_to(source));
    let claimed: Vec<Claimed> = found
        .iter()
        .zip(chunk)
        .filter_map(|(id, (_, claim))| Some(Claimed { transaction: (*id).filter(is_bound)?, claim: *claim }))
        .collect();
    let about: Vec<Uuid> = claimed.iter().map(|claimed| claimed.transaction).collect();
    let labelling = Labelling::lock(client, &about).await?;
    let mut recorded = labelling.record(client, &claimed, &by.audit_name()).await?.into_iter();
    Ok(found
        .iter()
        .map(|id| match id {
            None => LabelOutcome::UnknownTransaction,
            Some(id) if !is_bound(id) => LabelOutcome::Unbound,
            Some(_) => recorded.next().unwrap_or(LabelOutcome::UnknownTransaction),
        })
        .collect())
}

/// The transaction ids of the targets; none for those that do not exist.
async fn find_targets(
    client: &Client,
    chunk: &[(LabelTarget, LabelClaim)],
) -> Result<Vec<Option<Uuid>>, Error> {
    let mut found: Vec<Option<Uuid>> = vec![None; chunk.len()];
    let mut keyed: Vec<(usize, &str, &str)> = Vec::new();
    let mut named: Vec<(usize, Uuid)> = Vec::new();
    for (position, (target, _)) in chunk.iter().enumerate() {
        match target {
            LabelTarget::Transaction(id) => named.push((position, id.0)),
            LabelTarget::Key(source, external_id) => keyed.push((position, source, external_id)),
        }
    }
    let sources: Vec<&str> = keyed.iter().map(|(_, source, _)| *source).collect();
    let external_ids: Vec<&str> = keyed.iter().map(|(_, _, external_id)| *external_id).collect();
    for (index, id) in ingest_keys::ids_of(client, &sources, &external_ids).await? {
        found[keyed[index].0] = Some(id);
    }
    let ids: Vec<Uuid> = named.iter().map(|(_, id)| *id).collect();
    let existing: BTreeSet<Uuid> =
        transactions::find(client, &ids).await?.into_iter().map(|transaction| transaction.id.0).collect();
    for (position, id) in named {
        found[position] = existing.contains(&id).then_some(id);
    }
    Ok(found)
}

async fn sources_of(client: &Client, found: &[Option<Uuid>]) -> Result<HashMap<Uuid, String>, Error> {
    let ids: Vec<Uuid> = found.iter().flatten().copied().collect();
    let rows = transactions::find(client, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.id.0, row.content.key.source.to_string())).collect())
}
