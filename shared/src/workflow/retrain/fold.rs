//! Compacting counterparties' shards. Nothing that is correct or fresh depends on it: readers merge anyway.

use crate::db::connection::Connection;
use crate::db::counterparties;
use crate::detection::profile::CounterpartyProfile;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::ingest::decode_profile;
use serde_json::{Value, json};

/// Counterparties one task compacts; the next one goes on.
const MAX_COUNTERPARTIES: i64 = 1_000;

/// Merges the shards of counterparties that have several into one, each in a SQL transaction of its own.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn shards(state: &AppState) -> Result<Value, Error> {
    let mut connection = state.database.connect().await?;
    let split = counterparties::split(connection.client()?, MAX_COUNTERPARTIES).await?;
    let mut n_removed = 0;
    for counterparty in &split {
        n_removed += merge(&mut connection, counterparty).await?;
    }
    Ok(json!({"counterparties": split.len(), "shards_removed": n_removed}))
}

async fn merge(connection: &mut Connection, counterparty: &str) -> Result<u64, Error> {
    let client = connection.begin().await?;
    let shards = counterparties::lock_named(client, &[counterparty]).await?;
    let mut merged = CounterpartyProfile::default();
    for shard in &shards {
        merged.merge(&decode_profile(&shard.profile, CounterpartyProfile::decode, counterparty)?);
    }
    let mut n_removed = 0;
    // Only what was merged is removed: a payment that found every shard taken has made another one meanwhile.
    let others: Vec<i64> = shards.iter().skip(1).map(|shard| shard.shard).collect();
    if let Some(first) = shards.into_iter().next() {
        let kept = counterparties::Shard { profile: merged.encode(), ..first };
        n_removed = counterparties::remove(client, counterparty, &others).await?;
        counterparties::store(client, std::slice::from_ref(&kept)).await?;
    }
    connection.commit().await?;
    Ok(n_removed)
}
