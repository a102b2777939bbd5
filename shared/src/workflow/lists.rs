//! Allow, deny and watch lists as people keep them. Each change is an event of the chain `configuration`, whose lock
//! comes first and so orders them.

use super::access::Session;
use super::audit::append;
use super::configuration::CHAIN;
use super::entropy;
use crate::db::audit::lock_head;
use crate::db::lists::{self, find, find_same, insert, page};
pub use crate::db::lists::{EntryFilter, StoredEntry};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::ListEntryId;
use crate::domain::lists::{ListEntry, ListKind, ListSubject};
use crate::error::{Error, ErrorKind};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An entry that somebody wants.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// What it asks for.
    pub kind: ListKind,
    /// What it is about.
    pub subject: ListSubject,
    /// What it names, as [`ListSubject::read_value`] gives it.
    pub value: String,
    /// Why.
    pub reason: String,
    /// When it ends; none for never.
    pub expires_at: Option<Timestamp>,
}

/// Makes an entry, in force from the next transaction on.
///
/// # Errors
/// 409 when one in force asks for the same of the same.
pub async fn add(session: &mut Session, wanted: NewEntry, request_id: &str) -> Result<StoredEntry, Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    let NewEntry { kind, subject, value, reason, expires_at } = wanted;
    let id = ListEntryId::mint(now, entropy::for_id()?);
    let stored = StoredEntry {
        entry: ListEntry { id, kind, subject, reason },
        value,
        owner: actor.key_id.clone(),
        created_at: now,
        expires_at,
        removed_at: None,
        removed_by: None,
    };
    session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            if let Some(same) = find_same(client, (kind, subject, &stored.value), now).await? {
                let message = format!("{} says the same and is in force; remove it first", same.entry.id);
                return Err(Error::new(ErrorKind::WrongState, message));
            }
            insert(client, &stored).await?;
            let by = (actor.audit_name(), now, request_id);
            append(client, event("list_entry_added", by, (Value::Null, describe(&stored)))).await
        })
        .await?;
    tracing::info!(entry_id = %id, kind = kind.as_str(), "list entry {id} was added");
    Ok(stored)
}

/// Removes an entry; it has no effect from the next transaction on. One that was removed already stays as it is.
///
/// # Errors
/// 404 when unknown.
pub async fn remove(session: &mut Session, id: ListEntryId, request_id: &str) -> Result<StoredEntry, Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    let unknown = || Error::not_found("list entry");
    let removed = session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let before = find(client, id).await?.ok_or_else(unknown)?;
            if before.removed_at.is_some() {
                return Ok(before);
            }
            lists::remove(client, id, (&actor.key_id, now)).await?;
            let after = find(client, id).await?.ok_or_else(unknown)?;
            let by = (actor.audit_name(), now, request_id);
            append(client, event("list_entry_removed", by, (describe(&before), describe(&after)))).await?;
            Ok(after)
        })
        .await?;
    tracing::info!(entry_id = %id, "list entry {id} was removed");
    Ok(removed)
}

/// A page of entries, newest made first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    session: &Session,
    filter: &EntryFilter,
    (after, limit): (Option<ListEntryId>, i64),
) -> Result<Vec<StoredEntry>, Error> {
    Ok(page(session.connection.client()?, filter, session.now, (after.map(|id| id.0), limit)).await?)
}

fn describe(stored: &StoredEntry) -> Value {
    json!({
        "entry_id": stored.entry.id.to_string(),
        "kind": stored.entry.kind.as_str(),
        "subject": stored.entry.subject.as_str(),
        "value": stored.value,
        "reason": stored.entry.reason,
        "expires_at": stored.expires_at,
        "removed_at": stored.removed_at,
    })
}

/// Who changes something, when, and in which request.
type By<'a> = (String, Timestamp, &'a str);

/// An event of a list or a snooze.
pub(super) fn event(
    action: &str,
    (actor, at, request_id): By<'_>,
    (before, after): (Value, Value),
) -> AuditEntry {
    AuditEntry {
        chain: CHAIN.into(),
        actor,
        action: action.to_owned(),
        at,
        request_id: request_id.to_owned(),
        before,
        after,
    }
}
