//! How scores meet labels: the figures of a replay and of an evaluation.
//!
//! What lives here: pure functions of scores and truths. A figure that does not exist (no fraud, nothing
//! alerted) is `None`, never 0. Conventions follow T. Fawcett, "An introduction to ROC analysis", Pattern
//! Recognition Letters 27 (2006), for the ROC curve, and C. D. Manning, P. Raghavan and H. Schütze,
//! "Introduction to Information Retrieval" (2008), section 8.4, for average precision.

/// One transaction's score and how it turned out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Any finite number, higher is more anomalous.
    pub score: f64,
    /// Whether it was fraud.
    pub is_fraud: bool,
}

/// Transactions that share one score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tie {
    pub n_fraud: u64,
    pub n_genuine: u64,
}

/// The groups of equal scores, lowest first.
fn ties(judged: &[Judged]) -> Vec<Tie> {
    let mut ranked = judged.to_vec();
    ranked.sort_by(|a, b| a.score.total_cmp(&b.score));
    let groups = ranked.chunk_by(|a, b| a.score == b.score);
    groups
        .map(|group| {
            let n_fraud = group.iter().filter(|one| one.is_fraud).count() as u64;
            Tie { n_fraud, n_genuine: group.len() as u64 - n_fraud }
        })
        .collect()
}

/// Area under the ROC curve: the chance that a fraud scores above a genuine transaction, a tie counting half.
///
/// This is the Mann-Whitney statistic over `n_fraud * n_genuine`, which is the same as ranking with midranks.
/// `None` without both a fraud and a genuine transaction.
pub fn area_under_roc(judged: &[Judged]) -> Option<f64> {
    area_of(&ties(judged))
}

/// [`area_under_roc`] of ties, lowest score first.
pub fn area_of(ties: &[Tie]) -> Option<f64> {
    let (mut n_fraud, mut n_genuine, mut twice_won) = (0, 0, 0_u128);
    for tie in ties {
        twice_won += u128::from(tie.n_fraud) * u128::from(2 * n_genuine + tie.n_genuine);
        n_fraud += tie.n_fraud;
        n_genuine += tie.n_genuine;
    }
    let n_pairs = u128::from(n_fraud) * u128::from(n_genuine);
    (n_pairs > 0).then(|| twice_won as f64 / (2 * n_pairs) as f64)
}

/// Average precision: the sum over thresholds of precision times the gain in recall, a tie being one threshold.
///
/// `None` without a fraud.
pub fn average_precision(judged: &[Judged]) -> Option<f64> {
    average_precision_of(&ties(judged))
}

/// [`average_precision`] of ties, lowest score first, none of them empty.
pub fn average_precision_of(ties: &[Tie]) -> Option<f64> {
    let (mut n_found, mut n_taken, mut total) = (0, 0, 0.0);
    for tie in ties.iter().rev() {
        n_found += tie.n_fraud;
        n_taken += tie.n_fraud + tie.n_genuine;
        total += tie.n_fraud as f64 * (n_found as f64 / n_taken as f64);
    }
    (n_found > 0).then(|| total / n_found as f64)
}

/// What an alert threshold caught.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caught {
    /// Frauds there were.
    pub n_fraud: u64,
    /// Transactions at or above the threshold.
    pub n_alerted: u64,
    /// Frauds at or above the threshold.
    pub n_fraud_alerted: u64,
}

impl Caught {
    /// Counts pairs of (is alerted, is fraud).
    pub fn count(pairs: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut caught = Self::default();
        for (is_alerted, is_fraud) in pairs {
            caught.n_fraud += u64::from(is_fraud);
            caught.n_alerted += u64::from(is_alerted);
            caught.n_fraud_alerted += u64::from(is_alerted && is_fraud);
        }
        caught
    }

    /// The share of the alerted that were fraud; `None` where nothing was alerted.
    pub fn precision(self) -> Option<f64> {
        (self.n_alerted > 0).then(|| self.n_fraud_alerted as f64 / self.n_alerted as f64)
    }

    /// The share of the frauds that were alerted; `None` where there was none.
    pub fn recall(self) -> Option<f64> {
        (self.n_fraud > 0).then(|| self.n_fraud_alerted as f64 / self.n_fraud as f64)
    }
}

