//! Whether a chain is what was written: walked event by event, without trust in any column.

use super::canonical::decode;
use super::{AuditEntry, ChainHead, StoredEvent, hash_of};
use serde_json::Value;
use std::fmt;

/// The first thing that is wrong with a chain, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The chain, or `anchors`.
    pub chain: String,
    /// The event's place in it, or the anchor's number.
    pub sequence: i64,
    /// What is wrong there.
    pub difference: Difference,
}

/// What is wrong with an event or an anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// It should be there.
    #[error("it is missing")]
    Missing,
    /// Something else stands at its place already.
    #[error("a second one stands at this place: the chain forks")]
    Fork,
    /// It does not follow the one before.
    #[error("prev_hash is not the hash of the one before")]
    Unlinked,
    /// Its hash is of other bytes.
    #[error("hash is not that of prev_hash and the canonical bytes")]
    Changed,
    /// Its canonical bytes are no event's.
    #[error("the canonical bytes are not those of an event")]
    Unreadable,
    /// A column says something else than what was hashed.
    #[error("the column {0} is not what the hashed bytes say")]
    Column(&'static str),
    /// The row that owns the chain names another hash for it.
    #[error("the head on the owning row has another hash")]
    Head,
    /// The row that owns the chain does not know of it.
    #[error("it lies beyond the head on the owning row")]
    BeyondHead,
    /// No row owns the chain.
    #[error("no row owns the chain")]
    Unowned,
    /// It is not the event that an anchor was made of.
    #[error("it is not the event that anchor {0} covers: it was changed, or the chain's end was cut off")]
    Anchored(i64),
    /// The chains that an anchor names do not give its root.
    #[error("the root is not that of the chains it names")]
    Root,
    /// The note that it tells of is another now.
    #[error("{0} is not what was written")]
    NoteChanged(String),
    /// The note that it tells of is gone.
    #[error("{0} is missing")]
    NoteMissing(String),
    /// A note that no event tells of.
    #[error("{0} stands in no event")]
    NoteUntold(String),
    /// What of a file is not as its events tell: its record, its content or its erasure.
    #[error("{0} is not what its events tell")]
    FileChanged(String),
    /// The file that it tells of is gone.
    #[error("{0} is missing")]
    FileMissing(String),
    /// A file that no event tells of.
    #[error("{0} stands in no event")]
    FileUntold(String),
    /// The log outside the database holds another anchor under this number.
    #[error("the log tells another anchor of this number")]
    Told,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.chain, self.sequence, self.difference)
    }
}

/// A walk along one chain, from its first event.
#[derive(Debug, Clone)]
pub struct ChainWalk {
    chain: String,
    /// The head as it was read before any of the events: what is there now must hold at least that.
    head: ChainHead,
    reached: ChainHead,
}

impl ChainWalk {
    /// Begins before the first event. `head` is what the owning row said earlier than the events were read.
    pub fn begin(chain: String, head: ChainHead) -> Self {
        Self { chain, head, reached: ChainHead::default() }
    }

    /// The chain that is walked.
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// Where the walk stands.
    pub fn reached(&self) -> ChainHead {
        self.reached
    }

    /// Goes on to the next stored event.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn step(&mut self, event: &StoredEvent) -> Result<(), Fault> {
        let expected = self.reached.sequence + 1;
        if event.sequence > expected {
            return Err(self.fault(expected, Difference::Missing));
        }
        let wrong = |difference| self.fault(event.sequence, difference);
        if event.sequence < expected {
            return Err(wrong(Difference::Fork));
        }
        if event.prev_hash != self.reached.hash {
            return Err(wrong(Difference::Unlinked));
        }
        let hash = hash_of(&self.reached.hash, &event.canonical);
        if event.hash != hash {
            return Err(wrong(Difference::Changed));
        }
        let (written, sequence) = decode(&event.canonical).ok_or_else(|| wrong(Difference::Unreadable))?;
        if let Some(column) = self.other_column(event, &written, sequence) {
            return Err(wrong(Difference::Column(column)));
        }
        if event.sequence == self.head.sequence && hash != self.head.hash {
            return Err(wrong(Difference::Head));
        }
        self.reached = ChainHead { sequence, hash };
        Ok(())
    }

    /// Ends the walk behind the last stored event. Answers where it ended, which may lie beyond the head: the chain
    /// may have grown since that was read.
    ///
    /// # Errors
    /// When events are missing at the end.
    pub fn end(self) -> Result<ChainHead, Fault> {
        if self.reached.sequence < self.head.sequence {
            return Err(self.fault(self.reached.sequence + 1, Difference::Missing));
        }
        Ok(self.reached)
    }

    fn fault(&self, sequence: i64, difference: Difference) -> Fault {
        Fault { chain: self.chain.clone(), sequence, difference }
    }

    /// The first column that says something else than the bytes.
    fn other_column(&self, event: &StoredEvent, written: &AuditEntry, sequence: i64) -> Option<&'static str> {
        let columns = [
            ("chain", self.chain == written.chain),
            ("sequence", event.sequence == sequence),
            ("actor", event.actor == written.actor),
            ("action", event.action == written.action),
            ("at", event.at == written.at),
            ("request_id", event.request_id == written.request_id),
            ("before", is_same(&event.before, &written.before)),
            ("after", is_same(&event.after, &written.after)),
        ];
        columns.into_iter().find(|(_, is_same)| !is_same).map(|(column, _)| column)
    }
}

/// Whether two values are the same, the spelling of numbers aside: the database keeps `1e17` as a whole number.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| is_same(one, other)))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests;
