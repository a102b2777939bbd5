//! An account's profile: its amounts, pace, hours, places and what it has used before.

use super::amounts::{FirstCurrencies, log_major};
use super::codec::{self, ProfileError};
use super::hours::HourHistogram;
use super::known::{DatedName, KnownSet, NameHash};
use super::labels::{KnownLabels, LabelCounts, LabelDelta, RING_DAYS};
use super::matured::LabelledDays;
use super::recent::RecentAmounts;
use super::seen::{Seen, Standing, is_time, short_day_of};
use super::windows::{DAY_COUNT, Windows};
use crate::detection::attribution::Attribution;
use crate::domain::transaction::{Coordinates, NewTransaction};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Two bytes with sign: labels on the transactions of one day.
const LABELS: i64 = (1 << 13) - 1;

/// A point and when the account was there, in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LastPoint {
    microdegrees_north: i32,
    microdegrees_east: i32,
    at: i64,
}

/// What is known of an account from its transactions and their labels, as of the newest applied.
///
/// Amounts are kept for the first three currencies met, and amount windows for the first. Sets of names are
/// bounded; the least recently used goes. Cells stop at bounds far above what an account can reach.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountProfile {
    seen: Seen,
    amounts: FirstCurrencies<3>,
    windows: Windows,
    hours: HourHistogram,
    counterparties: KnownSet<DatedName, 24>,
    devices: KnownSet<NameHash, 6>,
    countries: KnownSet<NameHash, 8>,
    channels: KnownSet<NameHash, 6>,
    categories: KnownSet<NameHash, 16>,
    last_point: Option<LastPoint>,
    labels: LabelCounts<{ -LABELS }, LABELS>,
    recent: RecentAmounts,
}

impl AccountProfile {
    /// Takes a transaction, after it was scored.
    ///
    /// A late one changes totals and its own buckets, never what was last seen; one older than the day
    /// ring changes lifetime totals only.
    pub fn apply(&mut self, transaction: &NewTransaction) {
        let at = transaction.occurred_at;
        let standing = self.seen.standing(at, RING_DAYS);
        self.seen.count(at);
        self.amounts.add(transaction.amount);
        self.hours.add(at);
        self.windows.count(at);
        if self.amounts.is_first(transaction.amount.currency()) {
            self.windows.add(at, transaction.amount.minor());
        }
        match standing {
            Standing::InOrder => self.see(transaction),
            Standing::Late => self.see_late(transaction),
            Standing::BeforeRing => {}
        }
    }

    /// Takes the effect of a label on one of the account's transactions.
    pub fn apply_label(&mut self, delta: &LabelDelta) {
        self.labels.apply(delta, Attribution::Account);
    }

    /// Drops every label, as if none had ever been taken; all else stays.
    pub(crate) fn forget_labels(&mut self) {
        self.labels = LabelCounts::default();
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
        // The first format had no recent amounts.
        let profile: Self = codec::decode(bytes, &[0])?;
        if profile.is_valid() { Ok(profile) } else { Err(ProfileError::Corrupt) }
    }

    /// The newest `occurred_at` applied; a transaction earlier than this is late.
    pub fn last_occurred_at(&self) -> Option<Timestamp> {
        self.seen.last()
    }

    /// Labels on the account's transactions of the last `n_days`, at most 71; none where a label taken was
    /// observed after `at` and so not yet known then, or where the window has left the ring.
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
    pub(crate) fn amounts(&self) -> &FirstCurrencies<3> {
        &self.amounts
    }

    /// Counts, and sums in the first currency, by time.
    pub(crate) fn windows(&self) -> &Windows {
        &self.windows
    }

    /// Transactions by hour of the day.
    pub(crate) fn hours(&self) -> &HourHistogram {
        &self.hours
    }

    /// Known counterparties.
    pub(crate) fn counterparties(&self) -> &KnownSet<DatedName, 24> {
        &self.counterparties
    }

    /// Known devices.
    pub(crate) fn devices(&self) -> &KnownSet<NameHash, 6> {
        &self.devices
    }

    /// Known countries.
    pub(crate) fn countries(&self) -> &KnownSet<NameHash, 8> {
        &self.countries
    }

    /// Known channels.
    pub(crate) fn channels(&self) -> &KnownSet<NameHash, 6> {
        &self.channels
    }

    /// Known categories.
    pub(crate) fn categories(&self) -> &KnownSet<NameHash, 16> {
        &self.categories
    }

    /// The last known point (degrees north, degrees east) and when the account was there.
    pub(crate) fn last_point(&self) -> Option<(f64, f64, Timestamp)> {
        let point = self.last_point.as_ref()?;
        let at = Timestamp::from_microsecond(point.at).ok()?;
        Some((f64::from(point.microdegrees_north) / 1e6, f64::from(point.microdegrees_east) / 1e6, at))
    }

