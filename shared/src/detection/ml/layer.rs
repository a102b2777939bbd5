//! The ml layer: asks the champion, and words its answer.

use super::artifact::{Judgement, MlModel, ModelError, Silence};
use crate::detection::evidence::{of_base, sort};
use crate::detection::features::{Feature, FeatureVector};
use crate::detection::layer::DetectionLayer;
use crate::domain::assessment::{Detail, LayerOutcome, Reason};
use crate::domain::score::{Layer, Score};
use std::sync::Arc;

/// Features named in the reasons; the rest is folded into one reason, `other`.
const MAX_NAMED: usize = 6;

/// The ml layer with its champion, if there is one.
#[derive(Debug, Clone)]
pub struct MlLayer {
    champion: Option<Arc<MlModel>>,
}

impl MlLayer {
    /// The layer with this champion.
    pub fn new(champion: Option<Arc<MlModel>>) -> Self {
        Self { champion }
    }

    /// Whether its champion learned from labels.
    pub fn is_supervised(&self) -> bool {
        self.champion.as_ref().is_some_and(|champion| champion.is_supervised())
    }

    /// Every feature's part in the score; none where the layer does not score.
    pub fn contributions(&self, features: &FeatureVector, detail: Detail) -> Option<Contributions> {
        let model = self.champion.as_ref().filter(|_| is_any_known(features))?;
        let Judgement { base, mut parts, .. } = model.judge(features, detail).ok()?;
        // Features of equal parts stay in their order.
        parts.sort_by(|(_, left), (_, right)| right.abs().total_cmp(&left.abs()));
        Some(Contributions { base, parts })
    }
}

/// The part of every feature that the champion looks at, none left out or folded.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// What of the score is not any feature's.
    pub base: f64,
    /// Largest first, whatever their sign; with the base they add up to the layer's score.
    pub parts: Vec<(Feature, f64)>,
}

impl DetectionLayer for MlLayer {
    fn layer(&self) -> Layer {
        Layer::Ml
    }

    /// Abstains without a champion, and on a vector of which nothing at all is known.
    fn assess(&self, features: &FeatureVector, detail: Detail) -> LayerOutcome {
        self.assess_calibrated(features, detail).0
    }

    fn assess_calibrated(&self, features: &FeatureVector, detail: Detail) -> (LayerOutcome, Option<f64>) {
        let Some(model) = &self.champion else {
            return (LayerOutcome::Abstained("no model has been trained yet".to_owned()), None);
        };
        if !is_any_known(features) {
            return (LayerOutcome::Abstained("no feature is known".to_owned()), None);
        }
        let judgement = match model.judge(features, detail) {
            Ok(judgement) => judgement,
            Err(Silence::Outdated) => {
                return (LayerOutcome::Abstained(ModelError::Outdated.to_string()), None);
            }
            Err(Silence::Unusable(reason)) => return (LayerOutcome::Failed(reason), None),
        };
        let probability = judgement.probability;
        match Score::try_new(judgement.score) {
            Ok(score) => {
                (LayerOutcome::Scored(score, reasons(judgement, &Explained { model, features })), probability)
            }
            Err(invalid) => (LayerOutcome::Failed(invalid.to_string()), None),
        }
    }
}

fn is_any_known(features: &FeatureVector) -> bool {
    Feature::ALL.into_iter().any(|feature| features.get(feature).is_some())
}

/// What a reason's sentence is made from.
struct Explained<'a> {
    model: &'a MlModel,
    features: &'a FeatureVector,
}

/// The base, the features with the largest parts whatever their sign, and the rest as one reason; together
/// the score. Only those that are named are worded: most features have a part, and few are named.
fn reasons(judgement: Judgement, explained: &Explained<'_>) -> Vec<Reason> {
    let mut parts = judgement.parts;
    parts.retain(|(_, part)| *part != 0.0);
    // Features of equal parts stay in their order.
    parts.sort_by(|(_, left), (_, right)| right.abs().total_cmp(&left.abs()));
    let rest = parts.split_off(parts.len().min(MAX_NAMED));
    let named = parts.into_iter().map(|(feature, contribution)| Reason {
        code: feature.as_str(),
        text: sentence(feature, explained),
        contribution,
    });
    let mut reasons: Vec<Reason> = named.collect();
    if judgement.base > 0.0 {
        reasons.push(of_base(judgement.base));
    }
    let contribution: f64 = rest.iter().map(|(_, part)| part).sum();
    if contribution != 0.0 {
        let text = format!("{} further features together", rest.len());
        reasons.push(Reason { code: "other", text, contribution });
    }
    sort(&mut reasons);
    reasons
}

