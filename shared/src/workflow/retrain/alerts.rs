//! What the schedule does to alerts: it escalates those that are late, once, and closes those that were decided long ago.
//! Each is one event on the alert's chain, by `system`.

use super::Moment;
use crate::db::connection::Connection;
use crate::db::{alert_schedule, audit};
use crate::domain::alert::{Alert, AlertStatus};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::error::Error;
use crate::state::AppState;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Alerts moved in one SQL transaction.
const CHUNK: i64 = 500;
/// Alerts of one run; the next one goes on.
const MOST: usize = 20_000;

/// Escalates active alerts past their time to respond and alerts in review past their time to resolve. A deadline is of
/// the server's clock, so the task's `as_of` does not matter here.
///
/// # Errors
/// When the database does not answer; what was escalated before stays.
pub(super) async fn escalate(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let mut connection = state.database.connect().await?;
    let mut n_escalated = 0;
    while n_escalated < MOST {
        let n = escalate_some(&mut connection, moment.now).await?;
        n_escalated += n;
        if n == 0 {
            break;
        }
    }
    Ok(json!({"escalated": n_escalated}))
}

async fn escalate_some(connection: &mut Connection, now: Timestamp) -> Result<usize, Error> {
    let client = connection.begin().await?;
    let mut late = alert_schedule::lock_late(client, now, CHUNK).await?;
    let events: Vec<AuditEvent> = late
        .iter_mut()
        .map(|alert| {
            let missed = if alert.status == AlertStatus::Active { "respond_by" } else { "resolve_by" };
            alert.is_escalated = true;
            let after = json!({"is_escalated": true, "reason": format!("{missed} has passed")});
            append(alert, now, ("alert_escalated", json!({"is_escalated": false}), after))
        })
        .collect();
    alert_schedule::store(client, &late).await?;
    audit::insert(client, &events).await?;
    connection.commit().await?;
    Ok(late.len())
}

/// Closes alerts that were resolved `CLOSE_AFTER_HOURS` ago.
///
/// # Errors
/// When the database does not answer; what was closed before stays.
pub(super) async fn close(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let mut connection = state.database.connect().await?;
    let before = moment.now - SignedDuration::from_hours(state.config.close_after_hours);
    let mut n_closed = 0;
    while n_closed < MOST {
        let n = close_some(&mut connection, (before, moment.now)).await?;
        n_closed += n;
        if n == 0 {
            break;
        }
    }
    Ok(json!({"closed": n_closed}))
}

async fn close_some(
    connection: &mut Connection,
    (before, now): (Timestamp, Timestamp),
) -> Result<usize, Error> {
    let client = connection.begin().await?;
    let mut decided = alert_schedule::lock_decided(client, before, CHUNK).await?;
    let events: Vec<AuditEvent> = decided
        .iter_mut()
        .map(|alert| {
            alert.status = AlertStatus::Closed;
            append(alert, now, ("alert_closed", json!({"status": "resolved"}), json!({"status": "closed"})))
        })
        .collect();
    alert_schedule::store(client, &decided).await?;
    audit::insert(client, &events).await?;
    connection.commit().await?;
    Ok(decided.len())
}

fn append(alert: &mut Alert, at: Timestamp, (action, before, after): (&str, Value, Value)) -> AuditEvent {
    let event = alert.head.append(AuditEntry {
        chain: alert.chain(),
        actor: "system".into(),
        action: action.into(),
        at,
        request_id: String::new(),
        before,
        after,
    });
    alert.head = event.head();
    event
}
