//! An assessment: what the three layers said of one transaction, and with which versions.

use super::ids::ModelId;
use super::score::{Layer, RiskScore, Score};
use super::severity::Severity;

/// One feature's or detector's part in a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// A stable machine code, such as `amount_above_habit`.
    pub code: &'static str,
    /// A short sentence with the figures, such as `amount is 5.2 spreads above the account's habit`.
    pub text: String,
    /// Its part of the layer's score; the parts of one layer add up to the score.
    pub contribution: f64,
}

/// What one layer answered.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerOutcome {
    /// A score and why, largest contribution first.
    Scored(Score, Vec<Reason>),
    /// Too little to go on: expected, said, and no alert by itself. The text says what is missing.
    Abstained(String),
    /// Panic, NaN, corrupt model or deadline: the assessment needs review. The text says which.
    Failed(String),
}

/// The versions that an assessment can be recomputed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The set and order of features.
    pub feature_schema: i16,
    /// The configuration: thresholds and weights.
    pub configuration: i64,
    /// The population baseline; none before the first was made.
    pub baseline: Option<ModelId>,
    /// The ml layer's model; none before the first was trained.
    pub model: Option<ModelId>,
}

/// Risk score, severity, layers' outcomes and versions for one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The weighted combination over the layers that scored; 0 where none did.
    pub risk: RiskScore,
    /// From the risk score, or `needs_review` where a layer failed.
    pub severity: Severity,
    /// One outcome a layer, in the order of [`Layer::ALL`].
    pub layers: [LayerOutcome; 3],
    /// What it was made with.
    pub versions: Versions,
}

impl Assessment {
    /// The outcome of one layer.
    pub fn layer(&self, layer: Layer) -> &LayerOutcome {
        match layer {
            Layer::Statistical => &self.layers[0],
            Layer::Behavioral => &self.layers[1],
            Layer::Ml => &self.layers[2],
        }
    }

    /// The names of the layers that failed; what the answer calls degraded.
    pub fn degraded(&self) -> Vec<&'static str> {
        Layer::ALL
            .into_iter()
            .filter(|layer| matches!(self.layer(*layer), LayerOutcome::Failed(_)))
            .map(Layer::as_str)
            .collect()
    }
}
