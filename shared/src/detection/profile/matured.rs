//! What a party's days say once labels have had time to arrive: frauds against all, and the current streak.
//!
//! Between a transaction and its label lies a delay. Up to the maturity, a transaction without a label is
//! unknown; after it, presumed genuine. Windows that end at the maturity therefore compare like with like,
//! which windows that end now do not. Not here: what a feature makes of the figures.

use super::ring::Ring;
use super::seen::{DAY_SECONDS, day_of};
use jiff::{SignedDuration, Timestamp};

/// Days in the rings read here.
const DAYS: usize = 72;

/// The transactions of a window that ends at the maturity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Matured {
    /// All of them.
    pub(crate) n: f64,
    /// Those labelled fraud.
    pub(crate) n_frauds: f64,
}

/// The newest run of days on which most of what is known was fraud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Streak {
    /// Frauds in it; 0 when the newest known day was not one of fraud.
    pub(crate) n_frauds: f64,
    /// Days since its first.
    pub(crate) days: f64,
    /// Days since the newest known fraud, in the streak or before.
    pub(crate) last_fraud_days: f64,
    /// Matured transactions on the days after that fraud, all without a fraud label.
    pub(crate) n_genuine_since: f64,
}

/// One day: transactions of which it is known whether they were fraud, and those that were.
#[derive(Debug, Clone, Copy)]
struct KnownDay {
    n: i64,
    n_frauds: i64,
}

/// A party's transactions and frauds by day, seen at `at` with labels mature after `maturity_days`.
pub(crate) struct LabelledDays<'a, const MIN: i64, const MAX: i64, const COUNT: i64> {
    pub(crate) counts: &'a Ring<DAYS, DAY_SECONDS, 0, COUNT>,
    pub(crate) frauds: &'a Ring<DAYS, DAY_SECONDS, MIN, MAX>,
    pub(crate) at: Timestamp,
    pub(crate) maturity_days: u16,
}

