//! Alert gates: whether an assessment raises an alert, folds into one, or is held back.

use super::alert::{Alert, AlertStatus};
use super::assessment::{AssessmentRecord, ReasonRecord};
use super::audit::ChainHead;
use super::clocks::Clocks;
use super::ids::AlertId;
use super::lists::{ListEntry, ListKind};
use super::severity::Severity;
use super::snooze::Snooze;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

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

/// What people have asked for of a transaction's parties, in force when it is assessed.
#[derive(Debug, Clone, Default)]
pub struct Directives {
    /// Entries that name one of its parties.
    pub lists: Vec<ListEntry>,
    /// Snoozes of its account.
    pub snoozes: Vec<Snooze>,
}

impl Directives {
    /// The severity that an alert has: what the engine said, and at least high by a deny entry or medium by a watch
    /// entry. The assessment keeps its own.
    pub fn raise_severity(&self, severity: Severity) -> Severity {
        let least = self.lists.iter().map(|entry| match entry.kind {
            ListKind::Allow => Severity::Low,
            ListKind::Watch => Severity::Medium,
            ListKind::Deny => Severity::High,
        });
        least.fold(severity, Severity::max)
    }

    /// What deny and watch entries say of it, as reasons without a part in any score.
    pub fn reasons(&self) -> Vec<ReasonRecord> {
        let code = |entry: &ListEntry| match entry.kind {
            ListKind::Allow => None,
            ListKind::Deny => Some("list_deny"),
            ListKind::Watch => Some("list_watch"),
        };
        let reason = |entry: &ListEntry| {
            let (subject, kind) = (entry.subject.as_str(), entry.kind.as_str());
            Some(ReasonRecord {
                code: code(entry)?.to_owned(),
                text: format!("the {subject} is on the {kind} list: {} ({})", entry.reason, entry.id),
                contribution: 0.0,
            })
        };
        self.lists.iter().filter_map(reason).collect()
    }

    fn is_denied(&self) -> bool {
        self.lists.iter().any(|entry| entry.kind == ListKind::Deny)
    }

    /// What holds an assessment back, unless one of its parties is denied.
    fn hold(&self, severity: Severity, leading_reason: Option<&str>) -> Option<Hold> {
        if self.is_denied() {
            return None;
        }
        let allowed = self.lists.iter().find(|entry| entry.kind == ListKind::Allow).map(|entry| Hold {
            gate: Gate::AllowList,
            reason: format!(
                "the {} is on the allow list: {} ({})",
                entry.subject.as_str(),
                entry.reason,
                entry.id
            ),
            by: Some(entry.id.0),
        });
        let snoozed = || {
            let snooze = self.snoozes.iter().find(|snooze| snooze.holds_back(severity, leading_reason))?;
            Some(Hold {
                gate: Gate::Snooze,
                reason: format!("the account is snoozed: {} ({})", snooze.reason, snooze.id),
                by: Some(snooze.id.0),
            })
        };
        allowed.or_else(snoozed)
    }
}

/// Why an assessment raised no alert although it was grave enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// What held it back.
    pub gate: Gate,
    /// In a sentence.
    pub reason: String,
    /// The list's entry or the snooze that did.
    pub by: Option<Uuid>,
}

/// What becomes of an assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// Below the threshold: stored, no alert.
    Below,
    /// It folds into the open alert at this position of [`AccountAlerts::open`].
    Fold(usize),
    /// It raises a new alert.
    Raise,
    /// It would have raised one or folded into one.
    Withheld(Hold),
}

/// An assessment before the gates.
#[derive(Debug, Clone, Copy)]
pub struct Approach<'a> {
    /// What the engine said.
    pub severity: Severity,
    /// The code of the reason that weighs most.
    pub leading_reason: Option<&'a str>,
    /// Event time of its transaction.
    pub occurred_at: Timestamp,
    /// What people have asked for.
    pub directives: &'a Directives,
}

