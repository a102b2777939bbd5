//! What is compared of a transaction: everything that was derived from it, to the bit.

use shared::detection::features::{Feature, FeatureVector};
use shared::domain::assessment::{Assessment, LayerOutcome};

/// One scored transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scored {
    /// The feed's own id.
    pub(crate) external_id: String,
    /// The feature vector's bytes.
    pub(crate) features: Vec<u8>,
    /// Outcome and bits of the score of each layer.
    pub(crate) layers: [(String, Option<u64>); 3],
    /// Bits of the risk score.
    pub(crate) risk: u64,
    pub(crate) severity: String,
    /// Bits of the probability of fraud.
    pub(crate) probability: Option<u64>,
}

/// A baseline or model in the order made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    pub(crate) kind: String,
    pub(crate) bytes: Vec<u8>,
}

impl Scored {
    pub(crate) fn new(external_id: &str, features: &FeatureVector, assessment: &Assessment) -> Self {
        let layer = |outcome: &LayerOutcome| match outcome {
            LayerOutcome::Scored(score, _) => ("scored".to_owned(), Some(score.value().to_bits())),
            LayerOutcome::Abstained(_) => ("abstained".to_owned(), None),
            LayerOutcome::Failed(_) => ("failed".to_owned(), None),
        };
        Self {
            external_id: external_id.to_owned(),
            features: features.to_bytes(),
            layers: assessment.layers.each_ref().map(layer),
            risk: assessment.risk.value().to_bits(),
            severity: assessment.severity.as_str().to_owned(),
            probability: assessment.probability.map(f64::to_bits),
        }
    }

    /// The names of the features that are not the same in both.
    pub(crate) fn features_that_differ(&self, other: &Self) -> Vec<&'static str> {
        let pairs = self.features.chunks(4).zip(other.features.chunks(4));
        let differ = Feature::ALL.into_iter().zip(pairs).filter(|(_, (a, b))| a != b);
        differ.map(|(feature, _)| feature.as_str()).collect()
    }
}
