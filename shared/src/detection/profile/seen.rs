//! How many transactions, and when the first and the newest were: the lifetime totals of a profile.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Seconds in a day.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// The day of a time, counted from 1970 in UTC.
pub(crate) fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(DAY_SECONDS)
}

/// The day of a time in two bytes, which last until 2149.
pub(crate) fn short_day_of(at: Timestamp) -> u16 {
    u16::try_from(day_of(at).max(0)).unwrap_or(u16::MAX)
}

/// Where a transaction stands in time to the newest one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No earlier than the newest so far.
    InOrder,
    /// Earlier than the newest, within the day ring.
    Late,
    /// Older than the day ring: only lifetime totals may change.
    BeforeRing,
}

/// Lifetime count, first and newest time; times in microseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    n: u32,
    first: Option<i64>,
    last: Option<i64>,
}

impl Seen {
    /// How many transactions were applied.
    pub(crate) fn n(&self) -> u32 {
        self.n
    }

    /// The newest `occurred_at` applied.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.last.and_then(|last| Timestamp::from_microsecond(last).ok())
    }

    /// Days from the earliest transaction to `at`, 0 if that is earlier still. None before the first.
    pub(crate) fn age_days(&self, at: Timestamp) -> Option<f64> {
        let first = self.first?;
        Some(((at.as_microsecond() - first) as f64 / (DAY_SECONDS as f64 * 1e6)).max(0.0))
    }

    /// Where a transaction stands, given how many days the day ring holds.
    pub(crate) fn standing(&self, at: Timestamp, ring_days: i64) -> Standing {
        match self.last() {
            None => Standing::InOrder,
            Some(last) if at >= last => Standing::InOrder,
            Some(last) if day_of(at) > day_of(last) - ring_days => Standing::Late,
            Some(_) => Standing::BeforeRing,
        }
    }

    /// Counts a transaction.
    pub(crate) fn count(&mut self, at: Timestamp) {
        let at = at.as_microsecond();
        self.merge(&Self { n: 1, first: Some(at), last: Some(at) });
    }

    /// Adds another's transactions.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.last = self.last.max(other.last);
    }

    /// Whether the times exist on the calendar, for decoding.
    pub(crate) fn is_valid(&self) -> bool {
        is_time(self.first) && is_time(self.last)
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self { n: u32::MAX, first: Some(LATEST), last: Some(LATEST) }
    }
}

/// Whether microseconds since 1970 exist on the calendar.
pub(crate) fn is_time(microseconds: Option<i64>) -> bool {
    microseconds.is_none_or(|microseconds| Timestamp::from_microsecond(microseconds).is_ok())
}

/// 9999-12-30, in microseconds: no time takes more bytes.
#[cfg(test)]
pub(crate) const LATEST: i64 = 253_402_207_200_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_means_earlier_than_the_newest_and_not_yet_out_of_the_ring() {
        let at = |day: i64| Timestamp::from_second(day * DAY_SECONDS).unwrap();
        let mut seen = Seen::default();
        assert_eq!(seen.standing(at(1), 72), Standing::InOrder);
        seen.count(at(100));
        assert_eq!(seen.standing(at(100), 72), Standing::InOrder);
        assert_eq!(seen.standing(at(29), 72), Standing::Late);
        assert_eq!(seen.standing(at(28), 72), Standing::BeforeRing);
        seen.count(at(28));
        assert_eq!((seen.n(), seen.last()), (2, Some(at(100))));
        assert_eq!(seen.age_days(at(30)), Some(2.0));
    }
}
