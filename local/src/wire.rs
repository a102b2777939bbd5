//! The JSON that goes over HTTP, from the caller's side.
//!
//! What lives here: the shapes alone. The server has its own and checks what it is given; nothing here is
//! trusted to be valid because it has the right shape.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::domain::severity::Severity;
use std::collections::BTreeMap;

/// Items that one batch of transactions or labels may hold.
pub const MAX_ITEMS: usize = 5_000;

/// One transaction as `POST /api/v1/transactions` takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TransactionIn {
    /// The feed.
    pub source: String,
    /// The feed's own id.
    pub external_id: String,
    /// The party monitored.
    pub account: String,
    /// The other side.
    pub counterparty: String,
    /// A decimal such as `12.34`, in `currency`.
    pub amount: String,
    /// ISO 4217, in capitals.
    pub currency: String,
    /// When it happened, UTC.
    pub occurred_at: Timestamp,
    /// How it was made.
    pub channel: String,
    /// `individual` or `business`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_type: Option<String>,
    /// Where it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceIn>,
    /// From which device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// From which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// What it was for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Whatever else the feed says.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// Where a transaction was made; each part may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PlaceIn {
    /// ISO 3166-1 alpha-2, in capitals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The city's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Degrees north, in [-90, 90].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east, in [-180, 180].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
}

/// The body of `POST /api/v1/transactions/batch`.
#[derive(Debug, Serialize)]
pub struct BatchIn<'a> {
    /// At most [`MAX_ITEMS`].
    pub transactions: Vec<&'a TransactionIn>,
}

/// One label as `POST /api/v1/labels` takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelIn {
    /// The transaction's feed.
    pub source: String,
    /// The transaction's id in its feed.
    pub external_id: String,
    /// `fraud` or `genuine`.
    pub verdict: String,
    /// Who says so: `chargeback` for the outside world.
    pub label_source: String,
    /// When it became known, UTC.
    pub observed_at: Timestamp,
}

/// The body of `POST /api/v1/labels`.
#[derive(Debug, Serialize)]
pub struct LabelsIn<'a> {
    /// At most [`MAX_ITEMS`].
    pub labels: Vec<&'a LabelIn>,
}

/// What the schedule does in a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Make population baselines from the past.
    Snapshot,
    /// Train a model on the past.
    Retrain,
    /// Make the coming months' partitions.
    Partition,
    /// Compact the counterparties' shards.
    Fold,
}

/// The body of `POST /local/v1/tasks`.
#[derive(Debug, Serialize)]
pub struct TaskIn {
    /// What to do.
    pub task: Task,
    /// The moment it is done at, by the events' clock.
    pub as_of: Timestamp,
}

/// The answer to a batch of transactions or labels.
#[derive(Debug, Deserialize)]
pub struct ItemsOut {
    /// One an item, in any order.
    pub items: Vec<ItemOut>,
}

/// What became of one item.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ItemOut {
    /// Position in the request, from 0.
    pub index: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// The risk score in [0, 1], where there is one.
    pub risk_score: Option<f64>,
    /// How soon a person must look.
    #[serde(default, deserialize_with = "severity")]
    pub severity: Option<Severity>,
    /// The alert it raised or was folded into.
    pub alert_id: Option<String>,
    /// Why it was rejected.
    #[serde(default)]
    pub errors: Vec<FieldErrorOut>,
}

/// What became of one item of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Stored now.
    Accepted,
    /// Stored before with the same content.
    Replayed,
    /// Refused for its content; sending it again would change nothing.
    Rejected,
    /// The key is taken by other content.
    Conflict,
    /// Not stored; sending it again may help.
    Retry,
}

/// One fault of one field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldErrorOut {
    /// JSON pointer to the field.
    pub pointer: String,
    /// What would be right.
    pub message: String,
}

/// What came of recomputing a stored assessment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct VerdictOut {
    /// To the bit.
    pub identical: bool,
    /// What it was recomputed by.
    pub versions: VersionsOut,
    /// Empty when identical.
    pub differences: Vec<DifferenceOut>,
}

/// What an assessment was made with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct VersionsOut {
    /// The configuration.
    pub configuration: i64,
    /// The population baseline; none before the first.
    pub baseline: Option<String>,
    /// The ml layer's model; none before the first.
    pub model: Option<String>,
}

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct DifferenceOut {
    /// What.
    pub field: String,
    /// As it is stored.
    pub stored: serde_json::Value,
    /// As it comes out now, or why it cannot.
    pub recomputed: serde_json::Value,
}

/// The error structure of every refusal.
#[derive(Debug, Deserialize)]
pub struct ErrorOut {
    /// The error.
    pub error: ErrorBodyOut,
}

/// What went wrong.
#[derive(Debug, Deserialize)]
pub struct ErrorBodyOut {
    /// PascalCase, from a closed list.
    #[serde(rename = "type")]
    pub kind: String,
    /// For a person.
    pub message: String,
    /// To find it in the server's log.
    pub request_id: String,
}

fn severity<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Severity>, D::Error> {
    let word = Option::<String>::deserialize(deserializer)?;
    word.map(|word| Severity::parse(&word).map_err(serde::de::Error::custom)).transpose()
}