/// What a budget of alerts catches when it goes to the highest scores, in order.
///
/// `share` of all, in [0, 1], rounded to a whole number, half to even, but at least one; of equal scores the
/// first given is taken first.
pub fn caught_by_budget(judged: &[Judged], share: f64) -> Caught {
    let n_alerts = (judged.len() as f64 * share).round_ties_even().max(1.0) as usize;
    let mut ranked = judged.to_vec();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    Caught::count(ranked.iter().enumerate().map(|(rank, one)| (rank < n_alerts, one.is_fraud)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(pairs: &[(f64, bool)]) -> Vec<Judged> {
        pairs.iter().map(|&(score, is_fraud)| Judged { score, is_fraud }).collect()
    }

    #[test]
    fn without_ties_the_area_counts_pairs_in_order() {
        // Fraud at 0.9 and 0.4, genuine at 0.8, 0.3, 0.1: 0.9 beats 3, 0.4 beats 2; 5 of 6 pairs.
        let all = judged(&[(0.8, false), (0.9, true), (0.1, false), (0.4, true), (0.3, false)]);
        assert_eq!(area_under_roc(&all), Some(5.0 / 6.0));
    }

    #[test]
    fn a_tie_counts_half() {
        // Fraud 0.5 against genuine 0.5, 0.5, 0.2: 0.5 + 0.5 + 1 of 3 pairs.
        let all = judged(&[(0.5, true), (0.5, false), (0.5, false), (0.2, false)]);
        assert_eq!(area_under_roc(&all), Some(2.0 / 3.0));
        assert_eq!(area_under_roc(&judged(&[(0.7, true), (0.7, false)])), Some(0.5));
    }

    #[test]
    fn average_precision_steps_at_each_fraud() {
        // Ranks 1 and 3 of 4 are frauds: (1/1 + 2/3) / 2.
        let all = judged(&[(0.9, true), (0.8, false), (0.7, true), (0.6, false)]);
        assert_eq!(average_precision(&all), Some((1.0 + 2.0 / 3.0) / 2.0));
    }

    #[test]
    fn average_precision_takes_a_tie_as_one_threshold_whatever_its_order() {
        // One threshold takes two frauds of three, the next the last fraud of four: (2 * 2/3 + 1 * 3/4) / 3.
        let expected = Some((2.0 * (2.0 / 3.0) + 0.75) / 3.0);
        let all = judged(&[(0.9, false), (0.9, true), (0.9, true), (0.1, true)]);
        assert_eq!(average_precision(&all), expected);
        let other_order = judged(&[(0.9, true), (0.1, true), (0.9, true), (0.9, false)]);
        assert_eq!(average_precision(&other_order), expected);
    }

    #[test]
    fn a_figure_that_does_not_exist_is_none() {
        assert_eq!(area_under_roc(&judged(&[(0.9, true)])), None);
        assert_eq!(average_precision(&judged(&[(0.9, false)])), None);
        let nothing = Caught::count([(false, false)]);
        assert_eq!((nothing.precision(), nothing.recall()), (None, None));
    }

    #[test]
    fn precision_is_of_the_alerted_and_recall_of_the_frauds() {
        let caught =
            Caught::count([(true, true), (true, false), (true, false), (false, true), (true, false)]);
        assert_eq!((caught.precision(), caught.recall()), (Some(0.25), Some(0.5)));
    }

    #[test]
    fn a_budget_goes_to_the_highest_scores_and_of_equals_to_the_first() {
        let all = judged(&[(0.5, false), (0.9, true), (0.5, true), (0.1, true)]);
        assert_eq!(caught_by_budget(&all, 0.5), Caught { n_fraud: 3, n_alerted: 2, n_fraud_alerted: 1 });
    }

    #[test]
    fn a_budget_is_rounded_half_to_even_and_is_never_nothing() {
        let n_alerted = |n: usize| caught_by_budget(&judged(&vec![(0.5, false); n]), 0.25).n_alerted;
        // 0.25, 1.5, 2.5 and 3.5 alerts.
        assert_eq!([1, 6, 10, 14].map(n_alerted), [1, 2, 2, 4]);
        assert_eq!(n_alerted(0), 0);
    }
}
