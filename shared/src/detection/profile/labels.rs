//! What became known afterwards: signed changes by labels, and the counts a profile keeps of them.
//!
//! A label counts at the time of its own transaction, by whole numbers that a later Remove takes back.

use super::ring::Ring;
use super::seen::{DAY_SECONDS, day_of, is_time};
use crate::detection::attribution::Attribution;
use crate::domain::label::Verdict;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Days a ring of labels reaches back: 30 and the longest delay of a label.
pub(crate) const RING_DAYS: i64 = 72;

/// Whether a label comes into force or ceases to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It comes into force.
    Add,
    /// It is superseded: the same change as when it was added, taken back.
    Remove,
}

impl Sign {
    /// 1 or -1.
    pub(crate) fn unit(self) -> i64 {
        match self {
            Self::Add => 1,
            Self::Remove => -1,
        }
    }
}

/// The effect of one label on the profiles of its transaction's two parties; each takes the same delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelDelta {
    /// When the transaction occurred.
    pub occurred_at: Timestamp,
    /// When its label was observed.
    pub observed_at: Timestamp,
    /// What the label says.
    pub verdict: Verdict,
    /// Comes or goes.
    pub sign: Sign,
    /// Whose fraud it was; of no effect for a genuine transaction.
    pub attributed: Attribution,
}

/// How many transactions of a window are labelled; the window's far day counts by its covered part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownLabels {
    /// Labelled fraud.
    pub frauds: f64,
    /// Labelled genuine; what has no label is not counted here.
    pub genuine: f64,
}

/// Labels by day and verdict, each cell within `MIN..=MAX`, and the frauds attributed to this party.
///
/// Cells are signed: a shard may take back what another shard added, and only the merged sum counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LabelCounts<const MIN: i64, const MAX: i64> {
    frauds: Ring<72, DAY_SECONDS, MIN, MAX>,
    genuine: Ring<72, DAY_SECONDS, MIN, MAX>,
    newest_observed: Option<i64>,
    attributed: AttributedFrauds,
}

impl<const MIN: i64, const MAX: i64> LabelCounts<MIN, MAX> {
    /// Takes a delta; `party` is the side whose profile this is.
    pub(crate) fn apply(&mut self, delta: &LabelDelta, party: Attribution) {
        match delta.verdict {
            Verdict::Fraud => self.frauds.add(delta.occurred_at, delta.sign.unit()),
            Verdict::Genuine => self.genuine.add(delta.occurred_at, delta.sign.unit()),
        }
        if delta.verdict == Verdict::Fraud && delta.attributed == party {
            self.attributed.apply(delta);
        }
        self.newest_observed = self.newest_observed.max(Some(delta.observed_at.as_microsecond()));
    }

    /// Adds another's labels.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.frauds.merge(&other.frauds);
        self.genuine.merge(&other.genuine);
        self.newest_observed = self.newest_observed.max(other.newest_observed);
        self.attributed.merge(&other.attributed);
    }

    /// Whether every label taken was observed no later than `at`; if not, what the counts say was not yet
    /// known then, and nothing about labels may be read.
    pub(crate) fn are_known_at(&self, at: Timestamp) -> bool {
        self.newest_observed.is_none_or(|newest| newest <= at.as_microsecond())
    }

    /// Labelled frauds among the transactions of the last `n_days`, at most 71.
    pub(crate) fn frauds(&self, at: Timestamp, n_days: i64) -> Option<f64> {
        in_window(&self.frauds, at, n_days)
    }

    /// Labelled frauds by day.
    pub(crate) fn frauds_by_day(&self) -> &Ring<72, DAY_SECONDS, MIN, MAX> {
        &self.frauds
    }

    /// Labels by verdict among the transactions of the last `n_days`, at most 71.
    pub(crate) fn known(&self, at: Timestamp, n_days: i64) -> Option<KnownLabels> {
        let frauds = self.frauds(at, n_days)?;
        Some(KnownLabels { frauds, genuine: in_window(&self.genuine, at, n_days)? })
    }

    /// Frauds attributed to this party.
    pub(crate) fn attributed(&self) -> &AttributedFrauds {
        &self.attributed
    }

    /// Whether the times exist on the calendar, for decoding.
    pub(crate) fn is_valid(&self) -> bool {
        is_time(self.newest_observed)
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self {
            frauds: Ring::largest(),
            genuine: Ring::largest(),
            newest_observed: Some(super::seen::LATEST),
            attributed: AttributedFrauds { n: i32::MIN, first_day: Some(i32::MIN), last_day: Some(i32::MAX) },
        }
    }
}

