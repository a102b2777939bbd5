//! Transactions: written once, read by id, by account and by event time.

use super::error::DbError;
use crate::domain::ids::TransactionId;
use crate::domain::money::{Amount, CurrencyCode};
use crate::domain::text::{
    AccountId, Category, Channel, City, CounterpartyId, DeviceId, ExternalId, Source, Text,
};
use crate::domain::transaction::{
    Coordinates, Country, EntityType, NewTransaction, Place, Transaction, TransactionKey,
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

const INSERT: &str = "
insert into transactions (
  id, received_at, source, external_id, account_id, counterparty_id, amount_minor, currency, occurred_at, channel,
  entity_type, country, city, latitude, longitude, device, ip_address, category, attributes
)
select *
from unnest(
  $1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::text[],
  $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::text[], $14::float8[], $15::float8[], $16::text[],
  $17::text[], $18::text[], $19::jsonb[]
)";

/// Writes transactions.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, transactions: &[Transaction]) -> Result<(), DbError> {
    fn column<'a, T>(rows: &'a [Transaction], value: impl Fn(&'a Transaction) -> T) -> Vec<T> {
        rows.iter().map(value).collect()
    }
    let rows = transactions;
    let degrees = |t: &Transaction| t.content.place.coordinates;
    let ids = column(rows, |t| t.id.0);
    let received = column(rows, |t| t.received_at);
    let sources = column(rows, |t| t.content.key.source.as_str());
    let external_ids = column(rows, |t| t.content.key.external_id.as_str());
    let accounts = column(rows, |t| t.content.account.as_str());
    let counterparties = column(rows, |t| t.content.counterparty.as_str());
    let minor = column(rows, |t| t.content.amount.minor());
    let currencies = column(rows, |t| t.content.amount.currency().as_str());
    let occurred = column(rows, |t| t.content.occurred_at);
    let channels = column(rows, |t| t.content.channel.as_str());
    let entities = column(rows, |t| t.content.entity_type.map(EntityType::as_str));
    let countries = column(rows, |t| t.content.place.country.as_ref().map(Country::as_str));
    let cities = column(rows, |t| t.content.place.city.as_ref().map(Text::as_str));
    let latitudes = column(rows, |t| degrees(t).map(Coordinates::latitude));
    let longitudes = column(rows, |t| degrees(t).map(Coordinates::longitude));
    let devices = column(rows, |t| t.content.device.as_ref().map(Text::as_str));
    let addresses = column(rows, |t| t.content.ip_address.map(|address| address.to_string()));
    let categories = column(rows, |t| t.content.category.as_ref().map(Text::as_str));
    let attributes = column(rows, |t| attributes_json(&t.content.attributes));
    let params: [(&(dyn ToSql + Sync), Type); 19] = [
        (&ids, Type::UUID_ARRAY),
        (&received, Type::TIMESTAMPTZ_ARRAY),
        (&sources, Type::TEXT_ARRAY),
        (&external_ids, Type::TEXT_ARRAY),
        (&accounts, Type::TEXT_ARRAY),
        (&counterparties, Type::TEXT_ARRAY),
        (&minor, Type::INT8_ARRAY),
        (&currencies, Type::TEXT_ARRAY),
        (&occurred, Type::TIMESTAMPTZ_ARRAY),
        (&channels, Type::TEXT_ARRAY),
        (&entities, Type::TEXT_ARRAY),
        (&countries, Type::TEXT_ARRAY),
        (&cities, Type::TEXT_ARRAY),
        (&latitudes, Type::FLOAT8_ARRAY),
        (&longitudes, Type::FLOAT8_ARRAY),
        (&devices, Type::TEXT_ARRAY),
        (&addresses, Type::TEXT_ARRAY),
        (&categories, Type::TEXT_ARRAY),
        (&attributes, Type::JSONB_ARRAY),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

fn attributes_json(attributes: &BTreeMap<String, String>) -> Value {
    attributes.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
}

const FIND: &str = "
select id, received_at, source, external_id, account_id, counterparty_id, amount_minor, currency, occurred_at,
  channel, entity_type, country, city, latitude, longitude, device, ip_address, category, attributes
from transactions
where id = any ($1)
order by id";

/// Reads transactions by id; unknown ids are left out.
///
/// # Errors
/// When the database does not answer or a row cannot be read.
pub async fn find(client: &impl GenericClient, ids: &[Uuid]) -> Result<Vec<Transaction>, DbError> {
    let rows = client.query_typed(FIND, &[(&ids, Type::UUID_ARRAY)]).await?;
    rows.iter().map(read).collect()
}

const PAGE_SINCE: &str = "
select id, received_at, source, external_id, account_id, counterparty_id, amount_minor, currency, occurred_at,
  channel, entity_type, country, city, latitude, longitude, device, ip_address, category, attributes
from transactions
where id > $1
order by id
limit $2";

/// Reads transactions in the order they were received, from after `after`; for rebuilding profiles.
///
/// # Errors
/// When the database does not answer or a row cannot be read.
pub async fn page_after(
    client: &impl GenericClient,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Transaction>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&after, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(PAGE_SINCE, &params).await?;
    rows.iter().map(read).collect()
}

/// Reads a row with all columns of a transaction.
pub(super) fn read(row: &Row) -> Result<Transaction, DbError> {
    let unreadable = |error: crate::domain::Invalid| DbError::Unreadable(format!("a transaction {error}"));
    let currency = CurrencyCode::parse(row.try_get("currency")?).map_err(unreadable)?;
    let content = NewTransaction {
        key: TransactionKey {
            source: Source::parse(row.try_get("source")?).map_err(unreadable)?,
            external_id: ExternalId::parse(row.try_get("external_id")?).map_err(unreadable)?,
        },
        account: AccountId::parse(row.try_get("account_id")?).map_err(unreadable)?,
        counterparty: CounterpartyId::parse(row.try_get("counterparty_id")?).map_err(unreadable)?,
        amount: Amount::from_minor(row.try_get("amount_minor")?, currency).map_err(unreadable)?,
        occurred_at: row.try_get("occurred_at")?,
        channel: Channel::parse(row.try_get("channel")?).map_err(unreadable)?,
        entity_type: optional(row, "entity_type", EntityType::parse)?,
        place: place(row)?,
        device: optional(row, "device", DeviceId::parse)?,
        ip_address: optional(row, "ip_address", |text| {
            text.parse().map_err(|_| crate::domain::Invalid::new("has no IP address"))
        })?,
        category: optional(row, "category", Category::parse)?,
        attributes: attributes(&row.try_get("attributes")?),
    };
    let received_at: Timestamp = row.try_get("received_at")?;
    Ok(Transaction { id: TransactionId(row.try_get("id")?), received_at, content })
}

fn place(row: &Row) -> Result<Place, DbError> {
    let latitude: Option<f64> = row.try_get("latitude")?;
    let longitude: Option<f64> = row.try_get("longitude")?;
    let coordinates = latitude
        .zip(longitude)
        .map(|(latitude, longitude)| Coordinates::try_new(latitude, longitude))
        .transpose()
        .map_err(|error| DbError::Unreadable(format!("a place's {error}")))?;
    Ok(Place {
        country: optional(row, "country", Country::parse)?,
        city: optional(row, "city", City::parse)?,
        coordinates,
    })
}

fn optional<T>(
    row: &Row,
    column: &str,
    parse: impl Fn(&str) -> Result<T, crate::domain::Invalid>,
) -> Result<Option<T>, DbError> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(parse)
        .transpose()
        .map_err(|error| DbError::Unreadable(format!("a transaction's {column} {error}")))
}

fn attributes(value: &Value) -> BTreeMap<String, String> {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
