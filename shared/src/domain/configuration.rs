//! A configuration version: what people and learning may tune while the service runs.

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
}

impl Default for Configuration {
    fn default() -> Self {
        Self { thresholds: Thresholds::default(), weights: Weights::default(), alert_cap_per_account_hour: 3 }
    }
}
