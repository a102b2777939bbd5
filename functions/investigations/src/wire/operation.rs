//! Operations on many alerts as they look on the wire.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::http::words;
use shared::workflow::operations::{Counts, Item, Operation};
use utoipa::ToSchema;

/// An operation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub(crate) struct OperationOut {
    /// `opr_` and a UUID.
    id: String,
    /// claim, assign, decide, close or undo.
    action: String,
    /// The key that asked for it.
    actor: String,
    made_at: Timestamp,
    /// What was asked beside the alerts.
    details: Value,
    /// The operation that this one undid.
    undoes: Option<String>,
    /// The operation that undid this one.
    undone_by: Option<String>,
    counts: CountsOut,
    /// One an alert, in the order of the request; left out in a listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ItemOut>>,
}

/// How many alerts had each outcome.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationCounts)]
struct CountsOut {
    done: i64,
    proposed: i64,
    unchanged: i64,
    refused: i64,
}

/// What came of one alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationItem)]
struct ItemOut {
    index: usize,
    id: String,
    /// done, proposed (its decision awaits approval), unchanged or refused.
    #[schema(value_type = words::ItemOutcome)]
    outcome: &'static str,
    /// The alert's version after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    /// How many transactions its decision labelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    labelled: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<RefusalOut>,
}

/// Why an alert was not moved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationRefusal)]
struct RefusalOut {
    #[schema(value_type = words::ErrorType)]
    r#type: String,
    message: String,
}

/// A page of operations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationPage)]
pub(crate) struct OperationsOut {
    pub(crate) operations: Vec<OperationOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

impl From<&Operation> for OperationOut {
    fn from(operation: &Operation) -> Self {
        let Counts { n_done, n_proposed, n_unchanged, n_refused } = operation.counts;
        Self {
            id: operation.id.to_string(),
            action: operation.action.clone(),
            actor: operation.actor.clone(),
            made_at: operation.made_at,
            details: operation.details.clone(),
            undoes: operation.undoes.map(|id| id.to_string()),
            undone_by: operation.undone_by.map(|id| id.to_string()),
            counts: CountsOut {
                done: n_done,
                proposed: n_proposed,
                unchanged: n_unchanged,
                refused: n_refused,
            },
            items: None,
        }
    }
}

impl OperationOut {
    /// The operation with what came of each alert.
    pub(crate) fn with_items(operation: &Operation, items: &[Item]) -> Self {
        let items = items.iter().enumerate().map(|(index, item)| ItemOut {
            index,
            id: item.alert.to_string(),
            outcome: item.outcome.as_str(),
            version: item.version,
            labelled: item.n_labelled,
            error: item.error.clone().map(|(r#type, message)| RefusalOut { r#type, message }),
        });
        Self { items: Some(items.collect()), ..Self::from(operation) }
    }
}
