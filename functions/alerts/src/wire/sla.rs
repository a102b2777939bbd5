//! Compliance by week as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::http::words;
use shared::workflow::sla::WeekOfSla;
use utoipa::{IntoParams, ToSchema};

/// The time that is told of.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(crate) struct SlaQuery {
    /// Decided at or after; 13 weeks before `to` by default.
    from: Option<Timestamp>,
    /// Decided before; now by default.
    to: Option<Timestamp>,
}

/// Newest week first, all severities together and then each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SlaByWeek)]
pub(crate) struct SlaOut {
    weeks: Vec<WeekOut>,
}

/// One week, of one severity or of all.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SlaWeek)]
struct WeekOut {
    /// The ISO week of the decision, in UTC.
    week: String,
    /// Null for all together.
    #[schema(value_type = Option<words::Severity>)]
    severity: Option<String>,
    n_decided: i64,
    /// Of those of which it is known when somebody took them on; null without one.
    responded_in_time: Option<f64>,
    resolved_in_time: f64,
    median_resolution_seconds: f64,
    p90_resolution_seconds: f64,
}

impl From<Vec<WeekOfSla>> for SlaOut {
    fn from(weeks: Vec<WeekOfSla>) -> Self {
        Self { weeks: weeks.into_iter().map(WeekOut::from).collect() }
    }
}

impl From<WeekOfSla> for WeekOut {
    fn from(week: WeekOfSla) -> Self {
        let share = |part: i64, of: i64| (of > 0).then(|| part as f64 / of as f64);
        Self {
            responded_in_time: share(week.n_responded_in_time, week.n_responded),
            resolved_in_time: share(week.n_decided_in_time, week.n_decided).unwrap_or_default(),
            week: week.week,
            severity: week.severity,
            n_decided: week.n_decided,
            median_resolution_seconds: week.median_seconds,
            p90_resolution_seconds: week.p90_seconds,
        }
    }
}
