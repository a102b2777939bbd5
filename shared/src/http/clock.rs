//! The server's clock, as handlers read it.

use jiff::Timestamp;

/// Now, in whole microseconds: what the database keeps, so that an answer and a later read agree.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
