//! Transactions as they look on the wire.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::assessment::AssessmentRecord;
use shared::domain::ids::TransactionId;
use shared::domain::money::{Amount, CurrencyCode};
use shared::domain::text::{
    AccountId, Category, Channel, City, CounterpartyId, DeviceId, ExternalId, Source, Text,
};
use shared::domain::transaction::{
    Coordinates, Country, EntityType, NewTransaction, Place, TransactionKey, check_occurred_at,
};
use shared::error::FieldProblem;
use shared::http::fields::Fields;
use shared::http::present::{AlertRefOut, AssessmentOut, ProblemOut, ReasonOut, top_reasons};
use shared::workflow::ingest::ItemOutcome;
use std::collections::BTreeMap;

/// Free attributes a transaction may have.
const MAX_ATTRIBUTES: usize = 50;

/// Reads a transaction; every wrong field is noted. None only when something is.
pub(crate) fn read_transaction(fields: &mut Fields<'_>, now: Timestamp) -> Option<NewTransaction> {
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

/// RFC 3339 with an offset; kept in whole microseconds, as the database does.
fn read_time(text: &str) -> Result<Timestamp, Invalid> {
    let invalid = || Invalid::new("must be a time with an offset, such as 2026-01-31T12:00:00Z");
    let time: Timestamp = text.parse().map_err(|_| invalid())?;
    Timestamp::from_microsecond(time.as_microsecond()).map_err(|_| invalid())
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

/// The answer to one transaction.
#[derive(Debug, Serialize)]
pub(crate) struct TransactionOut {
    transaction_id: String,
    assessment: AssessmentOut,
    alert: Option<AlertRefOut>,
}

impl TransactionOut {
    pub(crate) fn new(id: TransactionId, record: &AssessmentRecord) -> Self {
        Self {
            transaction_id: id.to_string(),
            assessment: AssessmentOut::from(record),
            alert: record.alert.map(AlertRefOut::from),
        }
    }
}

/// The answer to a batch.
#[derive(Debug, Serialize)]
pub(crate) struct BatchOut {
    counts: BTreeMap<&'static str, usize>,
    items: Vec<ItemOut>,
}

impl BatchOut {
    pub(crate) fn new(items: Vec<ItemOut>) -> Self {
        let mut counts = BTreeMap::new();
        for item in &items {
            *counts.entry(item.outcome).or_default() += 1;
        }
        Self { counts, items }
    }
}

/// The answer to one item of a batch: compact, since 5,000 of them must fit in one response.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ItemOut {
    index: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    degraded: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<ReasonOut>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemOut>,
}

impl ItemOut {
    /// An item whose fields are wrong.
    pub(crate) fn rejected(index: usize, problems: Vec<FieldProblem>) -> Self {
        Self {
            index,
            outcome: "rejected",
            errors: problems.into_iter().map(ProblemOut::from).collect(),
            ..Self::default()
        }
    }

    /// An item that reached the workflow.
    pub(crate) fn of(index: usize, outcome: Option<ItemOutcome>, wants_reasons: bool) -> Self {
        let refused = |outcome, message: String| Self {
            index,
            outcome,
            errors: vec![ProblemOut { pointer: format!("/transactions/{index}"), message }],
            ..Self::default()
        };
        match outcome {
            Some(ItemOutcome::Accepted(id, record)) => {
                Self::assessed((index, "accepted"), id, &record, wants_reasons)
            }
            Some(ItemOutcome::Replayed(id, record)) => {
                Self::assessed((index, "replayed"), id, &record, wants_reasons)
            }
            Some(ItemOutcome::Conflict) => refused(
                "conflict",
                "this source and external_id belong to a transaction with other content".into(),
            ),
            Some(ItemOutcome::Unbound) => {
                refused("rejected", "this key may not send transactions of this source".into())
            }
            Some(ItemOutcome::Failed(error)) => refused("retry", error.message),
            None => refused("retry", "the item was not reached; send it again".into()),
        }
    }

    fn assessed(
        (index, outcome): (usize, &'static str),
        id: TransactionId,
        record: &AssessmentRecord,
        wants_reasons: bool,
    ) -> Self {
        Self {
            index,
            outcome,
            transaction_id: Some(id.to_string()),
            risk_score: Some(record.risk.value()),
            severity: Some(record.severity.as_str()),
            alert_id: record.alert.map(|(id, _)| id.to_string()),
            degraded: record.degraded(),
            reasons: wants_reasons.then(|| top_reasons(record)),
            errors: Vec::new(),
        }
    }
}
