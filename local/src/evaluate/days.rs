//! Days in UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use shared::domain::Invalid;

const SECONDS_A_DAY: i64 = 86_400;

/// The day of a moment, counted from 1970.
pub(super) fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(SECONDS_A_DAY)
}

/// The date of a moment.
pub(super) fn date_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The first moment of the day of a moment.
pub(super) fn start_of_day(at: Timestamp) -> Timestamp {
    // Within the calendar, since the moment is.
    Timestamp::from_second(day_of(at) * SECONDS_A_DAY).unwrap_or(at)
}

/// The first moment of a date.
///
/// # Errors
/// When the date is not on the calendar of moments.
pub(super) fn start_of(date: Date) -> Result<Timestamp, Invalid> {
    let start = date.to_zoned(TimeZone::UTC).map_err(|_| off_calendar())?;
    Ok(start.timestamp())
}

/// The first moment after a date.
///
/// # Errors
/// When that is not on the calendar.
pub(super) fn end_of(date: Date) -> Result<Timestamp, Invalid> {
    start_of(date.tomorrow().map_err(|_| off_calendar())?)
}

fn off_calendar() -> Invalid {
    Invalid::new("every day must lie before the year 9999")
}
