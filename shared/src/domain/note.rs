//! Notes on an alert. A note is never overwritten: an edit is another version, and each version has its hash.

use super::audit::AuditHash;
use super::canonical::length_prefixed;
use super::ids::{AlertId, NoteId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// One version of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Minted from the server's clock at its first version.
    pub id: NoteId,
    /// What it is about.
    pub alert: AlertId,
    /// From 1; an edit makes the next.
    pub version: i64,
    /// The key that wrote it; nobody else edits it.
    pub author: String,
    /// What it says.
    pub text: String,
    /// The server's clock, whole microseconds.
    pub written_at: Timestamp,
}

impl Note {
    /// SHA-256 of the length-prefixed fields, in this order: `telltale-note-1`, note, version, alert, author, time in
    /// microseconds since 1970, text; ids as on the wire. It also stands in the audit event of the writing.
    pub fn hash(&self) -> AuditHash {
        let fields = [
            "telltale-note-1",
            &self.id.to_string(),
            &self.version.to_string(),
            &self.alert.to_string(),
            &self.author,
            &self.written_at.as_microsecond().to_string(),
            &self.text,
        ];
        Sha256::digest(length_prefixed(&fields)).into()
    }

    /// The next version, with another text.
    #[must_use]
    pub fn edited(self, text: String, at: Timestamp) -> Self {
        Self { version: self.version + 1, text, written_at: at, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> Note {
        Note {
            id: NoteId::mint(Timestamp::UNIX_EPOCH, [1; 10]),
            alert: AlertId::mint(Timestamp::UNIX_EPOCH, [2; 10]),
            version: 1,
            author: "ana".into(),
            text: "seen".into(),
            written_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_field_of_a_note_is_in_its_hash() {
        let changed = [
            Note { id: NoteId::mint(Timestamp::UNIX_EPOCH, [3; 10]), ..note() },
            Note { alert: AlertId::mint(Timestamp::UNIX_EPOCH, [3; 10]), ..note() },
            Note { version: 2, ..note() },
            Note { author: "bob".into(), ..note() },
            Note { text: "seen.".into(), ..note() },
            Note { written_at: Timestamp::from_microsecond(1).unwrap(), ..note() },
        ];
        for other in changed {
            assert_ne!(other.hash(), note().hash(), "{other:?}");
        }
    }
}
