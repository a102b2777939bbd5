//! Which rows of the test days are judged: those of accounts not yet known to be compromised.
//!
//! Y.-A. Le Borgne, W. Siblini, B. Lebichot and G. Bontempi, "Reproducible Machine Learning for Credit Card
//! Fraud Detection - Practical Handbook" (2022), chapter 3: an account once known is blocked, so that finding
//! it again is no merit. How late the labels are that a model learns from is another matter, so that the same
//! rows are judged for any such delay.

use super::row::TestRow;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

const SECONDS_A_DAY: i64 = 86_400;

/// Whether accounts already known to be compromised are judged too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepKnown {
    /// They are left out.
    #[default]
    No,
    /// Every row of the test days is judged.
    Yes,
}

/// Days to learn from, days to judge, and who is left out. Days are UTC, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Protocol {
    /// The first day whose rows and labels the model learns from.
    pub train_from: Date,
    /// The last.
    pub train_to: Date,
    /// The first day judged.
    pub test_from: Date,
    /// The last.
    pub test_to: Date,
    /// An account is known from the day after a fraud is this many days old.
    pub exclusion_delay_days: u32,
    /// Whether known accounts are judged too.
    pub keep_known: KeepKnown,
}

impl Protocol {
    /// The usual delay until an account is known, in days; the handbook's.
    pub const EXCLUSION_DELAY_DAYS: u32 = 7;

    fn is_training_day(&self, day: Date) -> bool {
        (self.train_from..=self.train_to).contains(&day)
    }

    fn is_test_day(&self, day: Date) -> bool {
        (self.test_from..=self.test_to).contains(&day)
    }

    /// Days from the first test day to the one from which a fraud on `day` makes its account known; `None`
    /// where it never does.
    ///
    /// Of the days outside training only those count that grow old enough on a test day: the test starts
    /// from what the training knew, and learns one day of frauds a day.
    fn known_after(&self, day: Date) -> Option<i64> {
        if self.is_training_day(day) {
            return Some(0);
        }
        let after = days_since(day, self.test_from) + i64::from(self.exclusion_delay_days) + 1;
        (after >= 0).then_some(after)
    }
}

fn days_since(day: Date, start: Date) -> i64 {
    day.duration_since(start).as_secs() / SECONDS_A_DAY
}

/// The accounts with a fraud on each day, test days included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FraudDays(BTreeSet<(Date, String)>);

impl FraudDays {
    /// Notes that this account had a fraud that day; saying it again changes nothing.
    pub fn add(&mut self, day: Date, account: &str) {
        self.0.insert((day, account.to_owned()));
    }

    /// Days from the first test day to the one from which each account is known.
    fn known_after(&self, protocol: &Protocol) -> HashMap<&str, i64> {
        let mut known: HashMap<&str, i64> = HashMap::new();
        for (day, account) in &self.0 {
            if let Some(after) = protocol.known_after(*day) {
                known.entry(account).and_modify(|first| *first = after.min(*first)).or_insert(after);
            }
        }
        known
    }
}

/// The rows that are judged, in the order in which they came.
pub fn judged<'a>(rows: &'a [TestRow], frauds: &FraudDays, protocol: &Protocol) -> Vec<&'a TestRow> {
    let test_rows = rows.iter().filter(|row| protocol.is_test_day(row.day));
    match protocol.keep_known {
        KeepKnown::Yes => test_rows.collect(),
        KeepKnown::No => {
            let known = frauds.known_after(protocol);
            let is_known = |row: &TestRow| {
                let after = known.get(row.account.as_str());
                after.is_some_and(|after| days_since(row.day, protocol.test_from) >= *after)
            };
            test_rows.filter(|row| !is_known(row)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::build::{august, row};
    use super::*;
    use jiff::civil::date;

    const PROTOCOL: Protocol = Protocol {
        train_from: date(2018, 7, 25),
        train_to: date(2018, 7, 31),
        test_from: date(2018, 8, 8),
        test_to: date(2018, 8, 14),
        exclusion_delay_days: 7,
        keep_known: KeepKnown::No,
    };

    /// The days of August on which a row of an account with a fraud on these days is judged.
    fn days_judged(fraud_days: &[Date], protocol: &Protocol) -> Vec<i8> {
        let rows: Vec<_> = (7..=15).map(|day| TestRow { day: august(day), ..row("a", 0.5, false) }).collect();
        let mut frauds = FraudDays::default();
        for day in fraud_days {
            frauds.add(*day, "a");
        }
        frauds.add(date(2018, 7, 25), "another");
        judged(&rows, &frauds, protocol).iter().map(|row| row.day.day()).collect()
    }

    #[test]
    fn an_account_without_a_fraud_is_judged_on_each_test_day_and_on_no_other() {
        assert_eq!(days_judged(&[], &PROTOCOL), [8, 9, 10, 11, 12, 13, 14]);
    }

    #[test]
    fn an_account_with_a_fraud_in_training_is_never_judged() {
        assert_eq!(days_judged(&[date(2018, 7, 25)], &PROTOCOL), [0; 0]);
        assert_eq!(days_judged(&[date(2018, 7, 31), august(10)], &PROTOCOL), [0; 0]);
    }

    #[test]
    fn an_account_leaves_when_its_fraud_is_more_than_the_delay_ago() {
        assert_eq!(days_judged(&[august(1)], &PROTOCOL), [8]);
        assert_eq!(days_judged(&[august(4), august(2)], &PROTOCOL), [8, 9]);
        assert_eq!(days_judged(&[august(8)], &PROTOCOL), [8, 9, 10, 11, 12, 13, 14]);
    }

    #[test]
    fn with_a_shorter_delay_it_leaves_earlier() {
        let protocol = Protocol { exclusion_delay_days: 1, ..PROTOCOL };
        assert_eq!(days_judged(&[august(8)], &protocol), [8, 9]);
    }

    #[test]
    fn a_fraud_before_training_or_between_what_training_and_test_know_leaves_nobody_out() {
        assert_eq!(days_judged(&[date(2018, 7, 24)], &PROTOCOL).len(), 7);
        let gap = Protocol { exclusion_delay_days: 3, ..PROTOCOL };
        assert_eq!(days_judged(&[august(3)], &gap).len(), 7);
        assert_eq!(days_judged(&[august(4)], &gap).len(), 0);
    }

    #[test]
    fn known_accounts_can_be_kept() {
        let protocol = Protocol { keep_known: KeepKnown::Yes, ..PROTOCOL };
        assert_eq!(days_judged(&[date(2018, 7, 25)], &protocol).len(), 7);
    }
}
