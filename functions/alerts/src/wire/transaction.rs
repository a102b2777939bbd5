//! A transaction as it looks on the wire.

use crate::wire::record::LabelOut;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::domain::ids::{AlertId, AssessmentId};
use shared::domain::transaction::{Coordinates, EntityType, NewTransaction, Transaction};
use shared::http::listing::Paged;
use shared::http::words;
use shared::workflow::records::{AssessedTransaction, TransactionRecord};
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

/// A page of transactions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TransactionPage)]
pub(crate) struct TransactionsOut {
    transactions: Vec<AssessedOut>,
    /// The next page's `cursor`; null on the last.
    next_cursor: Option<String>,
}

/// A transaction and what its assessment says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AssessedTransaction)]
pub(super) struct AssessedOut {
    #[serde(flatten)]
    transaction: TransactionOut,
    assessment_id: String,
    /// In [0, 1].
    risk_score: f64,
    #[schema(value_type = words::Severity)]
    severity: String,
    /// The alert that it raised or folded into.
    alert_id: Option<String>,
    /// What held an alert back.
    #[schema(value_type = Option<words::Gate>)]
    gate: Option<String>,
}

impl From<&AssessedTransaction> for AssessedOut {
    fn from(assessed: &AssessedTransaction) -> Self {
        Self {
            transaction: TransactionOut::from(&assessed.transaction),
            assessment_id: AssessmentId::from(assessed.transaction.id).to_string(),
            risk_score: assessed.risk_score,
            severity: assessed.severity.clone(),
            alert_id: assessed.alert.map(|id| AlertId(id).to_string()),
            gate: assessed.gate.clone(),
        }
    }
}

impl From<Paged<AssessedTransaction>> for TransactionsOut {
    fn from(paged: Paged<AssessedTransaction>) -> Self {
        let transactions = paged.rows.iter().map(AssessedOut::from).collect();
        Self { transactions, next_cursor: paged.next_cursor }
    }
}

/// One transaction with its labels.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TransactionRecord)]
pub(crate) struct TransactionRecordOut {
    transaction: AssessedOut,
    /// Newest first.
    labels: Vec<LabelOut>,
}

impl From<TransactionRecord> for TransactionRecordOut {
    fn from(record: TransactionRecord) -> Self {
        let labels = record.labels.into_iter().map(LabelOut::from).collect();
        Self { transaction: AssessedOut::from(&record.assessed), labels }
    }
}
