//! The behavioral layer: this transaction against the account's own past, and the counterparty's.
//!
//! It catches account takeover, bursts, slow escalation and a merchant gone bad. What the account does and
//! what the counterparty is known for are judged by separate detectors, whose evidence adds up.

mod account;
mod counterparty;

use super::evidence::{Evidence, gather, n_transactions, outcome, total_nats};
use super::features::{Feature, FeatureVector, MIN_ACCOUNT_HISTORY};
use super::layer::DetectionLayer;
use super::scale::Scale;
use crate::domain::assessment::{Detail, LayerOutcome};
use crate::domain::score::{Layer, Score};

/// The behavioral layer with its scale; none before the first baseline.
#[derive(Debug, Clone, Default)]
pub struct BehavioralLayer {
    scale: Option<Scale>,
}

impl BehavioralLayer {
    /// The layer on this scale.
    pub(crate) fn new(scale: Option<Scale>) -> Self {
        Self { scale }
    }

    /// Its score before the scale, in nats; none where it abstains.
    pub(crate) fn raw(features: &FeatureVector) -> Option<f64> {
        found(features).map(|evidence| total_nats(&evidence))
    }
}

/// What all detectors found; none where the account has too little history and its counterparty is not
/// remarkable by itself.
fn found(features: &FeatureVector) -> Option<Vec<Evidence>> {
    let mut evidence = gather(&counterparty::DETECTORS, features);
    if !is_known(features) && evidence.is_empty() {
        return None;
    }
    evidence.extend(gather(&account::DETECTORS, features));
    Some(evidence)
}

impl DetectionLayer for BehavioralLayer {
    fn layer(&self) -> Layer {
        Layer::Behavioral
    }

    /// Abstains while the account has fewer than five earlier transactions, unless its counterparty is
    /// remarkable by itself.
    fn assess(&self, features: &FeatureVector, _detail: Detail) -> LayerOutcome {
        let Some(evidence) = found(features) else {
            let n = n_transactions(features, Feature::AccountTransactions).unwrap_or(0.0);
            return LayerOutcome::Abstained(format!(
                "the account has {n:.0} earlier transactions; its habits are read from {MIN_ACCOUNT_HISTORY} on"
            ));
        };
        outcome(evidence, self.scale.as_ref())
    }
}

/// What the account's own behaviour alone would score, whatever its counterparty is known for; none while
/// the account has too little history.
///
/// A fraud is attributed by it: at a merchant gone bad, the merchant's frauds must not be held against the
/// account.
pub fn account_score(features: &FeatureVector) -> Option<Score> {
    if !is_known(features) {
        return None;
    }
    match outcome(gather(&account::DETECTORS, features), None) {
        LayerOutcome::Scored(score, _) => Some(score),
        LayerOutcome::Abstained(_) | LayerOutcome::Failed(_) => None,
    }
}

/// Whether the account has the history that habits are read from.
fn is_known(features: &FeatureVector) -> bool {
    let n = n_transactions(features, Feature::AccountTransactions).unwrap_or(0.0);
    // Half a transaction of slack: the feature is a logarithm rounded to f32.
    n > f64::from(MIN_ACCOUNT_HISTORY) - 0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_account_is_judged_only_by_a_remarkable_counterparty() {
        let mut features = FeatureVector::missing();
        features.set(Feature::AccountTransactions, Some(libm::log1p(4.0)));
        assert!(matches!(
            BehavioralLayer::default().assess(&features, Detail::ByPath),
            LayerOutcome::Abstained(_)
        ));
        features.set(Feature::CounterpartyFrauds30d, Some(5.0));
        features.set(Feature::CounterpartyCount30d, Some(20.0));
        assert!(matches!(
            BehavioralLayer::default().assess(&features, Detail::ByPath),
            LayerOutcome::Scored(..)
        ));
    }

    #[test]
    fn the_fifth_earlier_transaction_makes_an_account_known() {
        let mut features = FeatureVector::missing();
        features.set(Feature::AccountTransactions, Some(libm::log1p(5.0)));
        assert!(matches!(
            BehavioralLayer::default().assess(&features, Detail::ByPath),
            LayerOutcome::Scored(..)
        ));
    }
}
