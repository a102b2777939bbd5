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
}

impl Gate {
    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::AllowList, Self::Snooze, Self::Cap].into_iter().find(|gate| gate.as_str() == text)
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowList => "allow_list",
            Self::Snooze => "snooze",
            Self::Cap => "cap",
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
    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Raised, Self::Folded].into_iter().find(|outcome| outcome.as_str() == text)
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
    /// Event times of the newest raises, in any order.
    pub raised_at: Vec<Timestamp>,
    /// Alerts of the account that ended as confirmed fraud.
    pub n_confirmed: i64,
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
/// and a severity above every open alert's passes the cap.
pub fn passage(severity: Severity, occurred_at: Timestamp, alerts: &AccountAlerts, cap: u32) -> Passage {
    if severity == Severity::Low {
        return Passage::Below;
    }
    if let Some(position) = alerts.open.iter().position(|alert| is_foldable(alert, occurred_at)) {
        return Passage::Fold(position);
    }
    let n_recent =
        alerts.raised_at.iter().filter(|raised| is_within(**raised, occurred_at, CAP_WINDOW)).count();
    if n_recent >= usize::try_from(cap).unwrap_or(usize::MAX) && severity < Severity::NeedsReview {
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

/// Makes the alert that an assessment raises. `id` is minted by the caller.
pub fn raise(id: AlertId, account: &str, assessed: &Assessed<'_>, alerts: &AccountAlerts) -> Alert {
    let Assessed { record, occurred_at, now } = *assessed;
    Alert {
        id,
        account: Some(account.to_owned()),
        status: AlertStatus::Active,
        severity: record.severity,
        risk: record.risk,
        n_assessments: 1,
        first_assessment: record.id,
        top_assessment: record.id,
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
