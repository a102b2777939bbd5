//! Evidence: how a detector speaks, and how a layer's score comes of what its detectors say.
//!
//! Each detector answers in nats: the evidence of independent detectors adds up, and a layer's score is
//! read from their sum by the scale of the population baseline. Without one it is `1 - exp(-sum)`, the noisy-or
//! of its detectors' own scores (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3.2): a
//! detector with `ln 2` nats then scores 0.5 alone, one with 2.3 nats 0.9.

use super::features::{Feature, FeatureVector};
use super::scale::Scale;
use crate::domain::assessment::{LayerOutcome, Reason};
use crate::domain::score::Score;

/// A detector's evidence ends here: beyond, the score is 1 to eight digits anyway.
const MAX_NATS: f64 = 20.0;
/// Below this a z-score is nothing out of the ordinary.
const USUAL_Z: f64 = 3.0;
/// Scales the surprise of a z-score so that 4 spreads give `ln 2` nats, a score of 0.5.
const Z_SCALE: f64 = 0.2;

/// What one detector found.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    /// The reason's machine code.
    pub(crate) code: &'static str,
    /// How strongly it speaks for an anomaly; what is not above 0 says nothing.
    pub(crate) nats: f64,
    /// The reason's sentence.
    pub(crate) text: String,
}

/// A detector: a pure function of features, none when it finds nothing or lacks what it needs.
pub(crate) type Detector = fn(&FeatureVector) -> Option<Evidence>;

/// What all detectors found that found anything.
pub(crate) fn gather(detectors: &[Detector], features: &FeatureVector) -> Vec<Evidence> {
    detectors
        .iter()
        .filter_map(|detector| detector(features))
        .filter(|evidence| evidence.nats > 0.0 || evidence.nats.is_nan())
        // Not `min`, which would take a NaN for the bound.
        .map(
            |evidence| {
                if evidence.nats > MAX_NATS { Evidence { nats: MAX_NATS, ..evidence } } else { evidence }
            },
        )
        .collect()
}

/// The nats of all detectors together: a layer's raw score.
pub(crate) fn total_nats(evidence: &[Evidence]) -> f64 {
    evidence.iter().map(|evidence| evidence.nats).sum()
}

/// The score of a layer and its reasons: the base, which is the score of no evidence at all, and of what lies above
/// it each detector's share by its nats. Without a scale the score is the noisy-or of the detectors' own, and the
/// base is 0.
pub(crate) fn outcome(evidence: Vec<Evidence>, scale: Option<&Scale>) -> LayerOutcome {
    let total = total_nats(&evidence);
    // Not a bare minus: no evidence at all must give 0, not -0.
    let score = scale.map_or_else(|| 0.0 - libm::expm1(-total), |scale| scale.map(total));
    let Ok(score) = Score::try_new(score) else {
        return LayerOutcome::Failed("a detector's evidence is not a number".to_owned());
    };
    let base = scale.map_or(0.0, |scale| scale.map(0.0));
    let above = score.value() - base;
    let found = evidence.into_iter().map(|evidence| Reason {
        code: evidence.code,
        text: evidence.text,
        contribution: above * (evidence.nats / total),
    });
    let mut reasons: Vec<Reason> =
        found.chain([of_base(base)]).filter(|reason| reason.contribution > 0.0).collect();
    sort(&mut reasons);
    LayerOutcome::Scored(score, reasons)
}

/// The reason for what of a score is not any feature's.
pub(crate) fn of_base(contribution: f64) -> Reason {
    let text = "what a transaction without anything particular scores".to_owned();
    Reason { code: Reason::BASE, text, contribution }
}

/// Sorts by contribution, largest first; equals stay in their order.
pub(crate) fn sort(reasons: &mut [Reason]) {
    reasons.sort_by(|left, right| right.contribution.total_cmp(&left.contribution));
}