impl<const MIN: i64, const MAX: i64, const COUNT: i64> LabelledDays<'_, MIN, MAX, COUNT> {
    /// The window of `n_days` that ends at the maturity; none where part of it has left the ring.
    ///
    /// Frauds of the day on which it ends count whole: those known are from its matured part, or were known
    /// early. A maturity of 0 ends it now: today holds only what came before, and counts whole.
    pub(crate) fn window(&self, n_days: i64) -> Option<Matured> {
        let end = self.maturity();
        let n_frauds = self.frauds.window(end, n_days)?.max(0.0);
        let is_now = self.maturity_days == 0;
        let n = if is_now { self.counts.window(end, n_days) } else { self.counts.window_ending(end, n_days) };
        Some(Matured { n: n?.max(n_frauds), n_frauds })
    }

    /// The current streak; none without a known fraud in the ring.
    ///
    /// Days are walked from the newest back. One on which nothing is known is passed over. On the day of the
    /// maturity and after it only frauds are known; before, whatever is not fraud is presumed genuine. What
    /// comes after the newest day of fraud is counted; if that is nothing, days on which at least half was
    /// fraud make the streak, back to the first that is none of them.
    pub(crate) fn streak(&self) -> Option<Streak> {
        if self.frauds.is_empty() {
            return None;
        }
        let today = day_of(self.at);
        let mut known = (today - DAYS as i64 + 1..=today).rev().map(|day| (day, self.known_on(day)));
        let mut n_since = 0;
        let (last, newest) = known.by_ref().find(|(_, known)| {
            n_since += if known.n_frauds == 0 { known.n } else { 0 };
            known.n_frauds > 0
        })?;
        let mut streak = Streak {
            n_frauds: 0.0,
            days: 0.0,
            last_fraud_days: (today - last) as f64,
            n_genuine_since: n_since as f64,
        };
        if n_since > 0 {
            return Some(streak);
        }
        let days = std::iter::once((last, newest)).chain(known).filter(|(_, known)| known.n > 0);
        for (day, known) in days.take_while(|(_, known)| 2 * known.n_frauds >= known.n) {
            streak.n_frauds += known.n_frauds as f64;
            streak.days = (today - day) as f64;
        }
        Some(streak)
    }

    /// What is known of one day.
    fn known_on(&self, day: i64) -> KnownDay {
        let n_frauds = self.frauds.cell(day).max(0);
        let is_matured = day < day_of(self.maturity());
        let n = if is_matured { self.counts.cell(day).max(n_frauds) } else { n_frauds };
        KnownDay { n, n_frauds }
    }

    fn maturity(&self) -> Timestamp {
        self.at - SignedDuration::from_hours(24 * i64::from(self.maturity_days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Counts = Ring<DAYS, DAY_SECONDS, 0, 99>;
    type Frauds = Ring<DAYS, DAY_SECONDS, -99, 99>;

    fn noon(day: i64) -> Timestamp {
        Timestamp::from_second(day * DAY_SECONDS + DAY_SECONDS / 2).unwrap()
    }

    /// Days of (transactions, frauds) from day 100 on, seen at noon of the day after the last.
    fn seen(days: &[(i64, i64)], maturity_days: u16) -> (Option<Matured>, Option<Streak>) {
        let (mut counts, mut frauds) = (Counts::default(), Frauds::default());
        for (day, (n, n_frauds)) in (100..).zip(days) {
            counts.add(noon(day), *n);
            if *n_frauds > 0 {
                frauds.add(noon(day), *n_frauds);
            }
        }
        let at = noon(100 + days.len() as i64);
        let labelled = LabelledDays { counts: &counts, frauds: &frauds, at, maturity_days };
        (labelled.window(7), labelled.streak())
    }

    #[test]
    fn the_window_ends_at_the_maturity_and_counts_half_of_its_last_day() {
        // Seen at noon of day 110 with 7 days: from noon of day 96 to noon of day 103.
        let days = [(4, 0), (4, 1), (4, 1), (4, 1), (4, 0), (4, 0), (4, 0), (4, 0), (4, 0), (4, 0)];
        assert_eq!(seen(&days, 7).0, Some(Matured { n: 14.0, n_frauds: 3.0 }));
    }

    #[test]
    fn with_a_maturity_of_0_everything_until_now_counts() {
        // Seen at noon of day 107: half of day 100, and all of days 101 to 107, the last of which has begun.
        let mut counts = Counts::default();
        (100..108).for_each(|day| counts.add(noon(day), 4));
        let frauds = Frauds::default();
        let labelled = LabelledDays { counts: &counts, frauds: &frauds, at: noon(107), maturity_days: 0 };
        assert_eq!(labelled.window(7), Some(Matured { n: 30.0, n_frauds: 0.0 }));
    }

    #[test]
    fn a_streak_is_counted_back_to_the_last_genuine_day() {
        let days = [(3, 0), (3, 3), (0, 0), (3, 2), (2, 0)];
        // With a maturity of 2 days, days 103 and 104 are not matured: of them only frauds are known.
        let streak = Streak { n_frauds: 5.0, days: 4.0, last_fraud_days: 2.0, n_genuine_since: 0.0 };
        assert_eq!(seen(&days, 2).1, Some(streak));
    }

    #[test]
    fn genuine_days_after_a_fraud_end_its_streak_and_are_counted() {
        let days = [(2, 2), (2, 0), (2, 0), (9, 0)];
        let streak = Streak { n_frauds: 0.0, days: 0.0, last_fraud_days: 4.0, n_genuine_since: 4.0 };
        // Maturity 1 day: seen at noon of day 104, day 103 is not wholly matured and not yet presumed genuine.
        assert_eq!(seen(&days, 1).1, Some(streak));
    }

    #[test]
    fn without_a_fraud_there_is_no_streak() {
        assert_eq!(seen(&[(2, 0), (2, 0)], 0).1, None);
    }
}
