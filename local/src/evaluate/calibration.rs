//! Whether the probability means what it says: of transactions given 2 %, are 2 % fraud?

use super::row::TestRow;
use serde::Serialize;

/// Bins of equal count. Most probabilities lie close together near 0, where bins of equal width would leave
/// nearly all rows in one.
pub const N_BINS: usize = 10;

/// Rows with neighbouring probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// Rows.
    pub n: u64,
    /// The mean of their probabilities.
    pub mean_predicted: f64,
    /// The share that was fraud.
    pub observed_rate: f64,
}

/// How far the probability is from what happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Rows with a probability.
    pub n: u64,
    /// Mean distance of predicted and observed over the bins, weighted by their rows: M. P. Naeini,
    /// G. F. Cooper and M. Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning",
    /// AAAI (2015).
    pub expected_calibration_error: f64,
    /// Mean square of probability less outcome: G. W. Brier, "Verification of forecasts expressed in terms
    /// of probability", Monthly Weather Review 78 (1950). Its unit is not that of the error above.
    pub brier_score: f64,
    /// The mean of the probabilities.
    pub mean_predicted: f64,
    /// The share that was fraud.
    pub observed_rate: f64,
    /// From the lowest probabilities to the highest.
    pub bins: Vec<Bin>,
}

/// One row's probability and how it turned out, 0 or 1, or the mean of these over equal probabilities.
type Outcome = (f64, f64);

impl Calibration {
    /// Measures over the rows that have a probability; `None` where none has.
    pub fn measure<'a>(rows: impl IntoIterator<Item = &'a TestRow>) -> Option<Self> {
        let outcome = |row: &TestRow| Some((row.probability?, f64::from(u8::from(row.is_fraud))));
        let mut outcomes: Vec<Outcome> = rows.into_iter().filter_map(outcome).collect();
        if outcomes.is_empty() {
            return None;
        }
        outcomes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let n = outcomes.len() as f64;
        let brier_score = outcomes.iter().map(|(p, y)| (p - y) * (p - y)).sum::<f64>() / n;
        share_ties(&mut outcomes);
        let bins: Vec<Bin> = bins(&outcomes);
        let error = |bin: &Bin| bin.n as f64 * (bin.mean_predicted - bin.observed_rate).abs();
        let all = bin(&outcomes);
        Some(Self {
            n: all.n,
            expected_calibration_error: bins.iter().map(error).sum::<f64>() / n,
            brier_score,
            mean_predicted: all.mean_predicted,
            observed_rate: all.observed_rate,
            bins,
        })
    }
}

/// Gives each of several equal probabilities the mean of their outcomes, so that where a bin ends between
/// them does not depend on their order.
fn share_ties(outcomes: &mut [Outcome]) {
    for tie in outcomes.chunk_by_mut(|a, b| a.0 == b.0) {
        let mean = tie.iter().map(|(_, y)| y).sum::<f64>() / tie.len() as f64;
        tie.iter_mut().for_each(|one| one.1 = mean);
    }
}

/// As equal in count as whole rows allow.
fn bins(outcomes: &[Outcome]) -> Vec<Bin> {
    let n = outcomes.len();
    let edges = (0..N_BINS).map(|k| k * n / N_BINS..(k + 1) * n / N_BINS);
    edges.filter_map(|range| outcomes.get(range)).filter(|rows| !rows.is_empty()).map(bin).collect()
}

fn bin(outcomes: &[Outcome]) -> Bin {
    let n = outcomes.len() as f64;
    Bin {
        n: outcomes.len() as u64,
        mean_predicted: outcomes.iter().map(|(p, _)| p).sum::<f64>() / n,
        observed_rate: outcomes.iter().map(|(_, y)| y).sum::<f64>() / n,
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::build::row;
    use super::*;

    fn assert_near(measured: f64, expected: f64) {
        assert!((measured - expected).abs() < 1e-12, "{measured} is not {expected}");
    }

    #[test]
    fn the_error_is_the_mean_distance_of_predicted_and_observed() {
        // Twenty rows, two a bin, 0.05 and 0.15 to 0.95 by tenths; the upper five bins hold a fraud each.
        let rows: Vec<_> =
            (0..20).map(|n| row("a", 0.05 + 0.1 * f64::from(n / 2), n >= 10 && n % 2 == 0)).collect();
        let measured = Calibration::measure(&rows).unwrap();
        assert_eq!((measured.n, measured.bins.len()), (20, 10));
        // Below: 0.05 + 0.15 + 0.25 + 0.35 + 0.45; above: |p - 0.5| = 0.05 + 0.15 + 0.25 + 0.35 + 0.45.
        assert_near(measured.expected_calibration_error, 2.5 / 10.0);
        assert_near(measured.mean_predicted, 0.5);
        assert_near(measured.observed_rate, 0.25);
        assert_near(measured.bins[9].mean_predicted, 0.95);
        assert_near(measured.bins[9].observed_rate, 0.5);
    }

    #[test]
    fn the_brier_score_is_the_mean_square_of_the_distance_to_the_outcome() {
        let rows = [row("a", 0.2, false), row("a", 0.7, true)];
        assert_near(Calibration::measure(&rows).unwrap().brier_score, (0.04 + 0.09) / 2.0);
    }

    #[test]
    fn equal_probabilities_are_calibrated_whatever_their_order() {
        let mut rows: Vec<_> = (0..20).map(|n| row("a", 0.25, n < 5)).collect();
        assert_near(Calibration::measure(&rows).unwrap().expected_calibration_error, 0.0);
        rows.reverse();
        assert_near(Calibration::measure(&rows).unwrap().expected_calibration_error, 0.0);
    }

    #[test]
    fn rows_without_a_probability_do_not_count() {
        let without = TestRow { probability: None, ..row("a", 0.5, true) };
        assert_eq!(Calibration::measure([&without]), None);
        assert_eq!(Calibration::measure([&without, &row("a", 0.5, true)]).unwrap().n, 1);
    }
}