/// The evidence of a value `z` spreads above the usual, in nats: 0 to 3 spreads, `ln 2` at 4.
///
/// -ln of a normal tail grows as z^2 / 2 (Mills' ratio); what exceeds that of 3 spreads counts a fifth,
/// since real spreads are estimated and real tails heavier than the normal's.
pub(crate) fn nats_of_z(z: f64) -> f64 {
    if z <= USUAL_Z { 0.0 } else { Z_SCALE * (z * z - USUAL_Z * USUAL_Z) / 2.0 }
}

/// The log-likelihood ratio of a count against its expectation, in nats: `k ln(k / mu) - (k - mu)` for a
/// Poisson count above its mean, else 0 (Kulldorff, A Spatial Scan Statistic, 1997; Chernoff's bound too).
pub(crate) fn nats_of_count(count: f64, expected: f64) -> f64 {
    if expected > 0.0 && count > expected {
        count * libm::log(count / expected) - (count - expected)
    } else {
        0.0
    }
}

/// The number of earlier transactions, from a feature that keeps ln(1 + n).
pub(crate) fn n_transactions(features: &FeatureVector, feature: Feature) -> Option<f64> {
    features.number(feature).map(libm::expm1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::configuration::AlertBudget;

    fn evidence(code: &'static str, nats: f64) -> Evidence {
        Evidence { code, nats, text: code.to_owned() }
    }

    #[test]
    fn four_spreads_alone_reach_one_half_and_three_say_nothing() {
        assert_eq!(nats_of_z(3.0), 0.0);
        assert!((-libm::expm1(-nats_of_z(4.0)) - 0.5).abs() < 0.01);
        assert!(-libm::expm1(-nats_of_z(5.8)) > 0.9);
    }

    #[test]
    fn a_count_is_measured_by_its_likelihood_ratio() {
        // 10 ln(10 / 2) - 8 = 8.0944.
        assert!((nats_of_count(10.0, 2.0) - 8.094_379).abs() < 1e-6);
        assert_eq!((nats_of_count(1.0, 2.0), nats_of_count(3.0, 0.0)), (0.0, 0.0));
    }

    #[test]
    fn contributions_share_the_score_by_nats_largest_first() {
        let LayerOutcome::Scored(score, reasons) =
            outcome(vec![evidence("a", 0.5), evidence("b", 1.5)], None)
        else {
            panic!("did not score");
        };
        assert!((score.value() - 0.864_665).abs() < 1e-6);
        assert_eq!(reasons.iter().map(|reason| reason.code).collect::<Vec<_>>(), ["b", "a"]);
        assert!((reasons[0].contribution - 0.75 * score.value()).abs() < 1e-12);
    }

    #[test]
    fn where_saying_nothing_is_usual_it_is_the_base_of_the_score() {
        let mut scores = vec![0.0; 900];
        scores.extend((0..100).map(|index| 0.1 + f64::from(index) * 0.01));
        let scale = Scale::fit(scores, AlertBudget::default());
        let told = |evidence| match outcome(evidence, scale.as_ref()) {
            LayerOutcome::Scored(score, reasons) => (score.value(), reasons),
            other => panic!("{other:?}"),
        };
        let (nothing, reasons) = told(Vec::new());
        assert_eq!((nothing, reasons.len(), reasons[0].contribution), (0.2, 1, 0.2));
        let (score, reasons) = told(vec![evidence("a", 0.6), evidence("b", 0.4)]);
        assert_eq!(reasons.iter().map(|reason| reason.code).collect::<Vec<_>>(), ["base", "a", "b"]);
        let total: f64 = reasons.iter().map(|reason| reason.contribution).sum();
        assert!(
            (total - score).abs() < 1e-12 && (reasons[1].contribution - 0.6 * (score - 0.2)).abs() < 1e-12
        );
    }

    #[test]
    fn evidence_that_is_not_a_number_is_a_failure_not_a_zero() {
        let detector: Detector = |_| Some(evidence("broken", f64::NAN));
        let found = gather(&[detector], &FeatureVector::missing());
        assert!(matches!(outcome(found, None), LayerOutcome::Failed(_)));
    }
}
