//! A configuration version: what people and learning may tune while the service runs.

use super::score::Weights;
use super::severity::Thresholds;

/// The tunable rules that an assessment names by version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Configuration {
    /// Where the risk score turns into a severity.
    pub thresholds: Thresholds,
    /// How much each layer counts.
    pub weights: Weights,
    /// New alerts an account may raise in one hour of event time; a higher severity always passes.
    pub alert_cap_per_account_hour: u32,
}

impl Default for Configuration {
    fn default() -> Self {
        Self { thresholds: Thresholds::default(), weights: Weights::default(), alert_cap_per_account_hour: 3 }
    }
}
