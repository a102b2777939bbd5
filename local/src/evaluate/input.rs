//! The rows of a labelled file as checked transactions, in time order.

use crate::mapping::rows::{Row, Rows, Tally, open};
use crate::mapping::{DataError, Mapping};
use crate::wire::{PlaceIn, TransactionIn};
use jiff::Timestamp;
use shared::domain::Invalid;
use shared::domain::label::Verdict;
use shared::domain::money::{Amount, CurrencyCode};
use shared::domain::text::{
    AccountId, Category, Channel, City, CounterpartyId, DeviceId, ExternalId, Source,
};
use shared::domain::transaction::{Coordinates, Country, EntityType, NewTransaction, Place, TransactionKey};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// A transaction and how it turned out.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What the engine sees.
    pub transaction: NewTransaction,
    /// Whether it was fraud.
    pub is_fraud: bool,
    /// In the file's words, where it names kinds of fraud.
    pub scenario: Option<String>,
}

/// Reads the rows that occurred within `window`, in the order (occurred_at, source, external_id).
///
/// # Errors
/// When the file cannot be read with its mapping, or repeats an id.
pub fn read(
    path: &str,
    mapping: &Mapping,
    window: Range<Timestamp>,
) -> Result<(Vec<Event>, Tally), DataError> {
    let mut rows = Rows::try_new(open(path)?, mapping.clone(), window)?;
    let mut events = Vec::new();
    for row in rows.by_ref() {
        events.push(event(row?)?);
    }
    events.sort_by(|a, b| {
        let key = |event: &Event| event.transaction.occurred_at;
        key(a).cmp(&key(b)).then_with(|| a.transaction.key.cmp(&b.transaction.key))
    });
    check_ids(&events)?;
    Ok((events, rows.tally()))
}

/// The service stores and scores an id once; a file that repeats one would be judged twice on it.
fn check_ids(events: &[Event]) -> Result<(), DataError> {
    let mut ids = HashSet::with_capacity(events.len());
    let mut all = events.iter().map(|event| event.transaction.key.external_id.as_str());
    match all.find(|id| !ids.insert(*id)) {
        Some(external_id) => Err(DataError::Repeated { external_id: external_id.to_owned() }),
        None => Ok(()),
    }
}

/// The reader checked each value by the same types, so that nothing is refused here.
fn event(row: Row) -> Result<Event, DataError> {
    let is_fraud = row.verdict == Some(Verdict::Fraud);
    let scenario = row.scenario.filter(|_| is_fraud);
    let transaction = transaction(&row.transaction).map_err(DataError::Unusable)?;
    Ok(Event { transaction, is_fraud, scenario })
}

fn transaction(sent: &TransactionIn) -> Result<NewTransaction, Invalid> {
    let currency = CurrencyCode::parse(&sent.currency)?;
    Ok(NewTransaction {
        key: TransactionKey {
            source: Source::parse(&sent.source)?,
            external_id: ExternalId::parse(&sent.external_id)?,
        },
        account: AccountId::parse(&sent.account)?,
        counterparty: CounterpartyId::parse(&sent.counterparty)?,
        amount: Amount::parse(&sent.amount, currency)?,
        occurred_at: sent.occurred_at,
        channel: Channel::parse(&sent.channel)?,
        entity_type: sent.entity_type.as_deref().map(EntityType::parse).transpose()?,
        place: sent.place.as_ref().map(place).transpose()?.unwrap_or_default(),
        device: sent.device.as_deref().map(DeviceId::parse).transpose()?,
        ip_address: None,
        category: sent.category.as_deref().map(Category::parse).transpose()?,
        attributes: BTreeMap::new(),
    })
}

fn place(sent: &PlaceIn) -> Result<Place, Invalid> {
    let point = sent.latitude.zip(sent.longitude);
    Ok(Place {
        country: sent.country.as_deref().map(Country::parse).transpose()?,
        city: sent.city.as_deref().map(City::parse).transpose()?,
        coordinates: point.map(|(north, east)| Coordinates::try_new(north, east)).transpose()?,
    })
}
