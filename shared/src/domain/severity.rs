//! Severity: how soon a person must look.

use super::Invalid;
use super::score::RiskScore;

/// How soon a person must look. Ordered: a later one outranks an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Stored, no alert.
    Low,
    /// Respond within 4 hours.
    Medium,
    /// Respond within 1 hour.
    High,
    /// A layer could not score: a person must.
    NeedsReview,
    /// Respond within 15 minutes.
    Critical,
}

impl Severity {
    /// All, lowest first.
    pub const ALL: [Self; 5] = [Self::Low, Self::Medium, Self::High, Self::NeedsReview, Self::Critical];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is none of the five words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| Invalid::new("must be low, medium, high, needs_review or critical"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::NeedsReview => "needs_review",
            Self::Critical => "critical",
        }
    }

    /// Its part of an alert's priority, in [0, 1].
    pub fn priority(self) -> f64 {
        match self {
            Self::Low => 0.25,
            Self::Medium => 0.5,
            Self::High => 0.75,
            Self::NeedsReview => 0.9,
            Self::Critical => 1.0,
        }
    }
}

/// Where the risk score turns into a severity: `0 < medium < high <= 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    medium: f64,
    high: f64,
}

impl Default for Thresholds {
    /// 0.50 and 0.80: a layer's 0.5 means that it would alert alone, its 0.8 that it is ten times rarer.
    fn default() -> Self {
        Self { medium: 0.50, high: 0.80 }
    }
}

impl Thresholds {
    /// Takes `0 < medium < high <= 1`.
    ///
    /// # Errors
    /// When not in that order.
    pub fn try_new(medium: f64, high: f64) -> Result<Self, Invalid> {
        if medium > 0.0 && medium < high && high <= 1.0 {
            Ok(Self { medium, high })
        } else {
            Err(Invalid(format!("thresholds must satisfy 0 < medium < high <= 1, not {medium} and {high}")))
        }
    }

    /// From here on an alert is raised.
    pub fn medium(self) -> f64 {
        self.medium
    }

    /// From here on it is critical.
    pub fn high(self) -> f64 {
        self.high
    }

    /// The severity of a risk score: `high` begins two thirds of the way from medium to critical.
    pub fn severity(self, risk: RiskScore) -> Severity {
        // Rounded to 1e-12, so that the defaults give 0.70 and not the next float above it.
        let high_begins = ((self.medium + (self.high - self.medium) * 2.0 / 3.0) * 1e12).round() / 1e12;
        match risk.value() {
            risk if risk >= self.high => Severity::Critical,
            risk if risk >= high_begins => Severity::High,
            risk if risk >= self.medium => Severity::Medium,
            _ => Severity::Low,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_thresholds_cut_at_50_70_and_80() {
        let severity = |risk| Thresholds::default().severity(RiskScore::try_new(risk).unwrap());
        assert_eq!(severity(0.4999), Severity::Low);
        assert_eq!(severity(0.50), Severity::Medium);
        assert_eq!(severity(0.6999), Severity::Medium);
        assert_eq!(severity(0.70), Severity::High);
        assert_eq!(severity(0.80), Severity::Critical);
    }

    #[test]
    fn needs_review_ranks_between_high_and_critical() {
        assert!(Severity::High < Severity::NeedsReview && Severity::NeedsReview < Severity::Critical);
    }
}