fn sentence(feature: Feature, explained: &Explained<'_>) -> String {
    let (what, unit) = (feature.description(), feature.unit());
    let median = explained.model.median(feature).unwrap_or(0.0);
    match explained.features.get(feature) {
        Some(value) => format!("{what}: {value:.2} {unit}, usually {median:.2}"),
        None => format!("{what}: unknown, usually {median:.2} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::inputs::INPUTS;
    use super::*;
    use crate::detection::fixtures;

    #[test]
    fn without_a_champion_the_layer_abstains_and_with_a_broken_one_it_fails() {
        let features = fixtures::ordinary_vectors(1).remove(0);
        assert!(matches!(MlLayer::new(None).assess(&features, Detail::ByPath), LayerOutcome::Abstained(_)));
        let broken = MlLayer::new(Some(Arc::new(MlModel::unusable("the model's bytes are corrupt"))));
        assert_eq!(
            broken.assess(&features, Detail::ByPath),
            LayerOutcome::Failed("the model's bytes are corrupt".to_owned())
        );
    }

    #[test]
    fn the_odd_feature_is_named_first_and_the_rest_is_folded() {
        let mut features = fixtures::ordinary_vectors(200).remove(199);
        features.set(Feature::SpeedKmh, Some(40_000.0));
        features.set(Feature::DistanceKm, Some(15_000.0));
        let layer = MlLayer::new(Some(Arc::new(fixtures::model())));
        let LayerOutcome::Scored(_, reasons) = layer.assess(&features, Detail::ByPath) else {
            panic!("did not score");
        };
        assert!(["speed_kmh", "distance_km"].contains(&reasons[0].code), "{reasons:?}");
    }

    #[test]
    fn every_part_is_told_and_with_the_base_they_add_up_to_the_score() {
        for model in [fixtures::model(), fixtures::supervised_model()] {
            let layer = MlLayer::new(Some(Arc::new(model)));
            for detail in [Detail::ByPath, Detail::Exact] {
                for mut features in fixtures::ordinary_vectors(30) {
                    // Of an ordinary transaction the isolation forest tells nothing but the base.
                    features.set(Feature::AccountAmountZ, Some(9.0));
                    let LayerOutcome::Scored(score, reasons) = layer.assess(&features, detail) else {
                        panic!("did not score");
                    };
                    let Contributions { base, parts } = layer.contributions(&features, detail).unwrap();
                    let total = base + parts.iter().map(|(_, part)| part).sum::<f64>();
                    assert!((total - score.value()).abs() < 1e-9, "{total} is not {score:?}");
                    let named =
                        reasons.iter().filter_map(|it| Some((Feature::parse(it.code)?, it.contribution)));
                    assert!(named.clone().all(|part| parts.contains(&part)), "{reasons:?}");
                    assert!(named.count() > 0);
                }
            }
        }
        assert_eq!(MlLayer::new(None).contributions(&FeatureVector::missing(), Detail::Exact), None);
    }

    #[test]
    fn what_is_beyond_the_sixth_reason_is_folded_into_one() {
        let layer = MlLayer::new(Some(Arc::new(fixtures::model())));
        let odd = |mut features: FeatureVector| {
            INPUTS.into_iter().for_each(|input| features.set(input, Some(1e6)));
            features
        };
        let counts: Vec<(usize, usize)> = fixtures::ordinary_vectors(300)
            .into_iter()
            .flat_map(|features| [odd(features.clone()), features])
            .filter_map(|features| match layer.assess(&features, Detail::ByPath) {
                LayerOutcome::Scored(_, reasons) => {
                    let n_other = reasons.iter().filter(|reason| reason.code == "other").count();
                    Some((reasons.len(), n_other))
                }
                LayerOutcome::Abstained(_) | LayerOutcome::Failed(_) => None,
            })
            .collect();
        assert!(counts.iter().all(|(n, n_other)| *n <= MAX_NAMED + n_other), "{counts:?}");
        assert!(counts.contains(&(MAX_NAMED + 1, 1)), "{counts:?}");
    }
}
