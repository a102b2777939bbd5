//! Snoozes as people make and end them. Each change is an event of the chain `configuration`, whose lock comes first
//! and so orders them.

use super::access::Session;
use super::audit::append;
use super::configuration::CHAIN;
use super::entropy;
use super::lists::event;
use crate::db::audit::lock_head;
use crate::db::snoozes::{self, find, insert, page, severity_of_newest_alert};
pub use crate::db::snoozes::{SnoozeFilter, StoredSnooze};
use crate::domain::ids::SnoozeId;
use crate::domain::severity::Severity;
use crate::domain::snooze::Snooze;
use crate::error::Error;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A snooze that somebody wants.
#[derive(Debug, Clone)]
pub struct NewSnooze {
    /// Whose alerts.
    pub account: String,
    /// Only what this reason leads to; none for everything.
    pub reason_code: Option<String>,
    /// The gravest to hold back; by default that of the account's newest alert, and medium where it never had one.
    pub severity: Option<Severity>,
    /// Why.
    pub reason: String,
    /// When it ends by itself.
    pub until: Timestamp,
}

/// Makes a snooze, in force from the next transaction on.
///
/// # Errors
/// When the database does not answer.
pub async fn make(session: &mut Session, wanted: NewSnooze, request_id: &str) -> Result<StoredSnooze, Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    let NewSnooze { account, reason_code, severity, reason, until } = wanted;
    let id = SnoozeId::mint(now, entropy::for_id()?);
    let made = session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let newest = severity_of_newest_alert(client, &account).await?;
            let severity = severity.or(newest).unwrap_or(Severity::Medium);
            let made = StoredSnooze {
                snooze: Snooze { id, reason_code, severity, reason },
                account,
                owner: actor.key_id.clone(),
                created_at: now,
                until,
                ended_at: None,
                ended_by: None,
            };
            insert(client, &made).await?;
            let by = (actor.audit_name(), now, request_id);
            append(client, event("account_snoozed", by, (Value::Null, describe(&made)))).await?;
            Ok(made)
        })
        .await?;
    tracing::info!(snooze_id = %id, "snooze {id} was made");
    Ok(made)
}

/// Ends a snooze before its time. One that was ended already stays as it is.
///
/// # Errors
/// 404 when unknown.
pub async fn end(session: &mut Session, id: SnoozeId, request_id: &str) -> Result<StoredSnooze, Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    let unknown = || Error::not_found("snooze");
    let ended = session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let before = find(client, id).await?.ok_or_else(unknown)?;
            if before.ended_at.is_some() {
                return Ok(before);
            }
            snoozes::end(client, id, (&actor.key_id, now)).await?;
            let after = find(client, id).await?.ok_or_else(unknown)?;
            let by = (actor.audit_name(), now, request_id);
            append(client, event("snooze_ended", by, (describe(&before), describe(&after)))).await?;
            Ok(after)
        })
        .await?;
    tracing::info!(snooze_id = %id, "snooze {id} was ended");
    Ok(ended)
}

/// A page of snoozes, newest made first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    session: &Session,
    filter: &SnoozeFilter,
    (after, limit): (Option<SnoozeId>, i64),
) -> Result<Vec<StoredSnooze>, Error> {
    Ok(page(session.connection.client()?, filter, session.now, (after.map(|id| id.0), limit)).await?)
}

fn describe(stored: &StoredSnooze) -> Value {
    json!({
        "snooze_id": stored.snooze.id.to_string(),
        "account": stored.account,
        "reason_code": stored.snooze.reason_code,
        "severity": stored.snooze.severity.as_str(),
        "reason": stored.snooze.reason,
        "until": stored.until,
        "ended_at": stored.ended_at,
    })
}
