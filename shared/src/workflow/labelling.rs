//! Counting labels in profiles: the parties of labelled transactions are locked, each change of a label in force is
//! counted once. Who may say what is decided by the callers.

use super::entropy;
use super::ingest::decode_profile;
use super::labels::LabelOutcome;
use crate::db::assessments::StoredAssessment;
use crate::db::labels::{NewLabel, StoredLabel};
use crate::db::{accounts, assessments, counterparties, labels, transactions};
use crate::detection::attribution::{Attribution, attribute};
use crate::detection::features::FeatureVector;
use crate::detection::profile::{AccountProfile, CounterpartyProfile, LabelDelta, Sign};
use crate::detection::stream::attribution_of;
use crate::domain::ids::LabelId;
use crate::domain::label::{LabelClaim, in_force};
use crate::domain::score::Layer;
use crate::domain::transaction::Transaction;
use crate::error::{Error, ErrorKind};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio_postgres::Client;
use uuid::Uuid;

/// A claim about one transaction.
#[derive(Debug, Clone)]
pub(super) struct Claimed {
    /// The transaction.
    pub(super) transaction: Uuid,
    /// What is said of it, by whom, and when.
    pub(super) claim: LabelClaim,
}

/// Transactions that may get labels, with the profiles that these would change, locked.
pub(super) struct Labelling {
    about: BTreeMap<Uuid, Transaction>,
    profiles: LockedProfiles,
    /// The labels there are, in the order they were recorded.
    known: HashMap<Uuid, Vec<StoredLabel>>,
    attributions: HashMap<Uuid, Attribution>,
}

impl Labelling {
    /// Locks the accounts of these transactions, then their counterparties, each in order. The caller's SQL transaction
    /// may lock alerts after it.
    ///
    /// # Errors
    /// When the database does not answer or a lock is not to be had in time.
    pub(super) async fn lock(client: &Client, transactions: &[Uuid]) -> Result<Self, Error> {
        let ids: Vec<Uuid> = transactions.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let about: BTreeMap<Uuid, Transaction> =
            transactions::find(client, &ids).await?.into_iter().map(|row| (row.id.0, row)).collect();
        let profiles = LockedProfiles::lock(client, about.values()).await?;
        // Read after the locks, so that a concurrent label of the same account is seen.
        let known = labels::of_transactions(client, &ids).await?;
        let attributions = attributions(client, &ids).await?;
        Ok(Self { about, profiles, known, attributions })
    }

    /// Records claims inside the caller's SQL transaction, and counts the change of each transaction's label in force
    /// in the profiles.
    ///
    /// # Errors
    /// When the database does not answer or a concurrent request records the same claim.
    pub(super) async fn record(
        mut self,
        client: &Client,
        claimed: &[Claimed],
        actor: &str,
    ) -> Result<Vec<LabelOutcome>, Error> {
        let mut recorded: Vec<NewLabel> = Vec::new();
        let mut outcomes = Vec::with_capacity(claimed.len());
        for item in claimed {
            outcomes.push(self.take(item, actor, &mut recorded)?);
        }
        labels::insert(client, &recorded).await.map_err(same_claim_twice)?;
        self.profiles.store(client).await?;
        Ok(outcomes)
    }

    /// Takes one claim: a replay of one there is, or a new label.
    fn take(
        &mut self,
        item: &Claimed,
        actor: &str,
        recorded: &mut Vec<NewLabel>,
    ) -> Result<LabelOutcome, Error> {
        let transaction = self
            .about
            .get(&item.transaction)
            .ok_or_else(|| Error::internal(format!("transaction {} is missing", item.transaction)))?;
        let labels = self.known.entry(item.transaction).or_default();
        let claim = LabelClaim { recorded_at: after_all(labels, item.claim.recorded_at), ..item.claim };
        if let Some(same) = labels.iter().find(|label| is_same_claim(label, &claim)) {
            return Ok(LabelOutcome::Replayed(LabelId(same.id)));
        }
        let attributed =
            self.attributions.get(&item.transaction).copied().unwrap_or(Attribution::Counterparty);
        let id = LabelId::mint(claim.recorded_at, entropy::for_id()?);
        let before = in_force_of(labels);
        let new = NewLabel {
            id: id.0,
            transaction_id: item.transaction,
            claim,
            actor: actor.to_owned(),
            supersedes: before.map(|(id, _)| id),
            attributed_to: attributed.as_str(),
        };
        labels.push(StoredLabel { id: id.0, claim, attributed_to: new.attributed_to.to_owned() });
        let after = in_force_of(labels).map(|(_, claim)| claim);
        let change = change(transaction, attributed, (before.map(|(_, claim)| claim), after));
        self.profiles.apply(transaction, &change);
        recorded.push(new);
        Ok(LabelOutcome::Accepted(id))
    }
}

fn same_claim_twice(error: crate::db::error::DbError) -> Error {
    match error {
        crate::db::error::DbError::UniqueViolation(_) => {
            Error::new(ErrorKind::InProgress, "the same label is being recorded; send it again")
                .because(error)
                .retry_after(1)
        }
        other => other.into(),
    }
}

/// The moment, or just after the newest label of the transaction: clocks were read before its lock was had,
/// and the order of recording is the order in which labels were counted.
fn after_all(labels: &[StoredLabel], moment: Timestamp) -> Timestamp {
    let newest = labels.iter().map(|label| label.claim.recorded_at).max();
    newest.map_or(moment, |newest| moment.max(newest + SignedDuration::from_micros(1)))
}

