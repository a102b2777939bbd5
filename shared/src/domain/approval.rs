//! Four eyes: which decisions want a second person, and a decision that waits for one.

use super::Invalid;
use super::alert::{Decision, Disposition};
use super::ids::TransactionId;
use super::severity::Severity;

/// The word for no severity.
const OFF: &str = "off";

/// From which severity on a conclusive decision wants a second person; by default none does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ApprovalRule(Option<Severity>);

impl ApprovalRule {
    /// All: none at all, then by the lowest severity that wants two people.
    pub const ALL: [Self; 6] = [
        Self(None),
        Self(Some(Severity::Low)),
        Self(Some(Severity::Medium)),
        Self(Some(Severity::High)),
        Self(Some(Severity::NeedsReview)),
        Self(Some(Severity::Critical)),
    ];

    /// Reads a severity's word, or `off`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.as_str() == text)
            .ok_or_else(|| Invalid::new("must be off, low, medium, high, needs_review or critical"))
    }

    /// The severity's word, or `off`.
    pub fn as_str(self) -> &'static str {
        self.0.map_or(OFF, Severity::as_str)
    }

    /// Whether the other wants a second person wherever this one does.
    pub fn covers_no_more_than(self, other: Self) -> bool {
        match (self.0, other.0) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(from), Some(others)) => others <= from,
        }
    }

    /// Whether a decision on an alert of this severity waits for a second person. One that tells nothing apart does not,
    /// since it leaves the alert to a supervisor anyway, unless it takes the place of an earlier one that did.
    pub fn wants(self, severity: Severity, disposition: Disposition, earlier: Option<Disposition>) -> bool {
        let is_conclusive = |it: Disposition| it.verdict().is_some();
        let counts = is_conclusive(disposition) || earlier.is_some_and(is_conclusive);
        counts && self.0.is_some_and(|from| severity >= from)
    }
}

/// A decision that counts only when a second person approves it. Until then the alert stays in review, with who proposed
/// it, and nothing is labelled.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What was proposed, by whom and when.
    pub decision: Decision,
    /// The transactions that it names; those of the alert where it names none.
    pub transactions: Option<Vec<TransactionId>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conclusive_decisions_from_the_severity_on_want_a_second_person() {
        let wants = |rule: &str| {
            let rule = ApprovalRule::parse(rule).unwrap();
            Severity::ALL.map(|severity| rule.wants(severity, Disposition::FalsePositive, None))
        };
        assert_eq!(wants("off"), [false; 5]);
        assert_eq!(wants("high"), [false, false, true, true, true]);
        assert_eq!(wants("critical"), [false, false, false, false, true]);
        let rule = ApprovalRule::parse("low").unwrap();
        let by_disposition = |earlier| {
            Disposition::ALL.map(|disposition| rule.wants(Severity::Critical, disposition, earlier))
        };
        assert_eq!(by_disposition(None), [true, true, true, false]);
        assert_eq!(by_disposition(Some(Disposition::Inconclusive)), [true, true, true, false]);
        assert_eq!(
            by_disposition(Some(Disposition::ConfirmedFraud)),
            [true; 4],
            "it would overturn what counts"
        );
    }

    #[test]
    fn a_rule_covers_no_more_than_one_that_begins_no_higher() {
        let covers = |one: &str, other: &str| {
            ApprovalRule::parse(one).unwrap().covers_no_more_than(ApprovalRule::parse(other).unwrap())
        };
        assert!(covers("off", "off") && covers("off", "critical") && covers("high", "high"));
        assert!(covers("critical", "high") && !covers("high", "critical") && !covers("critical", "off"));
    }

    #[test]
    fn a_rule_is_a_word() {
        let words = ["off", "low", "medium", "high", "needs_review", "critical"];
        assert_eq!(ApprovalRule::ALL.map(ApprovalRule::as_str), words);
        assert_eq!(words.map(ApprovalRule::parse), ApprovalRule::ALL.map(Ok));
        for wrong in ["", "none", "High", "on"] {
            assert!(ApprovalRule::parse(wrong).is_err(), "{wrong} was taken");
        }
        assert_eq!(ApprovalRule::default().as_str(), "off");
    }
}
