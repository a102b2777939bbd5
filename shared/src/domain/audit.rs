//! The audit trail: immutable events, hash-chained.
//!
//! An event's hash covers the hash before it and canonical bytes made here, once; they are stored as bytes
//! and never derived again from columns, so that a verifier hashes what was written. [`verify`] walks a chain,
//! [`anchor`] pins the heads of all chains.

pub mod anchor;
mod canonical;
pub mod merkle;
pub mod told_attachments;
pub mod told_notes;
pub mod verify;

use canonical::encode;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type AuditHash = [u8; 32];

/// The hash before the first event of every chain.
pub const GENESIS: AuditHash = [0; 32];

/// Where the next event of a chain goes: the head that sits on the owning row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The number of events so far.
    pub sequence: i64,
    /// The hash of the newest, or [`GENESIS`].
    pub hash: AuditHash,
}

impl Default for ChainHead {
    fn default() -> Self {
        Self { sequence: 0, hash: GENESIS }
    }
}

/// What happened: who did what to which chain, when, from what to what.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// `alert:{id}`, `configuration`, `model:population_baseline`, `model:ml` or `access`.
    pub chain: String,
    /// `key:{id}` for a person or feed, `system` for the service itself.
    pub actor: String,
    /// A word in the past tense, such as `alert_raised`.
    pub action: String,
    /// The server's clock, whole microseconds.
    pub at: Timestamp,
    /// The request that did it; empty for a schedule's task.
    pub request_id: String,
    /// What changed, before.
    pub before: Value,
    /// What changed, after.
    pub after: Value,
}

/// An entry with its place in its chain.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    /// What happened.
    pub entry: AuditEntry,
    /// From 1, without gaps.
    pub sequence: i64,
    /// The hash of the event before.
    pub prev_hash: AuditHash,
    /// The bytes that were hashed, after `prev_hash`.
    pub canonical: Vec<u8>,
    /// SHA-256 of `prev_hash` and `canonical`.
    pub hash: AuditHash,
}

impl ChainHead {
    /// Makes the next event of the chain.
    pub fn append(self, entry: AuditEntry) -> AuditEvent {
        let sequence = self.sequence + 1;
        let canonical = encode(&entry, sequence);
        let hash = hash_of(&self.hash, &canonical);
        AuditEvent { entry, sequence, prev_hash: self.hash, canonical, hash }
    }
}

impl AuditEvent {
    /// The head of the chain once this event is written.
    pub fn head(&self) -> ChainHead {
        ChainHead { sequence: self.sequence, hash: self.hash }
    }
}

/// An event as its columns say; nothing of it is believed until [`verify`] has walked it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Its place in the chain.
    pub sequence: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// When.
    pub at: Timestamp,
    /// Which request.
    pub request_id: String,
    /// From what.
    pub before: Value,
    /// To what.
    pub after: Value,
    /// The hash before.
    pub prev_hash: Vec<u8>,
    /// The bytes that were hashed.
    pub canonical: Vec<u8>,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// SHA-256 of the hash before and the canonical bytes.
pub fn hash_of(prev_hash: &AuditHash, canonical: &[u8]) -> AuditHash {
    Sha256::new().chain_update(prev_hash).chain_update(canonical).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(actor: &str, action: &str) -> AuditEntry {
        AuditEntry {
            chain: "alert:1".into(),
            actor: actor.into(),
            action: action.into(),
            at: Timestamp::UNIX_EPOCH,
            request_id: String::new(),
            before: Value::Null,
            after: Value::Null,
        }
    }

    #[test]
    fn each_event_carries_the_hash_of_the_one_before() {
        let first = ChainHead::default().append(entry("system", "alert_raised"));
        let second = first.head().append(entry("key:a", "alert_claimed"));
        assert_eq!((first.sequence, second.sequence), (1, 2));
        assert_eq!(second.prev_hash, first.hash);
        assert_eq!(second.hash, hash_of(&first.hash, &second.canonical));
    }

    #[test]
    fn moving_a_character_between_fields_changes_the_hash() {
        let one = ChainHead::default().append(entry("ab", "c"));
        let other = ChainHead::default().append(entry("a", "bc"));
        assert_ne!(one.hash, other.hash);
    }
}