fn is_same_claim(label: &StoredLabel, claim: &LabelClaim) -> bool {
    (label.claim.source, label.claim.verdict, label.claim.observed_at)
        == (claim.source, claim.verdict, claim.observed_at)
}

fn in_force_of(labels: &[StoredLabel]) -> Option<(Uuid, LabelClaim)> {
    let claims: Vec<LabelClaim> = labels.iter().map(|label| label.claim).collect();
    let winner = in_force(&claims)?;
    labels.iter().rev().find(|label| label.claim == winner).map(|label| (label.id, winner))
}

/// The old label in force taken out of the counts, and the new one put in; nothing when the verdict stays.
fn change(
    transaction: &Transaction,
    attributed: Attribution,
    (before, after): (Option<LabelClaim>, Option<LabelClaim>),
) -> Vec<LabelDelta> {
    if before.map(|claim| claim.verdict) == after.map(|claim| claim.verdict) {
        return Vec::new();
    }
    let delta = |sign, claim: LabelClaim| LabelDelta {
        occurred_at: transaction.content.occurred_at,
        observed_at: claim.observed_at,
        verdict: claim.verdict,
        sign,
        attributed,
    };
    let removed = before.map(|claim| delta(Sign::Remove, claim));
    let added = after.map(|claim| delta(Sign::Add, claim));
    removed.into_iter().chain(added).collect()
}

/// Everything that a transaction's labels, in the order they were recorded, did to its profiles.
pub(super) fn deltas_of(
    transaction: &Transaction,
    labels: &[StoredLabel],
    attributed: Attribution,
) -> Vec<LabelDelta> {
    let claim_after = |n: usize| in_force_of(&labels[..n]).map(|(_, claim)| claim);
    (0..labels.len())
        .flat_map(|n| change(transaction, attributed, (claim_after(n), claim_after(n + 1))))
        .collect()
}

/// Whose fraud each transaction would be: asked of its own behavioral score, so always the same answer.
async fn attributions(client: &Client, ids: &[Uuid]) -> Result<HashMap<Uuid, Attribution>, Error> {
    let stored = assessments::find(client, ids).await?;
    Ok(stored.into_iter().map(|row| (row.record.id.0, attribution(&row))).collect())
}

/// By the features it was scored with; those of an older schema cannot be read, its behavioral score can.
fn attribution(stored: &StoredAssessment) -> Attribution {
    match FeatureVector::from_bytes(stored.record.versions.feature_schema, &stored.features) {
        Ok(features) => attribution_of(&features),
        Err(_) => attribute(stored.record.layer(Layer::Behavioral).score),
    }
}

/// The profiles that labels change, locked.
struct LockedProfiles {
    accounts: BTreeMap<String, AccountProfile>,
    /// All shards of each counterparty; the first takes the change.
    counterparties: BTreeMap<String, (counterparties::Shard, CounterpartyProfile)>,
}

impl LockedProfiles {
    async fn lock(client: &Client, about: impl Iterator<Item = &Transaction>) -> Result<Self, Error> {
        let (mut names, mut others) = (BTreeSet::new(), BTreeSet::new());
        for transaction in about {
            names.insert(transaction.content.account.as_str());
            others.insert(transaction.content.counterparty.as_str());
        }
        let names: Vec<&str> = names.into_iter().collect();
        let others: Vec<&str> = others.into_iter().collect();
        let mut accounts = BTreeMap::new();
        for (account, bytes) in accounts::lock_named(client, &names).await? {
            let profile = decode_profile(&bytes, AccountProfile::decode, &account)?;
            accounts.insert(account, profile);
        }
        let mut counterparties = BTreeMap::new();
        for shard in counterparties::lock_first(client, &others).await? {
            let profile = decode_profile(&shard.profile, CounterpartyProfile::decode, &shard.counterparty)?;
            counterparties.insert(shard.counterparty.clone(), (shard, profile));
        }
        // A compaction may have removed the shard that was waited for.
        if counterparties.len() < others.len() || accounts.len() < names.len() {
            return Err(
                Error::new(ErrorKind::Busy, "a profile was being compacted; send it again").retry_after(1)
            );
        }
        Ok(Self { accounts, counterparties })
    }

    /// Counts the change of one transaction's label in force.
    fn apply(&mut self, transaction: &Transaction, deltas: &[LabelDelta]) {
        let content = &transaction.content;
        for delta in deltas {
            if let Some(profile) = self.accounts.get_mut(content.account.as_str()) {
                profile.apply_label(delta);
            }
            if let Some((_, profile)) = self.counterparties.get_mut(content.counterparty.as_str()) {
                profile.apply_label(delta);
            }
        }
    }

    async fn store(self, client: &Client) -> Result<(), Error> {
        let accounts: Vec<(&str, Vec<u8>)> =
            self.accounts.iter().map(|(account, profile)| (account.as_str(), profile.encode())).collect();
        accounts::store(client, &accounts).await?;
        let shards: Vec<counterparties::Shard> = self
            .counterparties
            .into_values()
            .map(|(shard, profile)| counterparties::Shard { profile: profile.encode(), ..shard })
            .collect();
        counterparties::store(client, &shards).await?;
        Ok(())
    }
}
