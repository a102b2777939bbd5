//! The rules and words of the domain, as types.
//!
//! What lives here: values that cannot be wrong once made. What does not: storage, HTTP, clocks, random
//! numbers, scoring. A function that needs the time or a random number takes it as an argument.

pub mod access;
pub mod alert;
pub mod approval;
pub mod assessment;
pub mod attachment;
pub mod audit;
pub mod canonical;
pub mod clocks;
pub mod configuration;
pub mod content;
pub mod dashboard;
pub mod evidence;
pub mod figures;
pub mod force;
pub mod gate;
pub mod idempotency;
pub mod ids;
pub mod label;
pub mod lists;
pub mod money;
pub mod note;
pub mod operation;
pub mod rate;
pub mod score;
pub mod severity;
pub mod share;
pub mod snooze;
pub mod text;
pub mod transaction;
pub mod version;
pub mod webhook;

/// Why a value was refused, in words a caller can act on; names the rule, never another value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

impl Invalid {
    /// Wraps a message that starts in lower case and says what would be right.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
