//! Alert gates: whether an assessment raises an alert, folds into one, or is held back.

use super::alert::{Alert, AlertStatus};
use super::assessment::AssessmentRecord;
use super::audit::ChainHead;
use super::ids::AlertId;
use super::severity::Severity;
use jiff::{SignedDuration, Timestamp};

/// An alert in review takes further assessments for this long after it was last seen, in event time.
const FOLD_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The window of the cap, in event time.
const CAP_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// What held an alert back; the noise ledger counts by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// The account or counterparty is on the allow list.
    AllowList,
    /// The account is snoozed.
    Snooze,
    /// The account has raised as many alerts as it may within the hour.
    Cap,
    /// A failing layer has raised as many alerts over all accounts as it may within the hour.
    Failures,
}

impl Gate {
    /// All.
    pub const ALL: [Self; 4] = [Self::AllowList, Self::Snooze, Self::Cap, Self::Failures];

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.as_str() == text)
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowList => "allow_list",
            Self::Snooze => "snooze",
            Self::Cap => "cap",
            Self::Failures => "failures",
        }
    }
}

/// What an assessment did to its alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertOutcome {
    /// It made it.
    Raised,
    /// It was added to it.
    Folded,
}

impl AlertOutcome {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Raised, Self::Folded];

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Folded => "folded",
        }
    }
}

/// What is known of an account's alerts when one of its transactions is assessed.
#[derive(Debug, Clone, Default)]
pub struct AccountAlerts {
    /// The open ones; at most one of them is active.
    pub open: Vec<Alert>,
    /// The newest alert, open or not.
    pub newest: Option<AlertId>,
    /// The newest raises, in any order.
    pub raises: Vec<PastRaise>,
    /// Alerts of the account that ended as confirmed fraud.
    pub n_confirmed: i64,
}

/// An alert that was raised before, open or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastRaise {
    /// Event time of what raised it.
    pub at: Timestamp,
    /// The alert's severity by now.
    pub severity: Severity,
}

/// What becomes of an assessment.
#[derive(Debug, Clone, PartialEq)]
pub enum Passage {
    /// Below the threshold: stored, no alert.
    Below,
    /// It folds into the open alert at this position of [`AccountAlerts::open`].
    Fold(usize),
    /// It raises a new alert.
    Raise,
    /// It would have raised one; the gate and why.
    Withheld(Gate, String),
}

/// Decides in the order of the gates: threshold, open alert, cap. `needs_review` always passes the threshold,
/// and the cap lets through what is graver than all that was raised within the hour.
pub fn passage(severity: Severity, occurred_at: Timestamp, alerts: &AccountAlerts, cap: u32) -> Passage {
    if severity == Severity::Low {
        return Passage::Below;
    }
    if let Some(position) = alerts.open.iter().position(|alert| is_foldable(alert, occurred_at)) {
        return Passage::Fold(position);
    }
    let recent: Vec<Severity> = alerts
        .raises
        .iter()
        .filter(|raise| is_within(raise.at, occurred_at, CAP_WINDOW))
        .map(|raise| raise.severity)
        .collect();
    let n_recent = recent.len();
    let is_jump = recent.iter().max().is_some_and(|gravest| severity > *gravest);
    let is_at_cap = n_recent >= usize::try_from(cap).unwrap_or(usize::MAX);
    if is_at_cap && severity < Severity::NeedsReview && !is_jump {
        return Passage::Withheld(
            Gate::Cap,
            format!("the account raised {n_recent} alerts within the hour; the cap is {cap}"),
        );
    }
    Passage::Raise
}

/// An active alert keeps folding whatever its age, since an account has at most one.
fn is_foldable(alert: &Alert, occurred_at: Timestamp) -> bool {
    match alert.status {
        AlertStatus::Active => true,
        AlertStatus::InReview => is_within(alert.last_seen_at, occurred_at, FOLD_WITHIN),
        AlertStatus::Resolved | AlertStatus::Closed => false,
    }
}

fn is_within(one: Timestamp, other: Timestamp, limit: SignedDuration) -> bool {
    one.duration_since(other).abs() <= limit
}

/// Alerts of accounts that failing layers may raise in an hour; past it, the system alert speaks for them.
pub const MAX_FAILURE_ALERTS: i64 = 20;

/// What is known of failures when a transaction is assessed.
#[derive(Debug, Clone, Default)]
pub struct Failures {
    /// Alerts of accounts raised as `needs_review` in the last hour of the server's clock, to 20.
    pub n_recent: i64,
    /// The causes of open system alerts.
    pub open_causes: Vec<String>,
}

/// Whether failing layers have raised enough alerts of accounts for this hour; the reason, if so.
pub fn failures_passed(failures: &Failures) -> Option<String> {
    (failures.n_recent >= MAX_FAILURE_ALERTS).then(|| {
        format!(
            "a failing layer has raised {MAX_FAILURE_ALERTS} alerts within the hour; see the system alert"
        )
    })
}

/// Makes the alert of the system that a failing layer raises.
pub fn raise_system(id: AlertId, cause: String, assessed: &Assessed<'_>) -> Alert {
    let alert = raise(id, "", assessed, &AccountAlerts::default());
    Alert { account: None, cause: Some(cause), severity: Severity::NeedsReview, ..alert }
}

/// Makes the alert that an assessment raises. `id` is minted by the caller.
pub fn raise(id: AlertId, account: &str, assessed: &Assessed<'_>, alerts: &AccountAlerts) -> Alert {
    let Assessed { record, occurred_at, now } = *assessed;
    Alert {
        id,
        account: Some(account.to_owned()),
        cause: None,
        status: AlertStatus::Active,
        severity: record.severity,
        risk: record.risk,
        n_assessments: 1,
        first_assessment: record.id,
        top_assessment: record.id,
        trigger: None,
        first_seen_at: occurred_at,
        last_seen_at: occurred_at,
        created_at: now,
        respond_by: now + record.severity.respond_within(),
        resolve_by: now + record.severity.resolve_within(),
        n_confirmed_before: alerts.n_confirmed,
        previous: alerts.newest,
        assignee: None,
        is_escalated: false,
        decision: None,
        head: ChainHead::default(),
    }
}

/// An assessment on its way through the gates.
#[derive(Debug, Clone, Copy)]
pub struct Assessed<'a> {
    /// What was assessed.
    pub record: &'a AssessmentRecord,
    /// Event time of its transaction.
    pub occurred_at: Timestamp,
    /// The server's clock.
    pub now: Timestamp,
}

/// Adds an assessment to an open alert: counts it and raises score and severity if higher, never lower.
/// A higher severity brings the deadlines forward, never back. Returns the severity before, if it rose.
pub fn fold(alert: &mut Alert, assessed: &Assessed<'_>) -> Option<Severity> {
    let Assessed { record, occurred_at, now } = *assessed;
    let before = alert.severity;
    let is_top = (record.severity, record.risk.value()) > (alert.severity, alert.risk.value());
    if is_top {
        alert.top_assessment = record.id;
    }
    alert.n_assessments += 1;
    alert.first_seen_at = alert.first_seen_at.min(occurred_at);
    alert.last_seen_at = alert.last_seen_at.max(occurred_at);
    if record.risk.value() > alert.risk.value() {
        alert.risk = record.risk;
    }
    if record.severity <= before {
        return None;
    }
    alert.severity = record.severity;
    alert.respond_by = alert.respond_by.min(now + record.severity.respond_within());
    alert.resolve_by = alert.resolve_by.min(now + record.severity.resolve_within());
    Some(before)
}

#[cfg(test)]
mod tests;
