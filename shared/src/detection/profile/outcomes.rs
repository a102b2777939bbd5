//! A counterparty's last known outcomes: the verdicts of its eight newest labelled transactions.

use super::labels::LabelDelta;
use super::seen::is_time;
use crate::domain::label::Verdict;
use serde::{Deserialize, Serialize};

/// How many outcomes are kept.
const KEPT: usize = 8;

/// Labels of one verdict at one microsecond; `net` is additions less removals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Outcome {
    occurred_at: i64,
    is_fraud: bool,
    net: i16,
}

impl Outcome {
    fn key(&self) -> (i64, bool) {
        (self.occurred_at, self.is_fraud)
    }
}

/// The eight newest (time, verdict) pairs ever labelled, newest first.
///
/// A pair whose label was taken back keeps its place with a net of zero. That is what makes merging free of
/// order: a pair among the newest eight overall is among the newest eight of every shard, so none is dropped
/// anywhere before its additions and removals have met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcomes(Vec<Outcome>);

impl Outcomes {
    /// Takes a delta.
    pub(crate) fn apply(&mut self, delta: &LabelDelta) {
        self.add(Outcome {
            occurred_at: delta.occurred_at.as_microsecond(),
            is_fraud: delta.verdict == Verdict::Fraud,
            net: delta.sign.unit() as i16,
        });
    }

    /// Adds another's outcomes.
    pub(crate) fn merge(&mut self, other: &Self) {
        for outcome in &other.0 {
            self.add(*outcome);
        }
    }

    /// The share of fraud among the known outcomes, at most eight; none while none is known.
    pub(crate) fn fraud_share(&self) -> Option<f64> {
        let (mut n_known, mut n_frauds) = (0_u32, 0_u32);
        for is_fraud in self.newest() {
            n_known += 1;
            n_frauds += u32::from(is_fraud);
        }
        (n_known > 0).then(|| f64::from(n_frauds) / f64::from(n_known))
    }

    /// How many of the newest outcomes in a row are fraud, 0 to 8.
    pub(crate) fn fraud_run(&self) -> f64 {
        // From 0: the sum of no floats is -0, which a reader would be shown.
        self.newest().take_while(|is_fraud| *is_fraud).fold(0.0, |run, _| run + 1.0)
    }

    /// Whether bounds and order hold, for decoding.
    pub(crate) fn is_valid(&self) -> bool {
        self.0.len() <= KEPT
            && self.0.is_sorted_by(|newer, older| newer.key() > older.key())
            && self.0.iter().all(|outcome| is_time(Some(outcome.occurred_at)))
    }

    /// The outcomes in force, newest first, at most eight.
    fn newest(&self) -> impl Iterator<Item = bool> {
        self.0
            .iter()
            .flat_map(|outcome| {
                std::iter::repeat_n(outcome.is_fraud, usize::try_from(outcome.net).unwrap_or(0))
            })
            .take(KEPT)
    }

    fn add(&mut self, outcome: Outcome) {
        match self.0.binary_search_by(|kept| outcome.key().cmp(&kept.key())) {
            Ok(index) => self.0[index].net = self.0[index].net.saturating_add(outcome.net),
            Err(index) => self.0.insert(index, outcome),
        }
        self.0.truncate(KEPT);
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        let outcome =
            |age: i64| Outcome { occurred_at: super::seen::LATEST - age, is_fraud: true, net: i16::MIN };
        Self((0..KEPT as i64).map(outcome).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::attribution::Attribution;
    use crate::detection::profile::labels::Sign;
    use jiff::Timestamp;

    fn delta(second: i64, verdict: Verdict, sign: Sign) -> LabelDelta {
        let at = Timestamp::from_second(second).unwrap();
        LabelDelta { occurred_at: at, observed_at: at, verdict, sign, attributed: Attribution::Counterparty }
    }

    #[test]
    fn the_run_is_read_from_the_newest_transaction_whatever_the_order_of_labels() {
        let mut outcomes = Outcomes::default();
        for (second, verdict) in
            [(30, Verdict::Fraud), (10, Verdict::Fraud), (20, Verdict::Genuine), (40, Verdict::Fraud)]
        {
            outcomes.apply(&delta(second, verdict, Sign::Add));
        }
        assert_eq!((outcomes.fraud_run(), outcomes.fraud_share()), (2.0, Some(0.75)));
    }

    #[test]
    fn a_label_taken_back_is_no_outcome() {
        let mut outcomes = Outcomes::default();
        outcomes.apply(&delta(10, Verdict::Fraud, Sign::Add));
        outcomes.apply(&delta(10, Verdict::Fraud, Sign::Remove));
        assert_eq!((outcomes.fraud_run(), outcomes.fraud_share()), (0.0, None));
    }

    #[test]
    fn without_an_outcome_the_run_is_zero_without_a_sign() {
        assert_eq!(Outcomes::default().fraud_run().to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn eight_outcomes_are_kept() {
        let mut outcomes = Outcomes::default();
        outcomes.apply(&delta(1, Verdict::Genuine, Sign::Add));
        for second in 2..=9 {
            outcomes.apply(&delta(second, Verdict::Fraud, Sign::Add));
        }
        assert_eq!((outcomes.fraud_run(), outcomes.fraud_share()), (8.0, Some(1.0)));
    }
}
