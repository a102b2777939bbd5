//! The JSON form of a mapping, as a person writes it.

use super::amounts::AmountRules;
use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappingForm {
    pub(super) source: String,
    pub(super) columns: Columns,
    #[serde(default)]
    pub(super) attributes: Vec<String>,
    #[serde(default)]
    pub(super) constants: Constants,
    pub(super) verdicts: Option<Verdicts>,
    #[serde(default)]
    pub(super) times: Vec<String>,
    pub(super) amounts: AmountRules,
}

/// The header of each field's column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    pub(super) external_id: String,
    pub(super) occurred_at: String,
    pub(super) account: String,
    pub(super) counterparty: Option<String>,
    pub(super) amount: String,
    pub(super) currency: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) category: Option<String>,
    pub(super) device: Option<String>,
    pub(super) ip_address: Option<String>,
    pub(super) country: Option<String>,
    pub(super) city: Option<String>,
    pub(super) latitude: Option<String>,
    pub(super) longitude: Option<String>,
    pub(super) fraud: Option<String>,
    pub(super) label_at: Option<String>,
    pub(super) scenario: Option<String>,
}

/// The words of the file's own for how a transaction turned out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verdicts {
    pub(super) fraud: Vec<String>,
    pub(super) genuine: Vec<String>,
    #[serde(default)]
    pub(super) unknown: Vec<String>,
}

/// What every row has in common.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Constants {
    pub(super) counterparty: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) entity_type: Option<String>,
}
