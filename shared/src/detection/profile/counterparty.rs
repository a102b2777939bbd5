//! A counterparty's profile: kept in shards that many writers fill at once and a reader merges.

use super::amounts::MergeableCurrencies;
use super::codec::{self, ProfileError};
use super::labels::{KnownLabels, LabelCounts, LabelDelta, RING_DAYS};
use super::matured::LabelledDays;
use super::outcomes::Outcomes;
use super::ring::Ring;
use super::seen::{DAY_SECONDS, Seen};
use crate::detection::attribution::Attribution;
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Four bytes a cell when encoded: a bucket stops at 268,435,455 transactions.
const COUNT: i64 = (1 << 28) - 1;
/// Four bytes with sign: beyond reach, so that labels merge exactly.
const LABELS: i64 = (1 << 27) - 1;

/// What is known of a counterparty, or of the part of its transactions that one shard took.
///
/// `merge` is commutative and associative, and a profile that took everything equals the merge of shards
/// that took a part each, so a transaction may go to any shard in any order. Amounts are kept for six
/// currencies. A shard's label counts may be negative; only those of all shards together mean anything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CounterpartyProfile {
    seen: Seen,
    amounts: MergeableCurrencies<6>,
    five_minute_counts: Ring<13, 300, 0, COUNT>,
    hour_counts: Ring<25, 3_600, 0, COUNT>,
    day_counts: Ring<72, DAY_SECONDS, 0, COUNT>,
    labels: LabelCounts<{ -LABELS }, LABELS>,
    outcomes: Outcomes,
}

impl CounterpartyProfile {
    /// Takes a transaction, after it was scored.
    pub fn apply(&mut self, transaction: &NewTransaction) {
        let at = transaction.occurred_at;
        self.seen.count(at);
        self.amounts.add(transaction.amount);
        self.five_minute_counts.add(at, 1);
        self.hour_counts.add(at, 1);
        self.day_counts.add(at, 1);
    }

    /// Takes the effect of a label on a transaction with this counterparty.
    pub fn apply_label(&mut self, delta: &LabelDelta) {
        self.labels.apply(delta, Attribution::Counterparty);
        self.outcomes.apply(delta);
    }

    /// Adds another shard, as if all it took had been applied here.
    pub fn merge(&mut self, other: &Self) {
        self.seen.merge(&other.seen);
        self.amounts.merge(&other.amounts);
        self.five_minute_counts.merge(&other.five_minute_counts);
        self.hour_counts.merge(&other.hour_counts);
        self.day_counts.merge(&other.day_counts);
        self.labels.merge(&other.labels);
        self.outcomes.merge(&other.outcomes);
    }

    /// The bytes to store, at most [`super::MAX_ENCODED_BYTES`].
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads stored bytes; the result equals what was encoded.
    ///
    /// # Errors
    /// When the format is unknown or the bytes are no profile.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProfileError> {
        let profile: Self = codec::decode(bytes, &[])?;
        let is_valid = profile.seen.is_valid()
            && profile.amounts.is_bounded()
            && profile.labels.is_valid()
            && profile.outcomes.is_valid();
        if is_valid { Ok(profile) } else { Err(ProfileError::Corrupt) }
    }

    /// Labels on transactions with this counterparty of the last `n_days`, at most 71; none where a label
    /// taken was observed after `at` and so not yet known then, or where the window has left the ring.
    pub fn known_labels(&self, at: Timestamp, n_days: i64) -> Option<KnownLabels> {
        self.labels.known(at, n_days).filter(|_| self.labels.are_known_at(at))
    }

    /// How many transactions were applied.
    pub(crate) fn n_transactions(&self) -> u32 {
        self.seen.n()
    }

    /// Days since the first transaction.
    pub(crate) fn age_days(&self, at: Timestamp) -> Option<f64> {
        self.seen.age_days(at)
    }

    /// Amount statistics by currency.
    pub(crate) fn amounts(&self) -> &MergeableCurrencies<6> {
        &self.amounts
    }

    /// Transactions in the hour before `at`.
    pub(crate) fn count_last_hour(&self, at: Timestamp) -> Option<f64> {
        self.five_minute_counts.window(at, 12)
    }

    /// Transactions in the 24 hours before `at`.
    pub(crate) fn count_last_24_hours(&self, at: Timestamp) -> Option<f64> {
        self.hour_counts.window(at, 24)
    }

    /// Transactions in the `n_days` before `at`.
    pub(crate) fn count_last_days(&self, at: Timestamp, n_days: i64) -> Option<f64> {
        self.day_counts.window(at, n_days)
    }

    /// Transactions and labelled frauds by day, as they are known at `at`.
    pub(crate) fn labelled_days(
        &self,
        at: Timestamp,
        maturity_days: u16,
    ) -> LabelledDays<'_, { -LABELS }, LABELS, COUNT> {
        let (counts, frauds) = (&self.day_counts, self.labels.frauds_by_day());
        LabelledDays { counts, frauds, at, maturity_days }
    }

    /// Labels on transactions with this counterparty.
    pub(crate) fn labels(&self) -> &LabelCounts<{ -LABELS }, LABELS> {
        &self.labels
    }

    /// The last known outcomes.
    pub(crate) fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// Whether a fraud was known at `at`: among the transactions of 71 days, among the newest outcomes, or
    /// ever attributed to the counterparty. Not so where a label taken was observed after `at`.
    pub(crate) fn has_known_fraud(&self, at: Timestamp) -> bool {
        let has_recent = self.labels.frauds(at, RING_DAYS - 1).is_some_and(|frauds| frauds > 0.0);
        let has_newest = self.outcomes.fraud_share().is_some_and(|share| share > 0.0);
        let has_attributed = self.labels.attributed().n() > 0.0;
        self.labels.are_known_at(at) && (has_recent || has_newest || has_attributed)
    }

    /// Drops every label, as if none had ever been taken; amounts and pace stay.
    pub(crate) fn forget_labels(&mut self) {
        self.labels = LabelCounts::default();
        self.outcomes = Outcomes::default();
    }

    /// Every part at its largest: more bytes than any state that transactions can reach.
    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self {
            seen: Seen::largest(),
            amounts: MergeableCurrencies::largest(),
            five_minute_counts: Ring::largest(),
            hour_counts: Ring::largest(),
            day_counts: Ring::largest(),
            labels: LabelCounts::largest(),
            outcomes: Outcomes::largest(),
        }
    }
}
