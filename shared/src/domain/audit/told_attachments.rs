//! Files as an alert's audit events tell of them: what is known of a file stands in its record and its bytes beside it,
//! the hash of either in the event.

use super::StoredEvent;
use super::verify::{Difference, Fault};
use crate::domain::attachment::{Attachment, Erasure};
use crate::domain::canonical::hexadecimal;
use crate::domain::ids::AttachmentId;
use std::collections::BTreeMap;

/// The action of the event that tells of a new file.
pub const ATTACHED: &str = "file_attached";
/// The action of the event that tells of a file's erasure.
pub const ERASED: &str = "file_erased";

/// The files that events tell of.
#[derive(Debug, Clone, Default)]
pub struct ToldAttachments(BTreeMap<AttachmentId, Told>);

#[derive(Debug, Clone)]
struct Told {
    chain: String,
    /// The event's place in the chain.
    sequence: i64,
    /// Of the record, in hexadecimal.
    hash: String,
    erasure: Option<(i64, Erasure)>,
}

/// The content that a row has: that it was erased by what the row says, and SHA-256 of what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContent {
    /// Whose.
    pub id: AttachmentId,
    /// Whether the row says that it was erased.
    pub is_erased: bool,
    /// None where nothing is there.
    pub sha256: Option<Vec<u8>>,
}

impl ToldAttachments {
    /// What the events of one chain tell.
    pub fn of(chain: &str, events: &[StoredEvent]) -> Self {
        let mut told = Self::default();
        for event in events {
            told.add(chain, event);
        }
        told
    }

    /// Takes what an event tells; most tell of no file.
    pub fn add(&mut self, chain: &str, event: &StoredEvent) {
        let after = &event.after;
        let Some(id) = after["attachment_id"].as_str().and_then(|id| AttachmentId::parse(id).ok()) else {
            return;
        };
        match (event.action.as_str(), after["hash"].as_str()) {
            (ATTACHED, Some(hash)) => {
                let (chain, hash) = (chain.to_owned(), hash.to_owned());
                self.0.insert(id, Told { chain, sequence: event.sequence, hash, erasure: None });
            }
            (ERASED, _) => {
                if let Some(told) = self.0.get_mut(&id) {
                    told.erasure = Some((event.sequence, erasure(event)));
                }
            }
            _ => {}
        }
    }

    /// Whether a stored file is the one that its events tell of, erased if they say so.
    ///
    /// # Errors
    /// When it is another, or no event tells of it.
    pub fn check(&self, stored: &Attachment) -> Result<(), Fault> {
        let Some(told) = self.0.get(&stored.id) else {
            return Err(Fault {
                chain: format!("alert:{}", stored.alert),
                sequence: 0,
                difference: Difference::FileUntold(name_of("", stored.id)),
            });
        };
        if told.hash != hexadecimal(&stored.hash()) {
            return Err(told.changed("the record of ", (stored.id, told.sequence)));
        }
        match (&told.erasure, &stored.erasure) {
            (None, None) => Ok(()),
            (Some((_, told)), Some(stored)) if told == stored => Ok(()),
            (Some((sequence, _)), _) => Err(told.changed("the erasure of ", (stored.id, *sequence))),
            (None, Some(_)) => Err(told.changed("the erasure of ", (stored.id, told.sequence))),
        }
    }

    /// Whether the content is the one that the record of the file names, and there is none where it was erased. What no
    /// event tells of is [`Self::check`]'s.
    ///
    /// # Errors
    /// When it is another.
    pub fn check_content(&self, stored: &Attachment, content: &StoredContent) -> Result<(), Fault> {
        let expected = (!content.is_erased).then_some(&stored.sha256);
        match self.0.get(&stored.id) {
            Some(told) if expected != content.sha256.as_ref() => {
                Err(told.changed("the content of ", (stored.id, told.sequence)))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The faults of what is told of and is not among these files.
    pub fn missing(&self, stored: &[Attachment]) -> Vec<Fault> {
        let missing = self.0.iter().filter(|(id, _)| stored.iter().all(|stored| stored.id != **id));
        missing
            .map(|(id, told)| told.fault(told.sequence, Difference::FileMissing(name_of("", *id))))
            .collect()
    }
}

impl Told {
    fn fault(&self, sequence: i64, difference: Difference) -> Fault {
        Fault { chain: self.chain.clone(), sequence, difference }
    }

    fn changed(&self, part: &str, (id, sequence): (AttachmentId, i64)) -> Fault {
        self.fault(sequence, Difference::FileChanged(name_of(part, id)))
    }
}

/// Who, when and why, by the event's own columns; only a key erases.
fn erasure(event: &StoredEvent) -> Erasure {
    let by = event.actor.strip_prefix("key:").unwrap_or(&event.actor);
    let reason = event.after["reason"].as_str().unwrap_or_default();
    Erasure { at: event.at, by: by.to_owned(), reason: reason.to_owned() }
}

fn name_of(part: &str, id: AttachmentId) -> String {
    format!("{part}the attachment {id}")
}
