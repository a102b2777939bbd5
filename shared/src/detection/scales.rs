//! The scales of the layers that have no model: read from the sample that a population baseline is made of.
//!
//! Whoever is scored by the new baseline is compared with that sample under the same baseline, so that the
//! alert rate does not jump when one replaces the other.

use super::behavioral::BehavioralLayer;
use super::features::{Feature, FeatureVector, set_population};
use super::population::{PopulationBaseline, PopulationSample};
use super::scale::Scale;
use super::statistical::StatisticalLayer;
use crate::domain::configuration::AlertBudget;
use serde::{Deserialize, Serialize};

/// Scores that a scale is read from, evenly spaced; more would only take longer.
const MAX_SCORES: usize = 20_000;

/// One scale a layer; none where too few of the sample have a score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerScales {
    /// Of the statistical layer.
    pub(crate) statistical: Option<Scale>,
    /// Of the behavioral layer.
    pub(crate) behavioral: Option<Scale>,
}

impl LayerScales {
    /// Fewer scores say too little about one transaction in 2,000.
    const MIN_SCORES: usize = 200;

    /// Reads the scales from a sample under the baseline made of it.
    pub(crate) fn fit(
        baseline: &PopulationBaseline,
        samples: &[PopulationSample],
        budget: AlertBudget,
    ) -> Self {
        let step = samples.len().div_ceil(MAX_SCORES).max(1);
        let vectors: Vec<FeatureVector> = samples
            .iter()
            .step_by(step)
            .map(|sample| {
                let mut features = sample.features.clone();
                set_population(&mut features, &sample.measured(), baseline);
                features
            })
            .collect();
        let fit = |raw: fn(&FeatureVector) -> Option<f64>| {
            let scored = vectors.iter().filter_map(|features| Some((features, raw(features)?)));
            let scores = counted(scored.filter(|(_, score)| score.is_finite()));
            if scores.len() < Self::MIN_SCORES { None } else { Scale::fit(scores, budget) }
        };
        Self { statistical: fit(StatisticalLayer::raw), behavioral: fit(BehavioralLayer::raw) }
    }

    pub(crate) fn is_valid(&self) -> bool {
        [&self.statistical, &self.behavioral].into_iter().flatten().all(Scale::is_valid)
    }
}

/// Of scored transactions, given with their features, those that count towards the alert budget.
///
/// Those of an account with a known fraud fold into the alert that made it known, and ask for nobody's time.
/// Where most are of such accounts that is no exception any more, and all count.
pub(crate) fn counted<'a, T: Copy>(scored: impl Iterator<Item = (&'a FeatureVector, T)>) -> Vec<T> {
    let has_fraud = |features: &FeatureVector| {
        features.get(Feature::AccountFrauds30d).is_some_and(|n_frauds| n_frauds > 0.0)
    };
    let all: Vec<(bool, T)> = scored.map(|(features, score)| (has_fraud(features), score)).collect();
    let n_apart = all.iter().filter(|(has_fraud, _)| *has_fraud).count();
    let is_rare = 2 * n_apart < all.len();
    all.into_iter().filter(|(has_fraud, _)| !(is_rare && *has_fraud)).map(|(_, score)| score).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures;
    use crate::domain::score::Layer;

    /// One in fifty, so that a tenth of it is still several of the sample.
    fn budget() -> AlertBudget {
        AlertBudget::try_new(0.02).unwrap()
    }

    /// A life of 1,500 transactions whose amounts have a longer tail than everybody's, so that few scores tie.
    fn sample() -> Vec<PopulationSample> {
        fixtures::samples(1_500)
    }

    /// How many of the scores are at least as high.
    fn n_from(scores: &[f64], least: f64) -> usize {
        scores.iter().filter(|score| **score >= least).count()
    }

    #[test]
    fn the_budgets_share_of_the_sample_would_alert_alone_and_a_tenth_of_it_is_critical() {
        let sample = sample();
        let baseline = PopulationBaseline::measure(&sample).unwrap();
        let scales = LayerScales::fit(&baseline, &sample, budget());
        assert!(scales.is_valid());
        for layer in [Layer::Statistical, Layer::Behavioral] {
            let (scale, raw): (_, fn(&FeatureVector) -> Option<f64>) = if layer == Layer::Statistical {
                (scales.statistical.as_ref().unwrap(), StatisticalLayer::raw)
            } else {
                (scales.behavioral.as_ref().unwrap(), BehavioralLayer::raw)
            };
            let mapped = |sample: &PopulationSample| {
                let mut features = sample.features.clone();
                set_population(&mut features, &sample.measured(), &baseline);
                Some(scale.map(raw(&features)?))
            };
            let scores: Vec<f64> = sample.iter().filter_map(mapped).collect();
            let expected = 0.02 * scores.len() as f64;
            // The quantile itself lies between two scores.
            let (n_alone, n_critical) = (n_from(&scores, 0.5), n_from(&scores, 0.8));
            assert!((n_alone as f64 - expected).abs() <= 1.0, "{n_alone} of {expected}");
            assert!(
                (n_critical as f64 - expected / 10.0).abs() <= 1.0,
                "{n_critical} of {}",
                expected / 10.0
            );
        }
    }

    #[test]
    fn an_account_with_a_known_fraud_does_not_count_while_it_is_an_exception() {
        let mut sample = sample();
        let baseline = PopulationBaseline::measure(&sample).unwrap();
        let alone = LayerScales::fit(&baseline, &sample, budget());
        let mut defrauded = sample[..500].to_vec();
        for one in &mut defrauded {
            one.features.set(Feature::AccountFrauds30d, Some(1.0));
            one.features.set(Feature::AccountAmountZ, Some(30.0));
            one.amount_minor = 10_000_000;
        }
        sample.extend(defrauded);
        assert_eq!(LayerScales::fit(&baseline, &sample, budget()), alone);
        let mut known = FeatureVector::missing();
        known.set(Feature::AccountFrauds30d, Some(1.0));
        let unknown = FeatureVector::missing();
        assert_eq!(counted([(&known, 1), (&unknown, 2), (&unknown, 3)].into_iter()), [2, 3]);
        assert_eq!(counted([(&known, 1), (&unknown, 2)].into_iter()), [1, 2]);
    }

    #[test]
    fn too_few_scores_make_no_scale() {
        let sample = sample();
        let baseline = PopulationBaseline::measure(&sample).unwrap();
        let few = LayerScales::fit(&baseline, &sample[..LayerScales::MIN_SCORES - 1], budget());
        assert_eq!(few, LayerScales::default());
    }
}
