//! Files on alerts: attached and erased with their hashes in the alert's trail, listed, and handed out as they were
//! attached or not at all.

use super::access::Session;
use super::entropy;
use super::evidence::first_fault;
use crate::db::{alerts, attachments, audit};
use crate::domain::alert::Alert;
use crate::domain::attachment::{Attachment, Erasure, MAX_OF_ALERT, NewFile};
use crate::domain::audit::AuditEntry;
use crate::domain::audit::told_attachments::{ATTACHED, ERASED, StoredContent, ToldAttachments};
use crate::domain::audit::verify::Fault;
use crate::domain::canonical::hexadecimal;
use crate::domain::ids::{AlertId, AttachmentId};
use crate::error::{Error, ErrorKind};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_postgres::Client;

/// Attaches a file to an alert, whatever its state.
///
/// # Errors
/// 404 when there is no such alert, 409 when it has [`MAX_OF_ALERT`] files.
pub async fn attach(
    session: &mut Session,
    alert: AlertId,
    (file, request_id): (&NewFile, &str),
) -> Result<Attachment, Error> {
    let id = AttachmentId::mint(session.now, entropy::for_id()?);
    let attachment = Attachment::of(file, (id, alert), (session.actor.key_id.clone(), session.now));
    let told = (ATTACHED, Value::Null, describe(&attachment));
    let by = (session.actor.audit_name(), request_id);
    session
        .transact(async |client| {
            let alert = locked(client, alert).await?;
            if attachments::count(client, alert.id).await? >= MAX_OF_ALERT {
                let message = format!(
                    "the alert has {MAX_OF_ALERT} files, the most there can be; a supervisor may erase one"
                );
                return Err(Error::new(ErrorKind::WrongState, message));
            }
            attachments::insert(client, &attachment, file.content.bytes()).await?;
            tell(client, (alert, attachment.attached_at), (told, by)).await
        })
        .await?;
    Ok(attachment)
}

/// Takes the content of a file away for good; what is known of it stays.
///
/// # Errors
/// 404 when there is no such file on the alert, 409 when it was erased before.
pub async fn erase(
    session: &mut Session,
    (alert, id): (AlertId, AttachmentId),
    (reason, request_id): (String, &str),
) -> Result<Attachment, Error> {
    let erasure = Erasure { at: session.now, by: session.actor.key_id.clone(), reason };
    let by = (session.actor.audit_name(), request_id);
    session
        .transact(async |client| {
            // The alert's lock is that of its files.
            let alert = locked(client, alert).await?;
            let found = attachments::find(client, alert.id, id).await?;
            let attachment = found.ok_or_else(|| Error::not_found("attachment"))?;
            if let Some(before) = &attachment.erasure {
                return Err(erased(before));
            }
            attachments::erase(client, id, &erasure).await?;
            let before = describe(&attachment);
            let mut after = before.clone();
            after["reason"] = Value::from(erasure.reason.as_str());
            tell(client, (alert, erasure.at), ((ERASED, before, after), by)).await?;
            Ok(Attachment { erasure: Some(erasure), ..attachment })
        })
        .await
}

async fn locked(client: &Client, alert: AlertId) -> Result<Alert, Error> {
    alerts::lock(client, alert).await?.ok_or_else(|| Error::not_found("alert"))
}

/// An action, from what, to what; who did it, and by which request.
type Telling<'a> = ((&'a str, Value, Value), (String, &'a str));

/// Adds an event to the chain of an alert that is locked.
async fn tell(
    client: &Client,
    (mut alert, at): (Alert, jiff::Timestamp),
    ((action, before, after), (actor, request_id)): Telling<'_>,
) -> Result<(), Error> {
    let event = alert.head.append(AuditEntry {
        chain: alert.chain(),
        actor,
        action: action.into(),
        at,
        request_id: request_id.to_owned(),
        before,
        after,
    });
    alert.head = event.head();
    alerts::store(client, &[&alert]).await?;
    audit::insert(client, &[event]).await?;
    Ok(())
}

/// What a file cannot be changed behind: the hash of its record, and that of its content as any tool prints it.
fn describe(attachment: &Attachment) -> Value {
    json!({
        "attachment_id": attachment.id.to_string(),
        "hash": hexadecimal(&attachment.hash()),
        "name": attachment.name,
        "sha256": hexadecimal(&attachment.sha256),
    })
}

/// A page of what is known of an alert's files, oldest first.
///
/// # Errors
/// 404 when there is no such alert.
pub async fn page(
    session: &Session,
    alert: AlertId,
    (after, limit): (Option<AttachmentId>, i64),
) -> Result<Vec<Attachment>, Error> {
    let client = session.connection.client()?;
    alerts::find(client, alert).await?.ok_or_else(|| Error::not_found("alert"))?;
    Ok(attachments::page(client, alert, after, limit).await?)
}

/// A file and its content, held to the trail: what is not as it was attached is not handed out.
///
/// # Errors
/// 404 when there is no such file on the alert, 409 when its content was erased, 500 when it was changed.
pub async fn read(
    session: &Session,
    alert: AlertId,
    id: AttachmentId,
) -> Result<(Attachment, Vec<u8>), Error> {
    let client = session.connection.client()?;
    let mut held = held_to_trail(client, alert, id).await?;
    if held.is_err() {
        // Erased between the readings of the file and of its trail, or changed.
        held = held_to_trail(client, alert, id).await?;
    }
    let (attachment, content) = held.map_err(|fault| changed(&fault))?;
    match (&attachment.erasure, content) {
        (None, Some(content)) => Ok((attachment, content)),
        (Some(erasure), _) => Err(erased(erasure)),
        (None, None) => Err(Error::internal("a file without content passed for whole")),
    }
}

type Held = Result<(Attachment, Option<Vec<u8>>), Fault>;

/// The file is read before the alert's head, and that before the events: what is there must be told.
async fn held_to_trail(client: &Client, alert: AlertId, id: AttachmentId) -> Result<Held, Error> {
    let found = attachments::with_content(client, alert, id).await?;
    let (attachment, content) = found.ok_or_else(|| Error::not_found("attachment"))?;
    let alert = alerts::find(client, alert).await?.ok_or_else(|| Error::not_found("alert"))?;
    let events = audit::of_chain(client, &alert.chain()).await?;
    if let Some(fault) = first_fault(&alert, &events) {
        return Ok(Err(fault));
    }
    let told = ToldAttachments::of(&alert.chain(), &events);
    let is_erased = attachment.erasure.is_some();
    let sha256 = content.as_ref().map(|content| Sha256::digest(content).to_vec());
    let stored = StoredContent { id, is_erased, sha256 };
    let checked = told.check(&attachment).and_then(|()| told.check_content(&attachment, &stored));
    Ok(checked.map(|()| (attachment, content)))
}

fn erased(erasure: &Erasure) -> Error {
    let message = format!("the file's content was erased at {}; what is known of it is listed", erasure.at);
    Error::new(ErrorKind::WrongState, message)
}

/// The cause, which is logged, names what differs.
fn changed(fault: &Fault) -> Error {
    let message = "the file was changed since it was attached, and is not handed out; report the request id, and see \
        the alert's trail (GET /api/v1/alerts/{id}/audit) and `telltale audit verify`";
    Error::new(ErrorKind::InternalError, message).because(fault.to_string())
}
