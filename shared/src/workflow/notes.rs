//! Notes on alerts: written and edited with their hash in the alert's trail, and read.

use super::access::Session;
use super::entropy;
use crate::db::{alerts, audit, notes};
use crate::domain::access::Actor;
use crate::domain::audit::AuditEntry;
use crate::domain::canonical::hexadecimal;
use crate::domain::ids::{AlertId, NoteId};
use crate::domain::note::Note;
use crate::domain::version::{Condition, Seen};
use crate::error::{Error, ErrorKind};
use serde_json::{Value, json};
use tokio_postgres::Client;

/// Versions of one note that are shown, newest first.
const MAX_VERSIONS: i64 = 100;

/// Writes a note on an alert, whatever its state.
///
/// # Errors
/// 404 when there is no such alert.
pub async fn write(
    session: &mut Session,
    alert: AlertId,
    (text, request_id): (String, &str),
) -> Result<Note, Error> {
    let id = NoteId::mint(session.now, entropy::for_id()?);
    let author = session.actor.key_id.clone();
    let note = Note { id, alert, version: 1, author, text, written_at: session.now };
    let actor = session.actor.clone();
    session.transact(async |client| append(client, (&note, None), (&actor, request_id)).await).await?;
    Ok(note)
}

/// Edits a note: its author writes the next version of what they have seen.
///
/// # Errors
/// 404 when there is no such note on the alert, 403 when another wrote it, 412 when it has changed since, 428 when the
/// caller does not say what they have seen.
pub async fn edit(
    session: &mut Session,
    (alert, id, seen): (AlertId, NoteId, Seen),
    (text, request_id): (String, &str),
) -> Result<Note, Error> {
    let (actor, at) = (session.actor.clone(), session.now);
    session
        .transact(async |client| {
            // The alert's lock is that of its notes.
            alerts::lock(client, alert).await?.ok_or_else(|| Error::not_found("alert"))?;
            let newest = notes::versions(client, alert, id, 1).await?.into_iter().next();
            let newest = newest.ok_or_else(|| Error::not_found("note"))?;
            match seen.against(newest.version) {
                Condition::Met => {}
                Condition::Stale => return Err(Error::stale(newest.version)),
                Condition::Absent => return Err(Error::unconditional(newest.version)),
            }
            if newest.author != actor.key_id {
                let message = "a note can only be edited by who wrote it; write another one";
                return Err(Error::new(ErrorKind::Forbidden, message));
            }
            let before = describe(&newest);
            let note = newest.edited(text.clone(), at);
            append(client, (&note, Some(before)), (&actor, request_id)).await?;
            Ok(note)
        })
        .await
}

/// Stores a version, with its event on the alert's chain.
async fn append(
    client: &Client,
    (note, before): (&Note, Option<Value>),
    (actor, request_id): (&Actor, &str),
) -> Result<(), Error> {
    let mut alert = alerts::lock(client, note.alert).await?.ok_or_else(|| Error::not_found("alert"))?;
    let action = if before.is_some() { "note_edited" } else { "note_written" };
    let event = alert.head.append(AuditEntry {
        chain: alert.chain(),
        actor: actor.audit_name(),
        action: action.into(),
        at: note.written_at,
        request_id: request_id.to_owned(),
        before: before.unwrap_or(Value::Null),
        after: describe(note),
    });
    alert.head = event.head();
    notes::insert(client, std::slice::from_ref(note)).await?;
    alerts::store(client, &[&alert]).await?;
    audit::insert(client, &[event]).await?;
    Ok(())
}

/// The text itself stays in the note: the trail holds what it cannot be changed behind.
fn describe(note: &Note) -> Value {
    json!({"note_id": note.id.to_string(), "version": note.version, "hash": hexadecimal(&note.hash())})
}

/// A page of an alert's notes, each in its newest version, oldest note first.
///
/// # Errors
/// 404 when there is no such alert.
pub async fn page(
    session: &Session,
    alert: AlertId,
    (after, limit): (Option<NoteId>, i64),
) -> Result<Vec<Note>, Error> {
    let client = session.connection.client()?;
    alerts::find(client, alert).await?.ok_or_else(|| Error::not_found("alert"))?;
    Ok(notes::page(client, alert, after, limit).await?)
}

/// The versions of one note, newest first, at most 100.
///
/// # Errors
/// 404 when there is no such note on the alert.
pub async fn versions(session: &Session, alert: AlertId, id: NoteId) -> Result<Vec<Note>, Error> {
    let versions = notes::versions(session.connection.client()?, alert, id, MAX_VERSIONS).await?;
    if versions.is_empty() { Err(Error::not_found("note")) } else { Ok(versions) }
}
