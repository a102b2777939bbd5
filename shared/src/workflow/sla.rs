//! How the deadlines were met: compliance and resolution time by week.

use super::access::Session;
use crate::db::alert_schedule;
pub use crate::db::alert_schedule::WeekOfSla;
use crate::error::Error;
use jiff::{SignedDuration, Timestamp};

/// Decisions looked at, newest first: a bound for the statement, far above a year of a large desk.
const MOST_DECISIONS: i64 = 100_000;
/// Weeks told when the caller names none.
const DEFAULT_WEEKS: i64 = 13;

/// Compliance and resolution time by the ISO week of the decision, newest first: of the last 13 weeks unless named.
///
/// # Errors
/// When the database does not answer.
pub async fn by_week(
    session: &Session,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> Result<Vec<WeekOfSla>, Error> {
    let to = to.unwrap_or(session.now);
    let from = from.unwrap_or(to - SignedDuration::from_hours(DEFAULT_WEEKS * 7 * 24));
    Ok(alert_schedule::by_week(session.connection.client()?, (from, to), MOST_DECISIONS).await?)
}
