//! Counts and sums of an account's transactions by time.

use super::ring::Ring;
use super::seen::DAY_SECONDS;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest window of amounts, in days.
pub(crate) const RECENT_DAYS: i64 = 30;

/// Two bytes a cell when encoded: a five-minute or hour bucket stops at 16,383 transactions.
const SHORT_COUNT: i64 = (1 << 14) - 1;
/// Three bytes: a day stops at 2,097,151 transactions.
pub(crate) const DAY_COUNT: i64 = (1 << 21) - 1;
/// Six bytes: a bucket's sum stops at 4,398,046,511,103 minor units.
const SUM: i64 = (1 << 42) - 1;

/// An account's transactions by day.
pub(crate) type DayCounts = Ring<72, DAY_SECONDS, 0, DAY_COUNT>;

/// Rings of counts and of sums. A ring holds one bucket more than its longest window, which ends within one.
///
/// A window answers none where part of its time has left the ring, which only a late transaction meets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Windows {
    five_minute_counts: Ring<13, 300, 0, SHORT_COUNT>,
    hour_counts: Ring<25, 3_600, 0, SHORT_COUNT>,
    day_counts: DayCounts,
    hour_sums: Ring<25, 3_600, 0, SUM>,
    day_sums: Ring<31, DAY_SECONDS, 0, SUM>,
}

impl Windows {
    /// Counts a transaction.
    pub(crate) fn count(&mut self, at: Timestamp) {
        self.five_minute_counts.add(at, 1);
        self.hour_counts.add(at, 1);
        self.day_counts.add(at, 1);
    }

    /// Adds an amount in minor units.
    pub(crate) fn add(&mut self, at: Timestamp, minor: i64) {
        self.hour_sums.add(at, minor);
        self.day_sums.add(at, minor);
    }

    /// Transactions in the hour before `at`.
    pub(crate) fn count_last_hour(&self, at: Timestamp) -> Option<f64> {
        self.five_minute_counts.window(at, 12)
    }

    /// Transactions in the 24 hours before `at`.
    pub(crate) fn count_last_24_hours(&self, at: Timestamp) -> Option<f64> {
        self.hour_counts.window(at, 24)
    }

    /// Transactions in the `n_days` before `at`, at most 71.
    pub(crate) fn count_last_days(&self, at: Timestamp, n_days: i64) -> Option<f64> {
        self.day_counts.window(at, n_days)
    }

    /// Transactions by day.
    pub(crate) fn days(&self) -> &DayCounts {
        &self.day_counts
    }

    /// Minor units in the 24 hours before `at`.
    pub(crate) fn sum_last_24_hours(&self, at: Timestamp) -> Option<f64> {
        self.hour_sums.window(at, 24)
    }

    /// Minor units in the `n_days` before `at`, at most 30.
    pub(crate) fn sum_last_days(&self, at: Timestamp, n_days: i64) -> Option<f64> {
        self.day_sums.window(at, n_days)
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self {
            five_minute_counts: Ring::largest(),
            hour_counts: Ring::largest(),
            day_counts: Ring::largest(),
            hour_sums: Ring::largest(),
            day_sums: Ring::largest(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_sums_cover_their_windows() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let mut windows = Windows::default();
        for hour in [0, 100, 700, 720] {
            windows.count(at(hour));
            windows.add(at(hour), 1_000);
        }
        let now = at(720);
        assert_eq!(windows.count_last_hour(now), Some(1.0));
        assert_eq!(windows.count_last_24_hours(now), Some(2.0));
        assert_eq!(windows.count_last_days(now, 30), Some(4.0));
        assert_eq!(windows.sum_last_24_hours(now), Some(2_000.0));
        // 29 days reach back to midnight of day 1, after the first and before the second.
        assert_eq!(windows.sum_last_days(now, 29), Some(3_000.0));
    }
}
