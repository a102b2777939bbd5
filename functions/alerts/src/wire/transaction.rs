//! A transaction as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::domain::transaction::{Coordinates, EntityType, NewTransaction, Transaction};
use shared::http::words;
use utoipa::ToSchema;

/// A transaction as it was received.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transaction)]
pub(crate) struct TransactionOut {
    id: String,
    received_at: Timestamp,
    source: String,
    external_id: String,
    account: String,
    counterparty: String,
    amount: String,
    currency: &'static str,
    occurred_at: Timestamp,
    channel: String,
    #[schema(value_type = Option<words::EntityType>)]
    entity_type: Option<&'static str>,
    place: PlaceOut,
    device: Option<String>,
    ip_address: Option<String>,
    category: Option<String>,
    attributes: Map<String, Value>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Place)]
struct PlaceOut {
    country: Option<String>,
    city: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl From<&Transaction> for TransactionOut {
    fn from(transaction: &Transaction) -> Self {
        let content = &transaction.content;
        Self {
            id: transaction.id.to_string(),
            received_at: transaction.received_at,
            source: content.key.source.to_string(),
            external_id: content.key.external_id.to_string(),
            account: content.account.to_string(),
            counterparty: content.counterparty.to_string(),
            amount: content.amount.to_string(),
            currency: content.amount.currency().as_str(),
            occurred_at: content.occurred_at,
            channel: content.channel.to_string(),
            entity_type: content.entity_type.map(EntityType::as_str),
            place: place_out(content),
            device: content.device.as_ref().map(ToString::to_string),
            ip_address: content.ip_address.as_ref().map(ToString::to_string),
            category: content.category.as_ref().map(ToString::to_string),
            attributes: content
                .attributes
                .iter()
                .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                .collect(),
        }
    }
}

fn place_out(content: &NewTransaction) -> PlaceOut {
    PlaceOut {
        country: content.place.country.map(|country| country.as_str().to_owned()),
        city: content.place.city.as_ref().map(ToString::to_string),
        latitude: content.place.coordinates.map(Coordinates::latitude),
        longitude: content.place.coordinates.map(Coordinates::longitude),
    }
}
