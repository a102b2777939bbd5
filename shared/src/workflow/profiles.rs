//! Rebuilding every profile from the stored transactions and labels. For maintenance: nothing is ingested
//! meanwhile.

use super::labelling::deltas_of;
use crate::db::counterparties::Shard;
use crate::db::{accounts, counterparties, labels, transactions};
use crate::detection::attribution::Attribution;
use crate::detection::profile::{AccountProfile, CounterpartyProfile};
use crate::error::Error;
use crate::state::AppState;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Transactions read at once.
const PAGE: i64 = 5_000;
/// Profiles written in one SQL transaction.
const CHUNK: usize = 500;
/// The one shard that a rebuilt counterparty has.
const ONLY_SHARD: i64 = 0;

/// How many profiles were rebuilt, and from how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Transactions applied.
    pub transactions: usize,
    /// Accounts written.
    pub accounts: usize,
    /// Counterparties written.
    pub counterparties: usize,
}

#[derive(Default)]
struct Profiles {
    accounts: BTreeMap<String, AccountProfile>,
    counterparties: BTreeMap<String, CounterpartyProfile>,
    n_transactions: usize,
}

/// Applies every transaction in the order it was scored, and every label, to empty profiles, and stores them.
///
/// # Errors
/// When the database does not answer; profiles written before stay, and running it again is safe.
pub async fn rebuild(state: &AppState) -> Result<Rebuilt, Error> {
    let profiles = read(state).await?;
    let rebuilt = Rebuilt {
        transactions: profiles.n_transactions,
        accounts: profiles.accounts.len(),
        counterparties: profiles.counterparties.len(),
    };
    write(state, profiles).await?;
    Ok(rebuilt)
}

async fn read(state: &AppState) -> Result<Profiles, Error> {
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    let mut profiles = Profiles::default();
    let mut after = Uuid::nil();
    loop {
        let page = transactions::page_after(client, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(profiles);
        };
        after = last.id.0;
        let ids: Vec<Uuid> = page.iter().map(|transaction| transaction.id.0).collect();
        let known = labels::of_transactions(client, &ids).await?;
        for transaction in &page {
            let content = &transaction.content;
            let account = profiles.accounts.entry(content.account.to_string()).or_default();
            let counterparty = profiles.counterparties.entry(content.counterparty.to_string()).or_default();
            account.apply(content);
            counterparty.apply(content);
            let stored = known.get(&transaction.id.0).map_or(&[][..], Vec::as_slice);
            let attributed = stored.first().and_then(|label| Attribution::parse(&label.attributed_to));
            for delta in deltas_of(transaction, stored, attributed.unwrap_or(Attribution::Counterparty)) {
                account.apply_label(&delta);
                counterparty.apply_label(&delta);
            }
        }
        profiles.n_transactions += page.len();
    }
}

async fn write(state: &AppState, profiles: Profiles) -> Result<(), Error> {
    let mut connection = state.database.connect().await?;
    let accounts: Vec<(&str, Vec<u8>)> =
        profiles.accounts.iter().map(|(account, profile)| (account.as_str(), profile.encode())).collect();
    for chunk in accounts.chunks(CHUNK) {
        let client = connection.begin().await?;
        accounts::store(client, chunk).await?;
        connection.commit().await?;
    }
    let shards: Vec<Shard> = profiles
        .counterparties
        .into_iter()
        .map(|(counterparty, profile)| Shard { counterparty, shard: ONLY_SHARD, profile: profile.encode() })
        .collect();
    for chunk in shards.chunks(CHUNK) {
        let client = connection.begin().await?;
        for shard in chunk {
            counterparties::remove_others(client, shard).await?;
        }
        counterparties::store(client, chunk).await?;
        connection.commit().await?;
    }
    Ok(())
}
