//! What passes between the outbox and whoever sends: as JSON, since between functions it travels as events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Messages to send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// In the order of their events.
    pub messages: Vec<Outgoing>,
}

/// A message, signed and ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Of which delivery.
    pub delivery_id: String,
    /// The how manieth attempt this is, from 1.
    pub n_attempts: i64,
    /// When it was claimed: which attempt it is, for ever.
    pub claimed_at: Timestamp,
    /// Where it goes.
    pub url: String,
    /// The header `webhook-id`.
    pub message_id: String,
    /// The header `webhook-timestamp`: seconds since 1970.
    pub timestamp: i64,
    /// The header `webhook-signature`.
    pub signature: String,
    /// The body, as it is signed.
    pub body: String,
}

/// What came of the messages of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// How many; what passes on can be told from nothing by it.
    pub n_attempts: usize,
    /// One a message.
    pub attempts: Vec<Attempt>,
}

/// What came of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Of which delivery.
    pub delivery_id: String,
    /// Of which attempt, from 1.
    pub n_attempts: i64,
    /// When that was claimed.
    pub claimed_at: Timestamp,
    /// The HTTP status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
}

impl From<Vec<Attempt>> for Attempts {
    fn from(attempts: Vec<Attempt>) -> Self {
        Self { n_attempts: attempts.len(), attempts }
    }
}