/// The labels of a window; a single shard's may sum to less than none, all shards together never do.
fn in_window<const MIN: i64, const MAX: i64>(
    ring: &Ring<72, DAY_SECONDS, MIN, MAX>,
    at: Timestamp,
    n_days: i64,
) -> Option<f64> {
    ring.window(at, n_days).map(|sum| sum.max(0.0))
}

/// How many frauds are attributed to a party, over its lifetime, and the days of the first and the last.
///
/// The days cover every fraud ever added: taking one back lowers the count and leaves the days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AttributedFrauds {
    n: i32,
    first_day: Option<i32>,
    last_day: Option<i32>,
}

impl AttributedFrauds {
    /// How many; never negative once all shards are merged.
    pub(crate) fn n(&self) -> f64 {
        f64::from(self.n.max(0))
    }

    /// Days from the first to the day of `at`; none without one.
    pub(crate) fn days_since_first(&self, at: Timestamp) -> Option<f64> {
        self.days_since(self.first_day, at)
    }

    /// Days from the last to the day of `at`; none without one.
    pub(crate) fn days_since_last(&self, at: Timestamp) -> Option<f64> {
        self.days_since(self.last_day, at)
    }

    fn days_since(&self, day: Option<i32>, at: Timestamp) -> Option<f64> {
        let day = day.filter(|_| self.n > 0)?;
        Some((day_of(at) - i64::from(day)).max(0) as f64)
    }

    fn apply(&mut self, delta: &LabelDelta) {
        let day = match delta.sign {
            Sign::Add => i32::try_from(day_of(delta.occurred_at)).ok(),
            Sign::Remove => None,
        };
        self.merge(&Self { n: delta.sign.unit() as i32, first_day: day, last_day: day });
    }

    fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.first_day = [self.first_day, other.first_day].into_iter().flatten().min();
        self.last_day = self.last_day.max(other.last_day);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(day * DAY_SECONDS).unwrap()
    }

    fn fraud(day: i64, sign: Sign) -> LabelDelta {
        LabelDelta {
            occurred_at: at(day),
            observed_at: at(day + 7),
            verdict: Verdict::Fraud,
            sign,
            attributed: Attribution::Account,
        }
    }

    #[test]
    fn a_label_taken_back_in_another_shard_cancels_out() {
        let (mut left, mut right) = (LabelCounts::<-99, 99>::default(), LabelCounts::<-99, 99>::default());
        left.apply(&fraud(100, Sign::Add), Attribution::Account);
        right.apply(&fraud(100, Sign::Remove), Attribution::Account);
        left.merge(&right);
        assert_eq!((left.frauds(at(108), 30), left.attributed().n()), (Some(0.0), 0.0));
        assert_eq!(left.attributed().days_since_last(at(108)), None);
    }

    #[test]
    fn labels_are_unknown_to_a_transaction_before_their_observation() {
        let mut labels = LabelCounts::<-99, 99>::default();
        assert!(labels.are_known_at(at(0)));
        labels.apply(&fraud(100, Sign::Add), Attribution::Account);
        assert!(!labels.are_known_at(at(106)) && labels.are_known_at(at(107)));
        assert_eq!(labels.known(at(107), 30), Some(KnownLabels { frauds: 1.0, genuine: 0.0 }));
        assert_eq!(labels.attributed().days_since_first(at(110)), Some(10.0));
    }

    #[test]
    fn only_the_party_to_blame_is_attributed_the_fraud() {
        let mut labels = LabelCounts::<-99, 99>::default();
        labels.apply(&fraud(100, Sign::Add), Attribution::Counterparty);
        assert_eq!((labels.frauds(at(107), 30), labels.attributed().n()), (Some(1.0), 0.0));
    }
}
