//! Alerts of the system that no transaction raises: a task found what a person must look at.

use crate::db::{assessments, audit, configurations, raised_alerts};
use crate::domain::audit::AuditEntry;
use crate::domain::gate::{Assessed, raise_system};
use crate::domain::ids::AlertId;
use crate::error::Error;
use crate::workflow::entropy;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::Client;

/// Raises an alert of the system, unless one is open for this cause. `found` goes into the audit trail beside the
/// cause. An alert names an assessment; this one names the newest there is, so that a reader lands at the time of the
/// finding. Without any, nothing is raised: there is nothing to guard yet.
///
/// # Errors
/// When the database does not answer, or another task raises it at the same moment.
pub(super) async fn raise_once(
    client: &Client,
    cause: &str,
    (found, now): (&Value, Timestamp),
) -> Result<Option<AlertId>, Error> {
    if raised_alerts::has_open_cause(client, cause).await? {
        return Ok(None);
    }
    let Some(newest) = assessments::newest(client).await? else {
        return Ok(None);
    };
    let Some(stored) = assessments::find(client, &[newest.0]).await?.into_iter().next() else {
        return Ok(None);
    };
    let clocks = configurations::find(client, stored.record.versions.configuration).await?.clocks;
    let severity = stored.record.severity;
    let assessed = Assessed { record: &stored.record, severity, occurred_at: now, now, clocks };
    let mut alert = raise_system(AlertId::mint(now, entropy::for_id()?), cause.to_owned(), &assessed);
    let event = alert.head.append(AuditEntry {
        chain: alert.chain(),
        actor: "system".into(),
        action: "alert_raised".into(),
        at: now,
        request_id: String::new(),
        before: Value::Null,
        after: json!({"cause": cause, "severity": alert.severity.as_str(), "found": found}),
    });
    alert.head = event.head();
    raised_alerts::raise_system(client, &alert).await?;
    audit::insert(client, &[event]).await?;
    Ok(Some(alert.id))
}
