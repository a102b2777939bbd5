//! The sections that the check reads: the audit events, the notes, the files and the anchor. Bytes are base64, and
//! SHA-256 of a file is hexadecimal, as tools print it.

use crate::domain::attachment::{Attachment, Erasure};
use crate::domain::audit::anchor::{Anchor, Inclusion, Leaf};
use crate::domain::audit::{AuditHash, ChainHead, StoredEvent};
use crate::domain::canonical::{bytes_of, hexadecimal};
use crate::domain::ids::{AlertId, AttachmentId, NoteId};
use crate::domain::note::Note;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// An alert's chain: its name, its head, its events with the bytes that were hashed.
pub fn audit_section(chain: &str, head: ChainHead, events: &[StoredEvent]) -> Value {
    let events: Vec<Value> = events.iter().map(event).collect();
    json!({"chain": chain, "head": head_out(head), "events": events})
}

fn head_out(head: ChainHead) -> Value {
    json!({"sequence": head.sequence, "hash": STANDARD.encode(head.hash)})
}

fn event(event: &StoredEvent) -> Value {
    json!({
        "sequence": event.sequence,
        "at": event.at.to_string(),
        "actor": event.actor,
        "action": event.action,
        "request_id": event.request_id,
        "before": event.before,
        "after": event.after,
        "prev_hash": STANDARD.encode(&event.prev_hash),
        "canonical": STANDARD.encode(&event.canonical),
        "hash": STANDARD.encode(&event.hash),
    })
}

/// The newest anchor that covers the chain, and the path from the chain's head to its root; null without one.
pub fn anchor_section(inclusion: Option<&Inclusion>) -> Value {
    let Some(Inclusion { anchor, leaf, position, path }) = inclusion else {
        return Value::Null;
    };
    json!({
        "number": anchor.number,
        "at": anchor.at.to_string(),
        "n_chains": anchor.n_chains,
        "root": STANDARD.encode(anchor.root),
        "prev_hash": STANDARD.encode(anchor.prev_hash),
        "hash": STANDARD.encode(anchor.hash),
        "leaf": {"chain": leaf.chain, "head": head_out(leaf.head)},
        "position": position,
        "path": path.iter().map(|hash| STANDARD.encode(hash)).collect::<Vec<_>>(),
    })
}

/// Every version of an alert's notes.
pub fn notes_section(notes: &[Note]) -> Value {
    let notes = notes.iter().map(|note| {
        json!({
            "id": note.id.to_string(),
            "alert_id": note.alert.to_string(),
            "version": note.version,
            "author": note.author,
            "text": note.text,
            "written_at": note.written_at.to_string(),
        })
    });
    notes.collect()
}

/// What a notes section says; none where it is no notes section.
pub(super) fn read_notes(section: &Value) -> Option<Vec<Note>> {
    let note = |note: &Value| {
        Some(Note {
            id: NoteId::parse(note["id"].as_str()?).ok()?,
            alert: AlertId::parse(note["alert_id"].as_str()?).ok()?,
            version: note["version"].as_i64()?,
            author: note["author"].as_str()?.to_owned(),
            text: note["text"].as_str()?.to_owned(),
            written_at: note["written_at"].as_str()?.parse().ok()?,
        })
    };
    section.as_array()?.iter().map(note).collect()
}

/// What is known of an alert's files.
pub fn attachments_section(attachments: &[Attachment]) -> Value {
    let attachments = attachments.iter().map(|it| {
        let erasure = it.erasure.as_ref();
        json!({
            "id": it.id.to_string(),
            "alert_id": it.alert.to_string(),
            "author": it.author,
            "name": it.name,
            "media_type": it.media_type,
            "size_bytes": it.size_bytes,
            "sha256": hexadecimal(&it.sha256),
            "attached_at": it.attached_at.to_string(),
            "erased_at": erasure.map(|erasure| erasure.at.to_string()),
            "erased_by": erasure.map(|erasure| erasure.by.as_str()),
            "erasure_reason": erasure.map(|erasure| erasure.reason.as_str()),
        })
    });
    attachments.collect()
}