    /// Labels on the account's transactions.
    pub(crate) fn labels(&self) -> &LabelCounts<{ -LABELS }, LABELS> {
        &self.labels
    }

    /// Transactions and labelled frauds by day, as they are known at `at`.
    pub(crate) fn labelled_days(
        &self,
        at: Timestamp,
        maturity_days: u16,
    ) -> LabelledDays<'_, { -LABELS }, LABELS, DAY_COUNT> {
        let (counts, frauds) = (self.windows.days(), self.labels.frauds_by_day());
        LabelledDays { counts, frauds, at, maturity_days }
    }

    /// The newest amounts in the first currency.
    pub(crate) fn recent(&self) -> &RecentAmounts {
        &self.recent
    }

    /// Makes a counterparty known, as if the account had met it by then; nothing is counted.
    pub(crate) fn know_counterparty(&mut self, name: &str, at: Timestamp) {
        self.counterparties.know(NameHash::of(name), short_day_of(at));
    }

    /// Makes a device known, as if the account had used it before; nothing is counted.
    pub(crate) fn know_device(&mut self, name: &str) {
        self.devices.know(NameHash::of(name), 0);
    }

    /// Makes a country known, as if the account had been there before; nothing is counted.
    pub(crate) fn know_country(&mut self, code: &str) {
        self.countries.know(NameHash::of(code), 0);
    }

    fn see(&mut self, transaction: &NewTransaction) {
        let amount = transaction.amount;
        if self.amounts.is_first(amount.currency()) {
            self.recent.add(log_major(amount.minor(), amount.currency()));
        }
        let day = short_day_of(transaction.occurred_at);
        let names = Names::of(transaction);
        self.counterparties.see(names.counterparty, day);
        self.channels.see(names.channel, day);
        names.device.into_iter().for_each(|device| self.devices.see(device, day));
        names.country.into_iter().for_each(|country| self.countries.see(country, day));
        names.category.into_iter().for_each(|category| self.categories.see(category, day));
        if let Some(coordinates) = transaction.place.coordinates {
            self.last_point = Some(LastPoint::new(coordinates, transaction.occurred_at));
        }
    }

    fn see_late(&mut self, transaction: &NewTransaction) {
        let day = short_day_of(transaction.occurred_at);
        let names = Names::of(transaction);
        self.counterparties.see_late(names.counterparty, day);
        self.channels.see_late(names.channel, day);
        names.device.into_iter().for_each(|device| self.devices.see_late(device, day));
        names.country.into_iter().for_each(|country| self.countries.see_late(country, day));
        names.category.into_iter().for_each(|category| self.categories.see_late(category, day));
    }

    fn is_valid(&self) -> bool {
        self.seen.is_valid()
            && self.amounts.is_bounded()
            && self.hours.is_bounded()
            && self.counterparties.is_bounded()
            && self.devices.is_bounded()
            && self.countries.is_bounded()
            && self.channels.is_bounded()
            && self.categories.is_bounded()
            && is_time(self.last_point.as_ref().map(|point| point.at))
            && self.labels.is_valid()
            && self.recent.is_bounded()
    }

    /// Every part at its largest: more bytes than any state that transactions can reach.
    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self {
            seen: Seen::largest(),
            amounts: FirstCurrencies::largest(),
            windows: Windows::largest(),
            hours: HourHistogram::largest(),
            counterparties: KnownSet::largest(),
            devices: KnownSet::largest(),
            countries: KnownSet::largest(),
            channels: KnownSet::largest(),
            categories: KnownSet::largest(),
            last_point: Some(LastPoint {
                microdegrees_north: -90_000_000,
                microdegrees_east: -180_000_000,
                at: super::seen::LATEST,
            }),
            labels: LabelCounts::largest(),
            recent: RecentAmounts::largest(),
        }
    }
}

impl LastPoint {
    /// Rounds to a millionth of a degree: about 11 cm.
    fn new(coordinates: Coordinates, at: Timestamp) -> Self {
        Self {
            microdegrees_north: (coordinates.latitude() * 1e6).round() as i32,
            microdegrees_east: (coordinates.longitude() * 1e6).round() as i32,
            at: at.as_microsecond(),
        }
    }
}

/// The names a transaction uses, hashed.
struct Names {
    counterparty: NameHash,
    channel: NameHash,
    device: Option<NameHash>,
    country: Option<NameHash>,
    category: Option<NameHash>,
}

impl Names {
    fn of(transaction: &NewTransaction) -> Self {
        Self {
            counterparty: NameHash::of(transaction.counterparty.as_str()),
            channel: NameHash::of(transaction.channel.as_str()),
            device: transaction.device.as_ref().map(|device| NameHash::of(device.as_str())),
            country: transaction.place.country.map(|country| NameHash::of(country.as_str())),
            category: transaction.category.as_ref().map(|category| NameHash::of(category.as_str())),
        }
    }
}
