//! The behavioral layer: this transaction against the account's own past, and the counterparty's.
//!
//! It catches account takeover, bursts, slow escalation and a merchant gone bad. What the account does and
//! what the counterparty is known for are judged by separate detectors, whose evidence adds up.

mod account;
mod counterparty;

use super::evidence::{gather, n_transactions, outcome};
use super::features::{Feature, FeatureVector, MIN_ACCOUNT_HISTORY};
use super::layer::DetectionLayer;
use crate::domain::assessment::LayerOutcome;
use crate::domain::score::Layer;

/// The behavioral layer; it has no state.
#[derive(Debug, Clone, Copy, Default)]
pub struct BehavioralLayer;

impl DetectionLayer for BehavioralLayer {
    fn layer(&self) -> Layer {
        Layer::Behavioral
    }

    /// Abstains while the account has fewer than five earlier transactions, unless its counterparty is
    /// remarkable by itself.
    fn assess(&self, features: &FeatureVector) -> LayerOutcome {
        let mut evidence = gather(&counterparty::DETECTORS, features);
        let n = n_transactions(features, Feature::AccountTransactions).unwrap_or(0.0);
        // Half a transaction of slack: the feature is a logarithm rounded to f32.
        let is_known = n > f64::from(MIN_ACCOUNT_HISTORY) - 0.5;
        if !is_known && evidence.is_empty() {
            return LayerOutcome::Abstained(format!(
                "the account has {n:.0} earlier transactions; its habits are read from {MIN_ACCOUNT_HISTORY} on"
            ));
        }
        evidence.extend(gather(&account::DETECTORS, features));
        outcome(evidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_account_is_judged_only_by_a_remarkable_counterparty() {
        let mut features = FeatureVector::missing();
        features.set(Feature::AccountTransactions, Some(libm::log1p(4.0)));
        assert!(matches!(BehavioralLayer.assess(&features), LayerOutcome::Abstained(_)));
        features.set(Feature::CounterpartyFrauds30d, Some(5.0));
        features.set(Feature::CounterpartyCount30d, Some(20.0));
        assert!(matches!(BehavioralLayer.assess(&features), LayerOutcome::Scored(..)));
    }

    #[test]
    fn the_fifth_earlier_transaction_makes_an_account_known() {
        let mut features = FeatureVector::missing();
        features.set(Feature::AccountTransactions, Some(libm::log1p(5.0)));
        assert!(matches!(BehavioralLayer.assess(&features), LayerOutcome::Scored(..)));
    }
}
