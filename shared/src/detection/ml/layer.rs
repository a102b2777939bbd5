//! The ml layer: asks the champion, and words its answer.

use super::artifact::{Judgement, MlModel};
use crate::detection::evidence::sort;
use crate::detection::features::{Feature, FeatureVector};
use crate::detection::layer::DetectionLayer;
use crate::domain::assessment::{LayerOutcome, Reason};
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
}

impl DetectionLayer for MlLayer {
    fn layer(&self) -> Layer {
        Layer::Ml
    }

    /// Abstains without a champion, and on a vector of which nothing at all is known.
    fn assess(&self, features: &FeatureVector) -> LayerOutcome {
        let Some(model) = &self.champion else {
            return LayerOutcome::Abstained("no model has been trained yet".to_owned());
        };
        if Feature::ALL.into_iter().all(|feature| features.get(feature).is_none()) {
            return LayerOutcome::Abstained("no feature is known".to_owned());
        }
        let judgement = match model.judge(features) {
            Ok(judgement) => judgement,
            Err(reason) => return LayerOutcome::Failed(reason.to_owned()),
        };
        match Score::try_new(judgement.score) {
            Ok(score) => {
                LayerOutcome::Scored(score, reasons(score, &judgement, &Explained { model, features }))
            }
            Err(invalid) => LayerOutcome::Failed(invalid.to_string()),
        }
    }
}

/// What a reason's sentence is made from.
struct Explained<'a> {
    model: &'a MlModel,
    features: &'a FeatureVector,
}

/// Shares the score among the features whose part is above 0, in proportion; the largest are named.
///
/// Features that lengthened the path speak for the ordinary: they have already lowered the score, and get no
/// share. Where none shortened it, the whole score is `other`.
fn reasons(score: Score, judgement: &Judgement, explained: &Explained<'_>) -> Vec<Reason> {
    let total: f64 = judgement.parts.iter().map(|(_, part)| part.max(0.0)).sum();
    let mut named: Vec<Reason> = judgement
        .parts
        .iter()
        .filter(|(_, part)| *part > 0.0)
        .map(|(feature, part)| Reason {
            code: feature.as_str(),
            text: sentence(*feature, explained),
            contribution: score.value() * (part / total),
        })
        .filter(|reason| reason.contribution > 0.0)
        .collect();
    sort(&mut named);
    let rest = named.split_off(named.len().min(MAX_NAMED));
    let contribution =
        if named.is_empty() { score.value() } else { rest.iter().map(|reason| reason.contribution).sum() };
    if contribution > 0.0 {
        let text = match rest.len() {
            0 => "no feature stands out by itself".to_owned(),
            n => format!("{n} further features together"),
        };
        named.push(Reason { code: "other", text, contribution });
    }
    sort(&mut named);
    named
}

fn sentence(feature: Feature, explained: &Explained<'_>) -> String {
    let (name, unit) = (feature.as_str(), feature.unit());
    let median = explained.model.median(feature).unwrap_or(0.0);
    match explained.features.get(feature) {
        Some(value) => format!("{name} is {value:.2} {unit}, the middle in training is {median:.2}"),
        None => format!("{name} is unknown and counts as the middle in training, {median:.2} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures;

    #[test]
    fn without_a_champion_the_layer_abstains_and_with_a_broken_one_it_fails() {
        let features = fixtures::ordinary_vectors(1).remove(0);
        assert!(matches!(MlLayer::new(None).assess(&features), LayerOutcome::Abstained(_)));
        let broken = MlLayer::new(Some(Arc::new(MlModel::unusable("the model's bytes are corrupt"))));
        assert_eq!(
            broken.assess(&features),
            LayerOutcome::Failed("the model's bytes are corrupt".to_owned())
        );
    }

    #[test]
    fn the_odd_feature_is_named_first_and_the_rest_is_folded() {
        let mut features = fixtures::ordinary_vectors(200).remove(199);
        features.set(Feature::SpeedKmh, Some(40_000.0));
        features.set(Feature::DistanceKm, Some(15_000.0));
        let layer = MlLayer::new(Some(Arc::new(fixtures::model())));
        let LayerOutcome::Scored(_, reasons) = layer.assess(&features) else {
            panic!("did not score");
        };
        assert!(["speed_kmh", "distance_km"].contains(&reasons[0].code), "{reasons:?}");
    }

    #[test]
    fn what_is_beyond_the_sixth_reason_is_folded_into_one() {
        let layer = MlLayer::new(Some(Arc::new(fixtures::model())));
        let counts: Vec<(usize, usize)> = fixtures::ordinary_vectors(300)
            .iter()
            .filter_map(|features| match layer.assess(features) {
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