/// What an attachments section says; none where it is no attachments section. A bundle made before there were files has
/// none, and says of none.
pub(super) fn read_attachments(section: &Value) -> Option<Vec<Attachment>> {
    let attachment = |it: &Value| {
        Some(Attachment {
            id: AttachmentId::parse(it["id"].as_str()?).ok()?,
            alert: AlertId::parse(it["alert_id"].as_str()?).ok()?,
            author: it["author"].as_str()?.to_owned(),
            name: it["name"].as_str()?.to_owned(),
            media_type: it["media_type"].as_str()?.to_owned(),
            size_bytes: it["size_bytes"].as_i64()?,
            sha256: bytes_of(it["sha256"].as_str()?)?,
            attached_at: it["attached_at"].as_str()?.parse().ok()?,
            erasure: read_erasure(it)?,
        })
    };
    if section.is_null() {
        return Some(Vec::new());
    }
    section.as_array()?.iter().map(attachment).collect()
}

/// The inner one is none where the content is there.
fn read_erasure(attachment: &Value) -> Option<Option<Erasure>> {
    let named = ["erased_at", "erased_by", "erasure_reason"].map(|name| &attachment[name]);
    if named.iter().all(|value| value.is_null()) {
        return Some(None);
    }
    let [at, by, reason] = named.map(Value::as_str);
    Some(Some(Erasure { at: at?.parse().ok()?, by: by?.to_owned(), reason: reason?.to_owned() }))
}

/// What an audit section says; none where it is no audit section.
pub(super) fn read_audit(section: &Value) -> Option<(String, ChainHead, Vec<StoredEvent>)> {
    let events = section["events"].as_array()?.iter().map(read_event).collect::<Option<_>>()?;
    Some((section["chain"].as_str()?.to_owned(), read_head(&section["head"])?, events))
}

fn read_event(event: &Value) -> Option<StoredEvent> {
    Some(StoredEvent {
        sequence: event["sequence"].as_i64()?,
        actor: event["actor"].as_str()?.to_owned(),
        action: event["action"].as_str()?.to_owned(),
        at: event["at"].as_str()?.parse().ok()?,
        request_id: event["request_id"].as_str()?.to_owned(),
        before: event.get("before")?.clone(),
        after: event.get("after")?.clone(),
        prev_hash: STANDARD.decode(event["prev_hash"].as_str()?).ok()?,
        canonical: STANDARD.decode(event["canonical"].as_str()?).ok()?,
        hash: STANDARD.decode(event["hash"].as_str()?).ok()?,
    })
}

fn read_head(head: &Value) -> Option<ChainHead> {
    Some(ChainHead { sequence: head["sequence"].as_i64()?, hash: read_hash(&head["hash"])? })
}

fn read_hash(hash: &Value) -> Option<AuditHash> {
    STANDARD.decode(hash.as_str()?).ok()?.try_into().ok()
}

/// What an anchor section says; none where it is no anchor section.
pub(super) fn read_anchor(section: &Value) -> Option<Inclusion> {
    let anchor = Anchor {
        number: section["number"].as_i64()?,
        at: section["at"].as_str()?.parse().ok()?,
        n_chains: section["n_chains"].as_i64()?,
        root: read_hash(&section["root"])?,
        prev_hash: read_hash(&section["prev_hash"])?,
        hash: read_hash(&section["hash"])?,
    };
    let leaf = &section["leaf"];
    Some(Inclusion {
        anchor,
        leaf: Leaf { chain: leaf["chain"].as_str()?.to_owned(), head: read_head(&leaf["head"])? },
        position: usize::try_from(section["position"].as_u64()?).ok()?,
        path: section["path"].as_array()?.iter().map(read_hash).collect::<Option<_>>()?,
    })
}
