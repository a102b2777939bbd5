//! How alike two transactions are: the distance of their features, each in spreads of its own.
//!
//! It is for people who look for what ended how. Nothing is scored by it.

use super::features::{Feature, FeatureVector};
use super::robust::{NORMAL_CONSISTENCY, quantile};

/// Further apart than this many spreads is no further: one wild feature must not hide that all others agree.
const FARTHEST: f64 = 3.0;
/// Makes the mean absolute deviation estimate the spread of a normal, where the median one is zero because most values
/// are the same (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
const MEAN_CONSISTENCY: f64 = 1.253_314;

/// One that is alike: its place among those compared, and the distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike {
    /// Its place among those compared.
    pub position: usize,
    /// The root of the mean squared difference over the features, in spreads, at most 3; 0 is the same.
    pub distance: f64,
}

/// The `n` of `others` that are nearest to `one`, nearest first, the earlier first among equals.
///
/// A feature's spread is that of all vectors together; one that never varies does not count. A value that only one of
/// the two has is as far as it gets.
pub fn nearest(one: &FeatureVector, others: &[FeatureVector], n: usize) -> Vec<Alike> {
    let spreads: Vec<(Feature, f64)> = Feature::ALL
        .into_iter()
        .filter_map(|feature| Some((feature, spread(feature, one, others)?)))
        .collect();
    let mut alike: Vec<Alike> = others
        .iter()
        .enumerate()
        .map(|(position, other)| Alike { position, distance: distance(one, other, &spreads) })
        .collect();
    alike.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.position.cmp(&b.position)));
    alike.truncate(n);
    alike
}

fn distance(one: &FeatureVector, other: &FeatureVector, spreads: &[(Feature, f64)]) -> f64 {
    let squared: f64 = spreads
        .iter()
        .map(|(feature, spread)| {
            let apart = match (one.number(*feature), other.number(*feature)) {
                (None, None) => 0.0,
                (Some(a), Some(b)) => ((a - b).abs() / spread).min(FARTHEST),
                (Some(_), None) | (None, Some(_)) => FARTHEST,
            };
            apart * apart
        })
        .sum();
    libm::sqrt(squared / spreads.len().max(1) as f64)
}

/// None where the feature never varies: neither in value nor in being there.
fn spread(feature: Feature, one: &FeatureVector, others: &[FeatureVector]) -> Option<f64> {
    let all = || std::iter::once(one).chain(others).map(|vector| vector.number(feature));
    let mut values: Vec<f64> = all().flatten().collect();
    values.sort_by(f64::total_cmp);
    let is_sometimes_missing = values.len() < others.len() + 1;
    let median = quantile(&values, 0.5)?;
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    deviations.sort_by(f64::total_cmp);
    let of_median = quantile(&deviations, 0.5).unwrap_or(0.0) * NORMAL_CONSISTENCY;
    let of_mean = deviations.iter().sum::<f64>() / deviations.len() as f64 * MEAN_CONSISTENCY;
    match [of_median, of_mean].into_iter().find(|spread| *spread > 0.0) {
        Some(spread) => Some(spread),
        // Present values are all the same, so any spread will do for those that are missing.
        None => is_sometimes_missing.then_some(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vector with a value of the first two features; NaN is missing.
    fn vector(first: f32, second: f32) -> FeatureVector {
        let mut values = *FeatureVector::missing().values();
        (values[0], values[1]) = (first, second);
        FeatureVector::from_values(values)
    }

    #[test]
    fn a_feature_counts_in_spreads_of_its_own_and_to_three_at_most() {
        // Values 0, 1, 2, 3, 4: median 2, deviations 0, 1, 1, 2, 2, so a spread of 1.4826. The second never varies.
        let others = [vector(4.0, 7.0), vector(1.0, 7.0), vector(3.0, 7.0), vector(2.0, 7.0)];
        let found = nearest(&vector(0.0, 7.0), &others, 3);
        assert_eq!(found.iter().map(|it| it.position).collect::<Vec<_>>(), [1, 3, 2]);
        assert!((found[0].distance - 1.0 / NORMAL_CONSISTENCY).abs() < 1e-12, "{found:?}");
        let far = nearest(&vector(0.0, 7.0), &[vector(0.1, 7.0), vector(0.2, 7.0), vector(900.0, 7.0)], 3);
        assert_eq!((far[2].position, far[2].distance), (2, FARTHEST));
    }

    #[test]
    fn what_only_one_has_is_as_far_as_it_gets_and_what_neither_has_is_the_same() {
        let found = nearest(&vector(f32::NAN, 1.0), &[vector(5.0, 1.0), vector(f32::NAN, 1.0)], 2);
        assert_eq!(found, [Alike { position: 1, distance: 0.0 }, Alike { position: 0, distance: FARTHEST }]);
    }

    #[test]
    fn a_rare_value_has_a_spread_though_most_are_the_same() {
        // Deviations 0, 0, 0, 1: the median is 0, the mean a quarter.
        let others = [vector(0.0, 0.0), vector(0.0, 0.0), vector(1.0, 0.0)];
        let found = nearest(&vector(0.0, 0.0), &others, 3);
        assert_eq!(found[1].distance, 0.0);
        assert!((found[2].distance - FARTHEST).abs() < 1e-12, "1 is 3.19 spreads of 0.3133: {found:?}");
    }
}
