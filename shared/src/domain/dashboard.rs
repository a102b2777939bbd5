//! A team's day in figures: the dashboard, and what its alerts turned out to be, as of a moment.
//!
//! Pure values. They can be kept as a snapshot, hence serde; on the wire they have structs of their own.

use super::share::Share;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Hours that a dashboard shows.
pub const N_HOURS: i64 = 24;
/// Days that a dashboard shows.
pub const N_DAYS: i64 = 30;
const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// The dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    /// The moment it is of.
    pub as_of: Timestamp,
    /// Open alerts, by status and severity.
    pub open: Vec<OpenAlerts>,
    /// The last 24 hours, oldest first; the last one is not over.
    pub hours: Vec<Activity>,
    /// The last 30 days of UTC, oldest first; the last one is not over.
    pub days: Vec<Activity>,
    /// How the alerts of these days ended.
    pub outcomes: Outcomes,
}

/// Open alerts of one status and severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAlerts {
    /// active or in_review.
    pub status: String,
    /// The severity's word.
    pub severity: String,
    /// All of them.
    pub n: i64,
    /// Those that want a supervisor.
    pub n_escalated: i64,
    /// Those with less than a quarter of their time left.
    pub n_near: i64,
    /// Those past it.
    pub n_breached: i64,
}

/// What came in during a time of the server's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When it begins.
    pub from: Timestamp,
    /// Transactions that were assessed.
    pub n_transactions: i64,
    /// Alerts that a gate held back.
    pub n_held_back: i64,
    /// Alerts raised, by today's severity: low, medium, high, needs_review, critical.
    pub n_alerts: [i64; 5],
}

/// How alerts ended, and how long it took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Confirmed frauds among the conclusive decisions.
    pub confirmed_fraud: Share,
    /// False positives among them.
    pub false_positive: Share,
    /// Benign positives among them.
    pub benign_positive: Share,
    /// From the raise to the decision, the median; none without a decision.
    pub median_seconds: Option<f64>,
    /// The same, the ninth decile.
    pub p90_seconds: Option<f64>,
    /// Decisions made in time.
    pub in_time: Share,
}

/// What alerts turned out to be, by what raised them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The moment it is of.
    pub as_of: Timestamp,
    /// By the layer of the top reason: confirmed frauds among the conclusive decisions.
    pub detectors: Vec<Judged>,
    /// By reason code.
    pub reasons: Vec<Judged>,
    /// Reason codes that come together, most frequent first.
    pub pairs: Vec<Pair>,
    /// Accounts with the most alerts.
    pub accounts: Vec<Judged>,
    /// Counterparties with the most alerts.
    pub counterparties: Vec<Judged>,
}

/// Alerts of one detector, reason, account or counterparty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// Alerts raised.
    pub n_alerts: i64,
    /// Confirmed frauds among the conclusive decisions.
    pub confirmed_fraud: Share,
}

/// Two reason codes in one alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// In the order of the alphabet.
    pub codes: [String; 2],
    /// Alerts that have both.
    pub n_alerts: i64,
    /// Confirmed frauds among their conclusive decisions.
    pub confirmed_fraud: Share,
}

/// The times that a dashboard as of a moment counts in: begin and end, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    /// When each begins.
    pub from: Vec<Timestamp>,
    /// When each ends.
    pub to: Vec<Timestamp>,
}

impl Buckets {
    /// The hours, the present one included.
    pub fn hours(as_of: Timestamp) -> Self {
        Self::of(as_of, HOUR_SECONDS, N_HOURS)
    }

    /// The days of UTC, the present one included.
    pub fn days(as_of: Timestamp) -> Self {
        Self::of(as_of, DAY_SECONDS, N_DAYS)
    }

    fn of(as_of: Timestamp, seconds: i64, n: i64) -> Self {
        let into = as_of.as_second().rem_euclid(seconds);
        let newest = as_of - SignedDuration::new(into, as_of.subsec_nanosecond());
        let length = SignedDuration::from_secs(seconds);
        let from: Vec<Timestamp> =
            (0..n).rev().map(|age| newest - SignedDuration::from_secs(seconds * age)).collect();
        let to = from.iter().map(|from| *from + length).collect();
        Self { from, to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_end_with_the_present_one_and_touch() {
        let as_of: Timestamp = "2026-03-10T17:25:30.5Z".parse().unwrap();
        let hours = Buckets::hours(as_of);
        assert_eq!(hours.from.len(), 24);
        assert_eq!(hours.from.last().unwrap().to_string(), "2026-03-10T17:00:00Z");
        assert_eq!(hours.from[0].to_string(), "2026-03-09T18:00:00Z");
        assert!(hours.to.iter().zip(&hours.from[1..]).all(|(end, next)| end == next));
        let days = Buckets::days(as_of);
        assert_eq!((days.from.len(), days.from[29].to_string()), (30, "2026-03-10T00:00:00Z".to_owned()));
    }
}
