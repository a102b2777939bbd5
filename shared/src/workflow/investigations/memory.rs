//! Where an alert stood before an operation, as it is kept for the undoing.

use crate::db::stored_decision::StoredDecision;
use crate::domain::alert::{Alert, AlertStatus, Decision};
use crate::error::Error;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What people's moves change of an alert.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    status: String,
    assignee: Option<String>,
    is_escalated: bool,
    responded_at: Option<Timestamp>,
    resolve_by: Timestamp,
    decision: Option<StoredDecision>,
}

/// Where an alert stands.
///
/// # Errors
/// Never in practice: it is plain data.
pub(super) fn remember(alert: &Alert) -> Result<Value, Error> {
    let remembered = Remembered {
        status: alert.status.as_str().to_owned(),
        assignee: alert.assignee.clone(),
        is_escalated: alert.is_escalated,
        responded_at: alert.responded_at,
        resolve_by: alert.resolve_by,
        decision: alert.decision.as_ref().map(StoredDecision::from),
    };
    serde_json::to_value(remembered).map_err(Error::internal)
}

/// The alert as it stood. What was folded into it since, and its trail, stay.
///
/// # Errors
/// When what was kept cannot be read.
pub(super) fn restored(alert: &Alert, before: &Value) -> Result<Alert, Error> {
    let remembered = Remembered::deserialize(before).map_err(Error::internal)?;
    let decision = remembered.decision.map(Decision::try_from).transpose().map_err(Error::internal)?;
    Ok(Alert {
        status: AlertStatus::parse(&remembered.status).map_err(Error::internal)?,
        assignee: remembered.assignee,
        is_escalated: remembered.is_escalated,
        responded_at: remembered.responded_at,
        // A graver assessment may have brought the deadline forward meanwhile.
        resolve_by: remembered.resolve_by.min(alert.resolve_by),
        decision,
        // No operation on many starts from an alert whose decision waits, so none goes back to one.
        proposal: None,
        ..alert.clone()
    })
}