/// Decides in the order of the gates: threshold, allow list or snooze, open alert, cap. `needs_review` always passes
/// the threshold, the cap lets through what is graver than all that was raised within the hour, and a deny entry
/// passes everything but an open alert, into which it folds.
pub fn passage(approach: &Approach<'_>, alerts: &AccountAlerts, cap: u32) -> Passage {
    let Approach { leading_reason, occurred_at, directives, .. } = *approach;
    let severity = directives.raise_severity(approach.severity);
    if severity == Severity::Low {
        return Passage::Below;
    }
    if let Some(hold) = directives.hold(severity, leading_reason) {
        return Passage::Withheld(hold);
    }
    if let Some(position) = alerts.open.iter().position(|alert| is_foldable(alert, occurred_at)) {
        return Passage::Fold(position);
    }
    if directives.is_denied() {
        return Passage::Raise;
    }
    over_cap(severity, occurred_at, (alerts, cap)).map_or(Passage::Raise, Passage::Withheld)
}

fn over_cap(
    severity: Severity,
    occurred_at: Timestamp,
    (alerts, cap): (&AccountAlerts, u32),
) -> Option<Hold> {
    let recent: Vec<Severity> = alerts
        .raises
        .iter()
        .filter(|raise| is_within(raise.at, occurred_at, CAP_WINDOW))
        .map(|raise| raise.severity)
        .collect();
    let n_recent = recent.len();
    let is_jump = recent.iter().max().is_some_and(|gravest| severity > *gravest);
    let is_at_cap = n_recent >= usize::try_from(cap).unwrap_or(usize::MAX);
    let is_over = is_at_cap && severity < Severity::NeedsReview && !is_jump;
    is_over.then(|| Hold {
        gate: Gate::Cap,
        reason: format!("the account raised {n_recent} alerts within the hour; the cap is {cap}"),
        by: None,
    })
}

/// An active alert keeps folding whatever its age, since an account has at most one. One whose decision awaits approval takes
/// nothing more: what a second person approves is what the first decided on.
fn is_foldable(alert: &Alert, occurred_at: Timestamp) -> bool {
    match alert.status {
        AlertStatus::Active => true,
        AlertStatus::InReview if alert.proposal.is_some() => false,
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
    let Assessed { record, severity, occurred_at, now, clocks } = *assessed;
    Alert {
        id,
        account: Some(account.to_owned()),
        cause: None,
        status: AlertStatus::Active,
        severity,
        risk: record.risk,
        n_assessments: 1,
        first_assessment: record.id,
        top_assessment: record.id,
        trigger: None,
        first_seen_at: occurred_at,
        last_seen_at: occurred_at,
        created_at: now,
        respond_by: now + clocks.respond_within(severity),
        resolve_by: now + clocks.resolve_within(severity),
        n_confirmed_before: alerts.n_confirmed,
        previous: alerts.newest,
        responded_at: None,
        assignee: None,
        is_escalated: false,
        decision: None,
        proposal: None,
        head: ChainHead::default(),
    }
}

/// An assessment on its way through the gates.
#[derive(Debug, Clone, Copy)]
pub struct Assessed<'a> {
    /// What was assessed.
    pub record: &'a AssessmentRecord,
    /// The severity of its alert, which lists may have raised above its own.
    pub severity: Severity,
    /// Event time of its transaction.
    pub occurred_at: Timestamp,
    /// The server's clock.
    pub now: Timestamp,
    /// How long each severity has.
    pub clocks: Clocks,
}

/// Adds an assessment to an open alert: counts it and raises score and severity if higher, never lower.
/// A higher severity brings the deadlines forward, never back. Returns the severity before, if it rose.
pub fn fold(alert: &mut Alert, assessed: &Assessed<'_>) -> Option<Severity> {
    let Assessed { record, severity, occurred_at, now, clocks } = *assessed;
    let before = alert.severity;
    let is_top = (severity, record.risk.value()) > (alert.severity, alert.risk.value());
    if is_top {
        alert.top_assessment = record.id;
    }
    alert.n_assessments += 1;
    alert.first_seen_at = alert.first_seen_at.min(occurred_at);
    alert.last_seen_at = alert.last_seen_at.max(occurred_at);
    if record.risk.value() > alert.risk.value() {
        alert.risk = record.risk;
    }
    if severity <= before {
        return None;
    }
    alert.severity = severity;
    alert.respond_by = alert.respond_by.min(now + clocks.respond_within(severity));
    alert.resolve_by = alert.resolve_by.min(now + clocks.resolve_within(severity));
    Some(before)
}

#[cfg(test)]
mod tests;
