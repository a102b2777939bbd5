//! A snooze as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::force::ForceStatus;
use shared::http::words;
use shared::workflow::snoozes::StoredSnooze;
use utoipa::{IntoParams, ToSchema};

/// What `GET /api/v1/snoozes` takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(crate) struct SnoozesQuery {
    /// An account's id.
    account: Option<String>,
    /// Whether they are in force.
    #[param(value_type = Option<words::ForceStatus>, inline)]
    status: Option<String>,
    /// Snoozes a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

/// A snooze.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Snooze)]
pub(crate) struct SnoozeOut {
    /// `snz_` and a UUID.
    id: String,
    account: String,
    /// Only what this reason leads to; null for everything.
    reason_code: Option<String>,
    /// The gravest that it holds back.
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    /// Why.
    reason: String,
    /// active or ended.
    #[schema(value_type = words::ForceStatus)]
    status: &'static str,
    /// The key that made it.
    owner: String,
    created_at: Timestamp,
    until: Timestamp,
    ended_at: Option<Timestamp>,
    /// The key that ended it.
    ended_by: Option<String>,
}

/// A page of snoozes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SnoozePage)]
pub(crate) struct SnoozePageOut {
    pub(crate) snoozes: Vec<SnoozeOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

impl SnoozeOut {
    pub(crate) fn new(stored: StoredSnooze, now: Timestamp) -> Self {
        let status = ForceStatus::at(now, stored.ended_at, Some(stored.until));
        Self {
            id: stored.snooze.id.to_string(),
            account: stored.account,
            reason_code: stored.snooze.reason_code,
            severity: stored.snooze.severity.as_str(),
            reason: stored.snooze.reason,
            status: status.as_str(),
            owner: stored.owner,
            created_at: stored.created_at,
            until: stored.until,
            ended_at: stored.ended_at,
            ended_by: stored.ended_by,
        }
    }
}
