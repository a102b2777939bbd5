//! Alerts as they look on the wire.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use shared::domain::transaction::{Coordinates, NewTransaction, Transaction};
use shared::http::alert::AlertOut;
use shared::http::present::AssessmentOut;
use shared::workflow::alerts::{AlertDetail, FeatureValue, QueuedAlert};

/// A page of the queue.
#[derive(Debug, Serialize)]
pub(crate) struct PageOut {
    alerts: Vec<QueuedOut>,
    /// The next page's `cursor`; null on the last.
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize)]
struct QueuedOut {
    #[serde(flatten)]
    alert: AlertOut,
    /// In [0, 1], as of the first page.
    priority: f64,
}

impl PageOut {
    pub(crate) fn new(alerts: &[QueuedAlert], next_cursor: Option<String>) -> Self {
        let queued = |queued: &QueuedAlert| QueuedOut {
            alert: AlertOut::from(&queued.alert),
            priority: queued.priority,
        };
        Self { alerts: alerts.iter().map(queued).collect(), next_cursor }
    }
}

/// One alert and what explains it.
#[derive(Debug, Serialize)]
pub(crate) struct DetailOut {
    alert: AlertOut,
    transaction: TransactionOut,
    assessment: AssessmentOut,
    features: Vec<FeatureOut>,
    baseline_comparison: Vec<ComparisonOut>,
    assessments: Vec<FoldedOut>,
    audit: Vec<EventOut>,
}

#[derive(Debug, Serialize)]
struct FeatureOut {
    name: &'static str,
    /// Null when missing.
    value: Option<f32>,
    unit: &'static str,
    meaning: &'static str,
}

#[derive(Debug, Serialize)]
struct ComparisonOut {
    aspect: &'static str,
    usual: String,
    observed: String,
}

/// One assessment that was folded into the alert.
#[derive(Debug, Serialize)]
struct FoldedOut {
    id: String,
    transaction_id: String,
    risk_score: f64,
    severity: &'static str,
}

#[derive(Debug, Serialize)]
struct EventOut {
    sequence: i64,
    at: Timestamp,
    actor: String,
    action: String,
    request_id: String,
    before: Value,
    after: Value,
}

/// A transaction as it was received.
#[derive(Debug, Serialize)]
struct TransactionOut {
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
    entity_type: Option<&'static str>,
    place: PlaceOut,
    device: Option<String>,
    ip_address: Option<String>,
    category: Option<String>,
    attributes: Map<String, Value>,
}

#[derive(Debug, Serialize)]
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
            entity_type: content.entity_type.map(shared::domain::transaction::EntityType::as_str),
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

impl From<&AlertDetail> for DetailOut {
    fn from(detail: &AlertDetail) -> Self {
        let feature = |feature: &FeatureValue| FeatureOut {
            name: feature.name,
            value: feature.value,
            unit: feature.unit,
            meaning: feature.meaning,
        };
        Self {
            alert: AlertOut::from(&detail.alert),
            transaction: TransactionOut::from(&detail.transaction),
            assessment: AssessmentOut::from(&detail.assessment.record),
            features: detail.features.iter().map(feature).collect(),
            baseline_comparison: detail
                .comparison
                .iter()
                .map(|line| ComparisonOut {
                    aspect: line.aspect,
                    usual: line.usual.clone(),
                    observed: line.observed.clone(),
                })
                .collect(),
            assessments: detail
                .assessments
                .iter()
                .map(|stored| FoldedOut {
                    id: stored.record.id.to_string(),
                    transaction_id: shared::domain::ids::TransactionId(stored.record.id.0).to_string(),
                    risk_score: stored.record.risk.value(),
                    severity: stored.record.severity.as_str(),
                })
                .collect(),
            audit: detail
                .audit
                .iter()
                .map(|event| EventOut {
                    sequence: event.sequence,
                    at: event.at,
                    actor: event.actor.clone(),
                    action: event.action.clone(),
                    request_id: event.request_id.clone(),
                    before: event.before.clone(),
                    after: event.after.clone(),
                })
                .collect(),
        }
    }
}
