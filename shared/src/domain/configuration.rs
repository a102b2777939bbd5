//! A configuration version: what people and learning may tune while the service runs.

use super::Invalid;
use super::approval::ApprovalRule;
use super::clocks::Clocks;
use super::score::Weights;
use super::severity::Thresholds;

/// The highest cap on an account's alerts in an hour; the gates look no further back than this many raises.
pub const MAX_ALERT_CAP: u32 = 20;

/// The tunable rules that an assessment names by version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Configuration {
    /// Where the risk score turns into a severity.
    pub thresholds: Thresholds,
    /// How much each layer counts.
    pub weights: Weights,
    /// New alerts an account may raise in one hour of event time, 0 to 20; a higher severity always passes.
    pub alert_cap_per_account_hour: u32,
    /// When a transaction without a label is presumed genuine.
    pub label_maturity: LabelMaturity,
    /// The share of transactions that people can look at.
    pub alert_budget: AlertBudget,
    /// How long each severity has.
    pub clocks: Clocks,
    /// Which decisions want a second person.
    pub approval: ApprovalRule,
}

/// Who made a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The first start, out of the environment.
    Environment,
    /// A deployment whose values had changed.
    Deployment,
    /// A person.
    Person,
    /// What was learned.
    Adaptation,
}

impl Origin {
    /// All.
    pub const ALL: [Self; 4] = [Self::Environment, Self::Deployment, Self::Person, Self::Adaptation];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Deployment => "deployment",
            Self::Person => "person",
            Self::Adaptation => "adaptation",
        }
    }
}

/// Whole days after which a transaction without a label is presumed genuine, 0 to 41.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelMaturity(u16);

impl LabelMaturity {
    /// The longest: profiles keep 72 days, 30 of which a window may need.
    pub const MAX_DAYS: u16 = 41;

    /// Takes 0 to 41 days.
    ///
    /// # Errors
    /// When it is more.
    pub fn try_new(days: u16) -> Result<Self, Invalid> {
        if days <= Self::MAX_DAYS {
            Ok(Self(days))
        } else {
            Err(Invalid(format!("label maturity must be 0 to {} days, not {days}", Self::MAX_DAYS)))
        }
    }

    /// Days.
    pub fn days(self) -> u16 {
        self.0
    }
}

impl Default for LabelMaturity {
    /// Seven days: most cardholders have seen their statement or their balance.
    fn default() -> Self {
        Self(7)
    }
}

/// The share of transactions that a layer alone would alert on: 0.5 on its scale. In (0, 0.04].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlertBudget(f64);

impl AlertBudget {
    /// Takes a share above 0, at most 0.04: ten times as many must still be fewer than half.
    ///
    /// # Errors
    /// When it is outside.
    pub fn try_new(share: f64) -> Result<Self, Invalid> {
        if share > 0.0 && share <= 0.04 {
            Ok(Self(share))
        } else {
            Err(Invalid(format!("alert budget must be above 0 and at most 0.04, not {share}")))
        }
    }

    /// The share.
    pub fn share(self) -> f64 {
        self.0
    }
}

impl Default for AlertBudget {
    /// One transaction in 200.
    fn default() -> Self {
        Self(0.005)
    }
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            thresholds: Thresholds::default(),
            weights: Weights::default(),
            alert_cap_per_account_hour: 3,
            label_maturity: LabelMaturity::default(),
            alert_budget: AlertBudget::default(),
            clocks: Clocks::default(),
            approval: ApprovalRule::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maturity_and_budget_have_bounds() {
        assert!(LabelMaturity::try_new(0).is_ok() && LabelMaturity::try_new(42).is_err());
        assert!(AlertBudget::try_new(0.04).is_ok());
        for share in [0.0, -0.1, 0.041, f64::NAN] {
            assert!(AlertBudget::try_new(share).is_err(), "{share} was taken");
        }
    }
}
