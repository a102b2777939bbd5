//! Withdrawing labels: they stay where they are and count no more. What their parties' profiles know of labels is told
//! again from those that still count, so that it is as if the withdrawn ones had never been recorded.

use super::ingest::decode_profile;
use super::labelling::deltas_of;
use crate::db::counterparties::Shard;
use crate::db::labels::StoredLabel;
use crate::db::{accounts, counterparties, labels, transactions};
use crate::detection::attribution::Attribution;
use crate::detection::profile::{AccountProfile, CounterpartyProfile};
use crate::domain::transaction::Transaction;
use crate::error::{Error, ErrorKind};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;
use uuid::Uuid;

/// The most labelled transactions of the parties that are told again in one request: half a second of reading.
const MAX_TOLD: i64 = 50_000;

/// Transactions whose labels may be withdrawn, with their parties' profiles locked, all shards of them.
pub(super) struct Withdrawal {
    accounts: BTreeSet<String>,
    counterparties: BTreeSet<String>,
    known: BTreeMap<Uuid, Vec<StoredLabel>>,
}

impl Withdrawal {
    /// Locks the accounts of these transactions, then their counterparties, each in order.
    ///
    /// # Errors
    /// When the database does not answer or a lock is not to be had in time.
    pub(super) async fn lock(client: &Client, about: &[Uuid]) -> Result<Self, Error> {
        let (mut accounts, mut counterparties) = (BTreeSet::new(), BTreeSet::new());
        for transaction in transactions::find(client, about).await? {
            accounts.insert(transaction.content.account.to_string());
            counterparties.insert(transaction.content.counterparty.to_string());
        }
        accounts::lock_named(client, &names(&accounts)).await?;
        counterparties::lock_named(client, &names(&counterparties)).await?;
        let known = labels::of_transactions(client, about).await?.into_iter().collect();
        Ok(Self { accounts, counterparties, known })
    }

    /// The labels of the transactions that count.
    pub(super) fn known(&self) -> &BTreeMap<Uuid, Vec<StoredLabel>> {
        &self.known
    }

    /// Withdraws labels of the transactions, by whom, when and in which request.
    ///
    /// # Errors
    /// 413 when too many labels would have to be told again; else when the database does not answer.
    pub(super) async fn make(
        self,
        client: &Client,
        withdrawn: &[Uuid],
        (actor, at, request_id): (&str, Timestamp, &str),
    ) -> Result<(), Error> {
        if withdrawn.is_empty() {
            return Ok(());
        }
        labels::withdraw(client, withdrawn, (actor, at, request_id)).await?;
        let (accounts, counterparties) = (names(&self.accounts), names(&self.counterparties));
        let told = labels::of_parties(client, &accounts, &counterparties, MAX_TOLD + 1).await?;
        if i64::try_from(told.len()).unwrap_or(i64::MAX) > MAX_TOLD {
            let message = "more labels than can be told again at once; decide the alerts again instead";
            return Err(Error::new(ErrorKind::PayloadTooLarge, message));
        }
        self.tell_again(client, &told).await
    }

    async fn tell_again(&self, client: &Client, told: &[Uuid]) -> Result<(), Error> {
        let mut profiles = Told::read(client, self).await?;
        let known = labels::of_transactions(client, told).await?;
        for transaction in transactions::find(client, told).await? {
            let labels = known.get(&transaction.id.0).map_or(&[][..], Vec::as_slice);
            profiles.apply(&transaction, labels);
        }
        profiles.store(client).await
    }
}

fn names(set: &BTreeSet<String>) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}

/// The parties' profiles without any label, to begin with.
struct Told {
    accounts: BTreeMap<String, AccountProfile>,
    /// The first shard takes all labels.
    counterparties: BTreeMap<String, Vec<(Shard, CounterpartyProfile)>>,
}

impl Told {
    async fn read(client: &Client, parties: &Withdrawal) -> Result<Self, Error> {
        let mut accounts = BTreeMap::new();
        for (account, bytes) in accounts::lock_named(client, &names(&parties.accounts)).await? {
            let mut profile = decode_profile(&bytes, AccountProfile::decode, &account)?;
            profile.forget_labels();
            accounts.insert(account, profile);
        }
        let mut counterparties: BTreeMap<String, Vec<(Shard, CounterpartyProfile)>> = BTreeMap::new();
        for shard in counterparties::lock_named(client, &names(&parties.counterparties)).await? {
            let mut profile =
                decode_profile(&shard.profile, CounterpartyProfile::decode, &shard.counterparty)?;
            profile.forget_labels();
            counterparties.entry(shard.counterparty.clone()).or_default().push((shard, profile));
        }
        Ok(Self { accounts, counterparties })
    }

    fn apply(&mut self, transaction: &Transaction, labels: &[StoredLabel]) {
        let attributed = labels.first().and_then(|label| Attribution::parse(&label.attributed_to));
        let content = &transaction.content;
        for delta in deltas_of(transaction, labels, attributed.unwrap_or(Attribution::Counterparty)) {
            if let Some(profile) = self.accounts.get_mut(content.account.as_str()) {
                profile.apply_label(&delta);
            }
            let shards = self.counterparties.get_mut(content.counterparty.as_str());
            if let Some((_, profile)) = shards.and_then(|shards| shards.first_mut()) {
                profile.apply_label(&delta);
            }
        }
    }

    async fn store(self, client: &Client) -> Result<(), Error> {
        let accounts: Vec<(&str, Vec<u8>)> =
            self.accounts.iter().map(|(account, profile)| (account.as_str(), profile.encode())).collect();
        accounts::store(client, &accounts).await?;
        let shards: Vec<Shard> = self
            .counterparties
            .into_values()
            .flatten()
            .map(|(shard, profile)| Shard { profile: profile.encode(), ..shard })
            .collect();
        counterparties::store(client, &shards).await?;
        Ok(())
    }
}
