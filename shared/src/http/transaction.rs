//! Reading a transaction off the wire: alike for every function that takes them.

use super::fields::{Fields, read_time};
use super::words;
use crate::domain::Invalid;
use crate::domain::money::{Amount, CurrencyCode};
use crate::domain::text::{
    AccountId, Category, Channel, City, CounterpartyId, DeviceId, ExternalId, Source, Text,
};
use crate::domain::transaction::{
    Coordinates, Country, EntityType, NewTransaction, Place, TransactionKey, check_occurred_at,
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Free attributes a transaction may have.
const MAX_ATTRIBUTES: usize = 50;

/// A transaction as it is sent; [`read_transaction`] reads it field by field.
#[derive(Debug, ToSchema)]
#[schema(as = NewTransaction)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
pub struct TransactionIn {
    /// The feed; with `external_id` it names the transaction once and for all.
    #[schema(min_length = 1, max_length = 64)]
    source: String,
    #[schema(min_length = 1, max_length = 128)]
    external_id: String,
    /// The party that is watched.
    #[schema(min_length = 1, max_length = 128)]
    account: String,
    /// The other side: merchant, terminal, payee.
    #[schema(min_length = 1, max_length = 128)]
    counterparty: String,
    /// Above zero, with at most the decimals of the currency.
    #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", max_length = 20)]
    amount: String,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// From 2000 to ten minutes ahead of the server's clock.
    occurred_at: Timestamp,
    #[schema(min_length = 1, max_length = 32)]
    channel: String,
    #[schema(value_type = Option<words::EntityType>)]
    entity_type: Option<String>,
    place: Option<PlaceIn>,
    #[schema(min_length = 1, max_length = 128)]
    device: Option<String>,
    /// IPv4 or IPv6.
    ip_address: Option<String>,
    #[schema(min_length = 1, max_length = 64)]
    category: Option<String>,
    /// At most 50 strings, numbers and booleans; kept and shown, never scored.
    attributes: Option<Map<String, Value>>,
}

/// Where it happened.
#[derive(Debug, ToSchema)]
#[schema(as = NewPlace)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
pub struct PlaceIn {
    #[schema(pattern = "^[A-Z]{2}$")]
    country: Option<String>,
    #[schema(min_length = 1, max_length = 96)]
    city: Option<String>,
    /// Together with `longitude`.
    #[schema(minimum = -90.0, maximum = 90.0)]
    latitude: Option<f64>,
    #[schema(minimum = -180.0, maximum = 180.0)]
    longitude: Option<f64>,
}

/// Reads a transaction; every wrong field is noted. None only when something is.
pub fn read_transaction(fields: &mut Fields<'_>, now: Timestamp) -> Option<NewTransaction> {
    let source = fields.required("source", Source::parse);
    let external_id = fields.required("external_id", ExternalId::parse);
    let account = fields.required("account", AccountId::parse);
    let counterparty = fields.required("counterparty", CounterpartyId::parse);
    let currency = fields.required("currency", CurrencyCode::parse);
    // Without a currency the amount is still checked for everything but its decimals.
    let lenient = || CurrencyCode::parse("CLF");
    let amount = fields.required("amount", |text| Amount::parse(text, currency.map_or_else(lenient, Ok)?));
    let occurred_at = fields.required("occurred_at", |text| check_occurred_at(read_time(text)?, now));
    let channel = fields.required("channel", Channel::parse);
    let entity_type = fields.optional("entity_type", EntityType::parse);
    let place = read_place(fields);
    let device = fields.optional("device", DeviceId::parse);
    let ip_address = fields.optional("ip_address", |text| {
        text.parse().map_err(|_| Invalid::new("must be an IPv4 or IPv6 address"))
    });
    let category = fields.optional("category", Category::parse);
    let attributes = read_attributes(fields);
    Some(NewTransaction {
        key: TransactionKey { source: source?, external_id: external_id? },
        account: account?,
        counterparty: counterparty?,
        amount: amount?,
        occurred_at: occurred_at?,
        channel: channel?,
        entity_type,
        place,
        device,
        ip_address,
        category,
        attributes,
    })
}

fn read_place(fields: &mut Fields<'_>) -> Place {
    let Some(mut inner) = fields.object("place") else {
        return Place::default();
    };
    let country = inner.optional("country", Country::parse);
    let city = inner.optional("city", City::parse);
    let coordinates = match (inner.number("latitude"), inner.number("longitude")) {
        (Some(latitude), Some(longitude)) => match Coordinates::try_new(latitude, longitude) {
            Ok(coordinates) => Some(coordinates),
            Err(invalid) => {
                inner.note("latitude", invalid.0);
                None
            }
        },
        (None, None) => None,
        (Some(_), None) => {
            inner.note("longitude", "is required beside latitude");
            None
        }
        (None, Some(_)) => {
            inner.note("latitude", "is required beside longitude");
            None
        }
    };
    fields.absorb(inner);
    Place { country, city, coordinates }
}

fn read_attributes(fields: &mut Fields<'_>) -> BTreeMap<String, String> {
    let object = match fields.value("attributes") {
        None => return BTreeMap::new(),
        Some(Value::Object(object)) if object.len() <= MAX_ATTRIBUTES => object,
        Some(Value::Object(_)) => {
            fields.note("attributes", format!("must have at most {MAX_ATTRIBUTES} members"));
            return BTreeMap::new();
        }
        Some(_) => {
            fields.note("attributes", "must be an object");
            return BTreeMap::new();
        }
    };
    let mut attributes = BTreeMap::new();
    for (name, value) in object {
        match read_attribute(name, value) {
            Ok(text) => {
                attributes.insert(name.clone(), text);
            }
            Err(invalid) => fields.note("attributes", format!("member {name:?} {invalid}")),
        }
    }
    attributes
}

fn read_attribute(name: &str, value: &Value) -> Result<String, Invalid> {
    Text::<64>::parse(name).map_err(|invalid| Invalid(format!("has a name that {invalid}")))?;
    match value {
        Value::String(text) => Ok(Text::<512>::parse(text)?.as_str().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(Invalid::new("must be a string, a number or a boolean"))
        }
    }
}
