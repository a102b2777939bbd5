//! Profiles as they stand in the database, a counterparty's shards merged.

use super::database::TestDatabase;
use crate::detection::profile::CounterpartyProfile;
use std::collections::BTreeMap;

/// The bytes of every profile, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredProfiles {
    /// By account.
    pub accounts: BTreeMap<String, Vec<u8>>,
    /// By counterparty: the merge of its shards.
    pub counterparties: BTreeMap<String, Vec<u8>>,
}

/// Reads every profile.
pub async fn stored_profiles(database: &TestDatabase) -> StoredProfiles {
    let client = database.owner().await;
    let rows = client.query("select account_id, profile from account_profiles", &[]).await;
    let accounts = rows.expect("the accounts").iter().map(|row| (row.get(0), row.get(1))).collect();
    let rows = client
        .query("select counterparty_id, profile from counterparty_profiles order by shard", &[])
        .await
        .expect("the counterparties");
    let mut merged: BTreeMap<String, CounterpartyProfile> = BTreeMap::new();
    for row in &rows {
        let shard = CounterpartyProfile::decode(row.get(1)).expect("a shard's profile");
        merged.entry(row.get(0)).or_default().merge(&shard);
    }
    let counterparties = merged.into_iter().map(|(name, profile)| (name, profile.encode())).collect();
    StoredProfiles { accounts, counterparties }
}
