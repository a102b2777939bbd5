//! Drift: how far the distribution of a number has moved, as a population stability index.
//!
//! `PSI = sum over bins of (current - reference) * ln(current / reference)`, on shares of each sample (N. Siddiqi,
//! "Credit Risk Scorecards", 2006, chapter 9). By custom, below 0.1 is stable, and from 0.25 on the population is
//! another.

/// Bins are the tenths of the reference, as the source has it; ties make fewer.
const N_BINS: usize = 10;
/// An empty bin counts as this share: the logarithm of nothing is infinite, and one value in 10,000 is nearly none.
const LEAST_SHARE: f64 = 1e-4;
/// A sample of fewer says more of chance than of drift: twenty a bin.
pub const MIN_VALUES: usize = 200;
/// From here on a distribution has moved: the rule of thumb of credit scoring, whose index this is (Siddiqi, Credit Risk
/// Scorecards, 2006: below 0.10 stable, from 0.25 shifted).
pub const SHIFTED: f64 = 0.25;

/// The index of `current` against `reference`; NaN is a missing value, which has a bin of its own. None where either has
/// fewer than [`MIN_VALUES`].
pub fn stability_index(reference: &[f64], current: &[f64]) -> Option<f64> {
    if reference.len() < MIN_VALUES || current.len() < MIN_VALUES {
        return None;
    }
    let edges = edges(reference);
    let (expected, actual) = (shares(reference, &edges), shares(current, &edges));
    let terms = expected.iter().zip(&actual);
    Some(terms.map(|(expected, actual)| (actual - expected) * libm::log(actual / expected)).sum())
}

/// The upper ends of all bins but the last, rising: the tenths of what is known.
fn edges(values: &[f64]) -> Vec<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let tenth = |bin: usize| known.get((known.len() * bin).div_ceil(N_BINS).saturating_sub(1)).copied();
    let mut edges: Vec<f64> = (1..N_BINS).filter_map(tenth).collect();
    edges.dedup();
    edges
}

/// The share of the values in each bin, missing ones in the last.
fn shares(values: &[f64], edges: &[f64]) -> Vec<f64> {
    let mut counts = vec![0_u32; edges.len() + 2];
    for value in values {
        let bin = if value.is_nan() { edges.len() + 1 } else { edges.partition_point(|edge| edge < value) };
        counts[bin] += 1;
    }
    let n = values.len() as f64;
    counts.into_iter().map(|count| (f64::from(count) / n).max(LEAST_SHARE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(n_zeros: usize, n_ones: usize) -> Vec<f64> {
        [vec![0.0; n_zeros], vec![1.0; n_ones]].concat()
    }

    #[test]
    fn the_same_distribution_has_none() {
        let values: Vec<f64> = (0..1_000).map(f64::from).collect();
        let again: Vec<f64> = values.iter().rev().copied().collect();
        assert_eq!(stability_index(&values, &again), Some(0.0));
    }

    /// Half and half against four fifths and one: 0.3 ln 1.6 - 0.3 ln 0.4 = 0.3 ln 4 = 0.415888.
    #[test]
    fn a_shift_is_worked_by_hand() {
        let index = stability_index(&mixed(500, 500), &mixed(800, 200)).unwrap();
        assert!((index - 0.415_888).abs() < 1e-6, "{index}");
    }

    /// A tenth missing where none was: 0.0999 ln(0.1 / 0.0001) for them, and nine tenths of what was, -0.1 ln 0.9.
    #[test]
    fn missing_values_are_a_bin_of_their_own() {
        let current: Vec<f64> = [mixed(450, 450), vec![f64::NAN; 100]].concat();
        let index = stability_index(&mixed(500, 500), &current).unwrap();
        let expected = 0.0999 * 1_000_f64.ln() - 0.1 * 0.9_f64.ln();
        assert!((index - expected).abs() < 1e-9, "{index}");
    }

    #[test]
    fn a_small_sample_says_nothing() {
        assert_eq!(stability_index(&mixed(100, 99), &mixed(500, 500)), None);
        assert_eq!(stability_index(&mixed(500, 500), &mixed(100, 99)), None);
        assert_eq!(stability_index(&[], &[]), None);
    }

    #[test]
    fn a_number_that_was_never_known_has_moved_when_it_is() {
        let unknown = vec![f64::NAN; 300];
        assert_eq!(stability_index(&unknown, &unknown), Some(0.0));
        assert!(stability_index(&unknown, &mixed(150, 150)).unwrap() > 0.25);
    }
}
