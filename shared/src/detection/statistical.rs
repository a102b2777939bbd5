//! The statistical layer: this transaction against the whole population.
//!
//! It catches the plainly extreme. Its figures come from the population baseline, as features. Where several
//! detectors look at the same amount, the second counts only what it adds to the first.

use super::evidence::{Detector, Evidence, gather, nats_of_z, outcome, total_nats};
use super::features::{Feature, FeatureVector};
use super::layer::DetectionLayer;
use super::scale::Scale;
use crate::domain::assessment::{Detail, LayerOutcome};
use crate::domain::score::Layer;

/// The tail features begin at the population's 95th percentile.
const TAIL_SHARE: f64 = 0.05;
/// Nats beyond the 95th percentile that are nothing out of the ordinary: 1 in 220 of an exponential tail.
const USUAL_TAIL_NATS: f64 = 2.4;
/// Calibrated on a normal population of log amounts, whose tail an exponential underestimates: 1 in 1,000
/// gives 0.4, 1 in 10,000 gives 0.94.
const TAIL_SCALE: f64 = 0.45;
/// Within the tail each nat says a little, so that amounts stay in order. Below it an amount says nothing: who pays
/// much among many who pay less is not odd for it.
const NATS_WITHIN_TAIL: f64 = 0.05;
/// Surprise of an hour of the day that is nothing out of the ordinary: 1 % of transactions.
const USUAL_HOUR_NATS: f64 = 4.6;
/// An hour's surprise counts little and ends at a score of 0.2: nights are quiet, not fraudulent.
const HOUR_SCALE: f64 = 0.12;
/// See [`HOUR_SCALE`].
const MAX_HOUR_NATS: f64 = 0.22;
/// A busy account is not an anomaly by itself: at most 0.45.
const MAX_COUNT_NATS: f64 = 0.6;

const DETECTORS: [Detector; 4] =
    [amount_above_population, amount_above_category, hour_rare_in_population, count_above_population];

/// The statistical layer with its scale; none before the first baseline.
#[derive(Debug, Clone, Default)]
pub struct StatisticalLayer {
    scale: Option<Scale>,
}

impl StatisticalLayer {
    /// The layer on this scale.
    pub(crate) fn new(scale: Option<Scale>) -> Self {
        Self { scale }
    }

    /// Its score before the scale, in nats; none where it abstains.
    pub(crate) fn raw(features: &FeatureVector) -> Option<f64> {
        features.get(Feature::AmountPopulationZ)?;
        Some(total_nats(&gather(&DETECTORS, features)))
    }
}

impl DetectionLayer for StatisticalLayer {
    fn layer(&self) -> Layer {
        Layer::Statistical
    }

    fn assess(&self, features: &FeatureVector, _detail: Detail) -> LayerOutcome {
        if features.get(Feature::AmountPopulationZ).is_none() {
            return LayerOutcome::Abstained("no population baseline for this currency yet".to_owned());
        }
        outcome(gather(&DETECTORS, features), self.scale.as_ref())
    }
}

/// The excess over the usual tail, squared: exceedances grow rare faster than the exponential says.
fn tail_nats(features: &FeatureVector) -> Option<f64> {
    let beyond = features.number(Feature::AmountPopulationTail)? - USUAL_TAIL_NATS;
    Some(if beyond > 0.0 { TAIL_SCALE * beyond * beyond } else { 0.0 })
}

fn amount_above_population(features: &FeatureVector) -> Option<Evidence> {
    let z = features.number(Feature::AmountPopulationZ)?;
    let beyond = features.number(Feature::AmountPopulationTail)?;
    let nats = tail_nats(features)? + NATS_WITHIN_TAIL * beyond;
    let one_in = (libm::exp(beyond.min(25.0)) / TAIL_SHARE).round();
    let text =
        format!("amount is {z:.1} spreads above the population's middle; about 1 in {one_in} is larger");
    Some(Evidence { code: "amount_above_population", nats, text })
}

fn amount_above_category(features: &FeatureVector) -> Option<Evidence> {
    let z = features.number(Feature::AmountCategoryZ)?;
    let nats = nats_of_z(z) - tail_nats(features).unwrap_or(0.0);
    let text = format!("amount is {z:.1} spreads above the middle of its category");
    Some(Evidence { code: "amount_above_category", nats, text })
}

fn hour_rare_in_population(features: &FeatureVector) -> Option<Evidence> {
    let surprise = features.number(Feature::HourPopulationSurprise)?;
    let nats = (HOUR_SCALE * (surprise - USUAL_HOUR_NATS)).min(MAX_HOUR_NATS);
    let percent = 100.0 * libm::exp(-surprise);
    let text = format!("{percent:.2} % of the population's transactions are in this hour of the day");
    Some(Evidence { code: "hour_rare_in_population", nats, text })
}

fn count_above_population(features: &FeatureVector) -> Option<Evidence> {
    let z = features.number(Feature::CountPopulationZ)?;
    let count = features.number(Feature::AccountCount24h)?;
    let text =
        format!("{count:.0} transactions in 24 hours are {z:.1} spreads above the population's middle");
    Some(Evidence { code: "count_above_population", nats: nats_of_z(z).min(MAX_COUNT_NATS), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(set: &[(Feature, f64)]) -> f64 {
        let mut features = FeatureVector::missing();
        features.set(Feature::AmountPopulationZ, Some(0.0));
        for (feature, value) in set {
            features.set(*feature, Some(*value));
        }
        match StatisticalLayer::default().assess(&features, Detail::ByPath) {
            LayerOutcome::Scored(score, _) => score.value(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_tail_scores_by_how_rare_it_is() {
        // Of a normal population the exponential tail puts 1 in 100, 1,000 and 10,000 at these nats.
        let of_tail = |nats| score(&[(Feature::AmountPopulationTail, nats)]);
        assert_eq!(of_tail(0.0), 0.0);
        assert!((0.05..0.1).contains(&of_tail(1.64)), "{}", of_tail(1.64));
        assert!((0.3..0.5).contains(&of_tail(3.46)), "{}", of_tail(3.46));
        assert!(of_tail(4.96) > 0.9, "{}", of_tail(4.96));
    }

    #[test]
    fn a_category_counts_only_what_it_adds() {
        let both = score(&[(Feature::AmountPopulationTail, 6.0), (Feature::AmountCategoryZ, 4.0)]);
        assert_eq!(both, score(&[(Feature::AmountPopulationTail, 6.0)]));
        assert!(score(&[(Feature::AmountCategoryZ, 4.0)]) > 0.5);
    }

    #[test]
    fn neither_a_quiet_hour_nor_a_busy_account_alerts_alone() {
        assert!(score(&[(Feature::HourPopulationSurprise, 15.0)]) < 0.2);
        assert!(score(&[(Feature::CountPopulationZ, 50.0), (Feature::AccountCount24h, 400.0)]) < 0.5);
    }

    #[test]
    fn a_reason_states_its_figures() {
        let mut features = FeatureVector::missing();
        features.set(Feature::AmountPopulationZ, Some(6.0));
        features.set(Feature::AmountPopulationTail, Some(libm::log(500.0)));
        let LayerOutcome::Scored(_, reasons) = StatisticalLayer::default().assess(&features, Detail::ByPath)
        else {
            panic!("did not score");
        };
        assert_eq!(reasons[0].code, "amount_above_population");
        assert_eq!(
            reasons[0].text,
            "amount is 6.0 spreads above the population's middle; about 1 in 10000 is larger"
        );
    }
}
