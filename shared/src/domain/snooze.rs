//! Snoozes: an account that raises no alerts for a while, unless something graver happens.

use super::ids::SnoozeId;
use super::severity::Severity;

/// A snooze that is in force for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snooze {
    /// Which.
    pub id: SnoozeId,
    /// The reason that it is about; none for all.
    pub reason_code: Option<String>,
    /// The gravest that it holds back: what the account's alert had when somebody snoozed it.
    pub severity: Severity,
    /// Why somebody made it.
    pub reason: String,
}

impl Snooze {
    /// Whether it holds back an assessment of this severity, whose reason that weighs most is `leading`.
    pub fn holds_back(&self, severity: Severity, leading: Option<&str>) -> bool {
        let is_its_reason = self.reason_code.as_deref().is_none_or(|code| leading == Some(code));
        is_its_reason && severity <= self.severity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn snooze(reason_code: Option<&str>, severity: Severity) -> Snooze {
        Snooze {
            id: SnoozeId(Uuid::nil()),
            reason_code: reason_code.map(str::to_owned),
            severity,
            reason: "known".into(),
        }
    }

    #[test]
    fn a_jump_in_severity_wakes_and_so_does_another_reason() {
        let cases = [
            (None, Severity::Medium, Severity::Medium, Some("a"), true),
            (None, Severity::High, Severity::Medium, None, true),
            (None, Severity::Medium, Severity::High, Some("a"), false),
            (Some("a"), Severity::Medium, Severity::Medium, Some("a"), true),
            (Some("a"), Severity::Medium, Severity::Medium, Some("b"), false),
            (Some("a"), Severity::Medium, Severity::Medium, None, false),
            (Some("a"), Severity::Medium, Severity::Critical, Some("a"), false),
            (None, Severity::High, Severity::NeedsReview, Some("a"), false),
        ];
        for (code, at, severity, leading, expected) in cases {
            assert_eq!(
                snooze(code, at).holds_back(severity, leading),
                expected,
                "{code:?} at {at:?}, {severity:?} by {leading:?}"
            );
        }
    }
}
