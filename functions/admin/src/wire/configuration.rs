//! A configuration version as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::score::Layer;
use shared::http::words;
use shared::workflow::tuning::Version;
use utoipa::ToSchema;

/// The active version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Configuration)]
pub(crate) struct ConfigurationOut {
    /// What a change names in `If-Match`; the same as the `ETag`.
    version: i64,
    threshold_medium: f64,
    threshold_high: f64,
    weights: WeightsOut,
    alert_cap_per_account_hour: u32,
    label_maturity_days: u16,
    alert_budget: f64,
    /// Alerts from this severity on are decided by two people; `off`: none.
    #[schema(value_type = words::ApprovalRule)]
    approval_from_severity: &'static str,
    /// environment, deployment, person or adaptation.
    #[schema(value_type = words::ConfigurationOrigin)]
    origin: String,
    /// Fields that a person has fixed.
    fixed: Vec<String>,
    /// Who made it.
    created_by: String,
    created_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Weights)]
struct WeightsOut {
    statistical: f64,
    behavioral: f64,
    ml: f64,
}

impl From<Version> for ConfigurationOut {
    fn from(version: Version) -> Self {
        let Version { number, configuration, making } = version;
        let weight = |layer| configuration.weights.of(layer);
        Self {
            version: number,
            threshold_medium: configuration.thresholds.medium(),
            threshold_high: configuration.thresholds.high(),
            weights: WeightsOut {
                statistical: weight(Layer::Statistical),
                behavioral: weight(Layer::Behavioral),
                ml: weight(Layer::Ml),
            },
            alert_cap_per_account_hour: configuration.alert_cap_per_account_hour,
            label_maturity_days: configuration.label_maturity.days(),
            alert_budget: configuration.alert_budget.share(),
            approval_from_severity: configuration.approval.as_str(),
            origin: making.origin,
            fixed: making.fixed,
            created_by: making.created_by,
            created_at: making.created_at,
        }
    }
}
