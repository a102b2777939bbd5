//! A transaction: one movement of money, immutable once ingested.

use super::Invalid;
use super::ids::TransactionId;
use super::lists::ListSubject;
use super::money::Amount;
use super::text::{AccountId, Category, Channel, City, CounterpartyId, DeviceId, ExternalId, Source};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// How far ahead of the server's clock an `occurred_at` may be: the drift of an unsynchronised sender.
const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// 2000-01-01T00:00:00Z; anything earlier is a broken clock or a default value.
const EARLIEST_SECOND: i64 = 946_684_800;

/// The natural key: a feed and its own id. Ties in time are ordered by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionKey {
    /// The feed.
    pub source: Source,
    /// The feed's id.
    pub external_id: ExternalId,
}

/// Whether the account belongs to a person or an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityType {
    /// A natural person.
    Individual,
    /// A company, association or public body.
    Business,
}

impl EntityType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Individual, Self::Business];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is neither `individual` nor `business`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid::new("must be individual or business"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Business => "business",
        }
    }
}

/// An ISO 3166-1 alpha-2 country code, by shape: two capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two capital letters.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.as_bytes() {
            [first, second] if first.is_ascii_uppercase() && second.is_ascii_uppercase() => {
                Ok(Self([*first, *second]))
            }
            _ => Err(Invalid::new("must be a two-letter country code in capitals, such as BE")),
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    /// The two letters as bytes, the form profiles keep.
    pub fn to_bytes(self) -> [u8; 2] {
        self.0
    }
}

/// A point on the globe, in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    latitude: f64,
    longitude: f64,
}

impl Coordinates {
    /// Takes a latitude in [-90, 90] and a longitude in [-180, 180].
    ///
    /// # Errors
    /// When one is outside its range or not a number.
    pub fn try_new(latitude: f64, longitude: f64) -> Result<Self, Invalid> {
        let is_on_globe = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        if is_on_globe {
            Ok(Self { latitude, longitude })
        } else {
            Err(Invalid::new("latitude must be in [-90, 90] and longitude in [-180, 180]"))
        }
    }

    /// Degrees north.
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east.
    pub fn longitude(self) -> f64 {
        self.longitude
    }
}

/// Where the transaction was made; every part may be unknown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// The country.
    pub country: Option<Country>,
    /// The city.
    pub city: Option<City>,
    /// The point.
    pub coordinates: Option<Coordinates>,
}

/// When a transaction happened: from 2000 to ten minutes ahead of the server's clock.
///
/// # Errors
/// When outside that range.
pub fn check_occurred_at(occurred_at: Timestamp, now: Timestamp) -> Result<Timestamp, Invalid> {
    if occurred_at.as_second() < EARLIEST_SECOND {
        return Err(Invalid::new("must not be before 2000-01-01T00:00:00Z"));
    }
    if occurred_at.duration_since(now) > MAX_AHEAD {
        return Err(Invalid::new("must not be more than 10 minutes ahead of the server's clock"));
    }
    Ok(occurred_at)
}

/// A checked transaction that has no id yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTransaction {
    /// The natural key.
    pub key: TransactionKey,
    /// The party monitored.
    pub account: AccountId,
    /// The other side.
    pub counterparty: CounterpartyId,
    /// How much.
    pub amount: Amount,
    /// When it happened, whole microseconds; drives features and windows.
    pub occurred_at: Timestamp,
    /// How it was made.
    pub channel: Channel,
    /// Person or organisation.
    pub entity_type: Option<EntityType>,
    /// Where.
    pub place: Place,
    /// From which device.
    pub device: Option<DeviceId>,
    /// From which address.
    pub ip_address: Option<IpAddr>,
    /// What for.
    pub category: Option<Category>,
    /// Whatever else the feed says; kept, shown and never scored.
    pub attributes: BTreeMap<String, String>,
}

impl NewTransaction {
    /// What lists may name of it.
    pub fn parties(&self) -> Vec<(ListSubject, String)> {
        let device = self.device.as_ref().map(|device| (ListSubject::Device, device.to_string()));
        let address = self.ip_address.map(|address| (ListSubject::Ip, address.to_string()));
        let named = [
            (ListSubject::Account, self.account.to_string()),
            (ListSubject::Counterparty, self.counterparty.to_string()),
        ];
        named.into_iter().chain(device).chain(address).collect()
    }
}

/// A transaction with its id and the time the server received it.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// Minted from `received_at`.
    pub id: TransactionId,
    /// The server's clock; drives partitions and retention.
    pub received_at: Timestamp,
    /// What was received.
    pub content: NewTransaction,
}
