//! Ingesting transactions: exactly once, scored against the past as known, alerts raised, in one SQL
//! transaction and two changes of direction.
//!
//! [`batch`] splits what came into chunks; [`chunk`] is the hot path of one; [`round`] talks to the database;
//! [`scoring`] holds the chunk's profiles in memory and applies detection in order; [`alerting`] its alerts.

mod alerting;
mod batch;
mod chunk;
mod round;
mod scoring;

pub use batch::ingest;
pub(in crate::workflow) use scoring::decode as decode_profile;

use crate::domain::access::{Actor, Credentials};
use crate::domain::assessment::AssessmentRecord;
use crate::domain::ids::TransactionId;
use crate::error::Error;
use jiff::Timestamp;

/// Who sends transactions.
#[derive(Debug, Clone)]
pub enum Sender {
    /// A caller with a key: the first round trip checks it and counts the request against its limit.
    Key(Credentials),
    /// A function of ours that the platform has admitted: no key is asked and no limit counts.
    Function(Actor),
}

/// Who sends transactions, when, and in which request.
#[derive(Debug, Clone)]
pub struct IngestContext {
    /// Who sends them.
    pub sender: Sender,
    /// The request's id, for the audit trail.
    pub request_id: String,
    /// The server's clock.
    pub now: Timestamp,
}

/// What became of one transaction.
#[derive(Debug)]
pub enum ItemOutcome {
    /// Stored and assessed now.
    Accepted(TransactionId, AssessmentRecord),
    /// The same content had been stored before; the first answer.
    Replayed(TransactionId, AssessmentRecord),
    /// The natural key is taken by other content.
    Conflict,
    /// The key may not send this source.
    Unbound,
    /// Nothing was stored, or the commit's reply was lost; sending it again is safe and stores it once.
    Failed(Error),
}
