//! How one column of scores ranks the judged rows.
//!
//! What lives here: the figures that need days, accounts and kinds of fraud. Those of bare scores and truths
//! are in [`shared::detection::figures`]. A figure that does not exist is `None`, never 0.

use super::row::{Column, TestRow};
use serde::Serialize;
use shared::detection::figures::{Judged, area_under_roc, average_precision, caught_by_budget};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The share of the judged rows that somebody has time to look at.
pub const ALERT_BUDGET: f64 = 0.005;

/// The accounts that somebody has time to look at in a day.
const ACCOUNTS_A_DAY: usize = 100;

/// The two kinds of fraud of the handbook's simulation that show without labels: a plainly large amount and
/// a compromised customer. The third, a compromised terminal, can be known from labels only.
const SEEN_WITHOUT_LABELS: [&str; 2] = ["1", "3"];

/// How well one column of scores ranks. Figures are in [0, 1], higher is better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Rows judged.
    pub n: u64,
    /// Of these, how many were fraud.
    pub n_frauds: u64,
    /// Area under the ROC curve; 0.5 is chance.
    pub auc: Option<f64>,
    /// The share of fraud is chance.
    pub average_precision: Option<f64>,
    /// See [`card_precision`], of the first 100 accounts of each day.
    pub card_precision_100: Option<f64>,
    /// The share of fraud among the [`ALERT_BUDGET`] with the highest scores.
    pub precision_at_budget: Option<f64>,
    /// The share of the frauds that are among them.
    pub recall_at_budget: Option<f64>,
    /// Each kind of fraud against everything genuine, where the file names kinds.
    pub auc_by_scenario: BTreeMap<String, f64>,
    /// Scenarios 1 and 3 together against everything genuine, where the file names both.
    pub auc_scenarios_1_3: Option<f64>,
}

impl Figures {
    /// The figures of one column over the judged rows.
    pub fn measure(rows: &[&TestRow], column: Column) -> Self {
        let judged = judged(rows.iter().copied(), column);
        let at_budget = caught_by_budget(&judged, ALERT_BUDGET);
        Self {
            n: judged.len() as u64,
            n_frauds: at_budget.n_fraud,
            auc: area_under_roc(&judged),
            average_precision: average_precision(&judged),
            card_precision_100: card_precision(rows, column, ACCOUNTS_A_DAY),
            precision_at_budget: at_budget.precision(),
            recall_at_budget: at_budget.recall(),
            auc_by_scenario: auc_by_scenario(rows, column),
            auc_scenarios_1_3: auc_seen_without_labels(rows, column),
        }
    }

    /// The figures of every column over the judged rows.
    pub fn of_all_columns(rows: &[&TestRow]) -> BTreeMap<Column, Self> {
        Column::ALL.into_iter().map(|column| (column, Self::measure(rows, column))).collect()
    }

    /// Each figure that exists, by name.
    pub fn by_name(&self) -> Vec<(String, f64)> {
        let figures = [
            ("auc", self.auc),
            ("average_precision", self.average_precision),
            ("card_precision_100", self.card_precision_100),
            ("precision_at_budget", self.precision_at_budget),
            ("recall_at_budget", self.recall_at_budget),
            ("auc_scenarios_1_3", self.auc_scenarios_1_3),
        ];
        let existing = figures.into_iter().filter_map(|(name, figure)| Some((name.to_owned(), figure?)));
        let scenarios = self.auc_by_scenario.iter();
        existing.chain(scenarios.map(|(name, auc)| (format!("auc_scenario_{name}"), *auc))).collect()
    }
}

fn judged<'a>(rows: impl Iterator<Item = &'a TestRow>, column: Column) -> Vec<Judged> {
    rows.map(|row| Judged { score: column.of(row), is_fraud: row.is_fraud }).collect()
}

/// The kinds of fraud among the frauds; an empty name is none.
fn scenario(row: &TestRow) -> Option<&str> {
    row.scenario.as_deref().filter(|name| row.is_fraud && !name.is_empty())
}

fn auc_by_scenario(rows: &[&TestRow], column: Column) -> BTreeMap<String, f64> {
    let genuine = judged(rows.iter().copied().filter(|row| !row.is_fraud), column);
    let mut frauds: BTreeMap<&str, Vec<&TestRow>> = BTreeMap::new();
    for row in rows {
        if let Some(name) = scenario(row) {
            frauds.entry(name).or_default().push(row);
        }
    }
    let figures = frauds.into_iter().filter_map(|(name, frauds)| {
        let mut all = judged(frauds.into_iter(), column);
        all.extend_from_slice(&genuine);
        Some((name.to_owned(), area_under_roc(&all)?))
    });
    figures.collect()
}

fn auc_seen_without_labels(rows: &[&TestRow], column: Column) -> Option<f64> {
    let is_named = |name: &&str| rows.iter().any(|row| scenario(row) == Some(*name));
    if !SEEN_WITHOUT_LABELS.iter().all(is_named) {
        return None;
    }
    let is_seen = |row: &TestRow| scenario(row).is_some_and(|name| SEEN_WITHOUT_LABELS.contains(&name));
    area_under_roc(&judged(rows.iter().copied().filter(|row| !row.is_fraud || is_seen(row)), column))
}

/// One account on one day.
#[derive(Debug, Clone, Copy)]
struct AccountDay<'a> {
    account: &'a str,
    best_score: f64,
    has_fraud: bool,
}

/// Card precision: each day the accounts are ranked by their highest score; the share of the first `n_a_day`
/// that had a fraud that day, averaged over the days. An account once found is left out on later days.
///
/// Fewer accounts than `n_a_day` still divide by it. Of equal scores the account seen first that day comes
/// first. `None` without a row. Source: chapter 4 of the handbook that [`super::protocol`] names.
pub fn card_precision(rows: &[&TestRow], column: Column, n_a_day: usize) -> Option<f64> {
    let mut days: BTreeMap<_, Vec<&TestRow>> = BTreeMap::new();
    for row in rows {
        days.entry(row.day).or_default().push(row);
    }
    let (mut found, mut total) = (HashSet::new(), 0.0);
    for rows in days.values() {
        let mut accounts = accounts_of(rows, column);
        accounts.retain(|one| !found.contains(one.account));
        accounts.sort_by(|a, b| b.best_score.total_cmp(&a.best_score));
        let first = accounts.iter().take(n_a_day);
        let hits: Vec<&str> = first.filter(|one| one.has_fraud).map(|one| one.account).collect();
        total += hits.len() as f64 / n_a_day as f64;
        found.extend(hits);
    }
    (!days.is_empty()).then(|| total / days.len() as f64)
}

/// The accounts of one day's rows, in the order in which they were first seen.
fn accounts_of<'a>(rows: &[&'a TestRow], column: Column) -> Vec<AccountDay<'a>> {
    let mut positions: HashMap<&str, usize> = HashMap::new();
    let mut accounts: Vec<AccountDay<'a>> = Vec::new();
    for row in rows {
        let (account, score) = (row.account.as_str(), column.of(row));
        let position = *positions.entry(account).or_insert(accounts.len());
        match accounts.get_mut(position) {
            Some(known) => {
                known.best_score = known.best_score.max(score);
                known.has_fraud |= row.is_fraud;
            }
            None => accounts.push(AccountDay { account, best_score: score, has_fraud: row.is_fraud }),
        }
    }
    accounts
}

#[cfg(test)]
mod tests {
    use super::super::row::build::{august, row};
    use super::*;

    fn on(day: i8, account: &str, score: f64, is_fraud: bool) -> TestRow {
        TestRow { day: august(day), ..row(account, score, is_fraud) }
    }

    fn card_precision_of(rows: &[TestRow], n_a_day: usize) -> Option<f64> {
        card_precision(&rows.iter().collect::<Vec<_>>(), Column::Risk, n_a_day)
    }

    #[test]
    fn card_precision_takes_an_accounts_highest_score_and_any_fraud_of_the_day() {
        // a: 0.9 at best, its fraud scored 0.1; b: 0.8, genuine; c: 0.7, fraud, third of two.
        let rows =
            [on(8, "a", 0.1, true), on(8, "b", 0.8, false), on(8, "a", 0.9, false), on(8, "c", 0.7, true)];
        assert_eq!(card_precision_of(&rows, 2), Some(0.5));
        assert_eq!(card_precision_of(&rows, 4), Some(0.5));
    }

    #[test]
    fn a_found_account_leaves_later_days_and_makes_room() {
        // Day 8 finds a, not c. On day 9 a has left, so that the two places go to b and c, which is found.
        // On day 10 both a and c have left: b alone, genuine.
        let rows = [
            on(8, "a", 0.9, true),
            on(8, "b", 0.8, false),
            on(8, "c", 0.7, true),
            on(9, "a", 0.9, true),
            on(9, "b", 0.8, false),
            on(9, "c", 0.7, true),
            on(10, "a", 0.9, true),
            on(10, "b", 0.8, false),
            on(10, "c", 0.7, true),
        ];
        assert_eq!(card_precision_of(&rows, 2), Some((0.5 + 0.5 + 0.0) / 3.0));
    }

    #[test]
    fn a_genuine_account_among_the_first_stays() {
        let rows = [on(8, "a", 0.9, false), on(9, "a", 0.9, true)];
        assert_eq!(card_precision_of(&rows, 1), Some(0.5));
    }

    #[test]
    fn of_equal_scores_the_account_seen_first_that_day_comes_first() {
        assert_eq!(card_precision_of(&[on(8, "a", 0.5, true), on(8, "b", 0.5, false)], 1), Some(1.0));
        assert_eq!(card_precision_of(&[on(8, "b", 0.5, false), on(8, "a", 0.5, true)], 1), Some(0.0));
        assert_eq!(card_precision_of(&[], 1), None);
    }

    fn of_scenario(name: &str, score: f64) -> TestRow {
        TestRow { scenario: Some(name.to_owned()), ..row("a", score, true) }
    }

    #[test]
    fn each_kind_of_fraud_is_held_against_everything_genuine() {
        let named_zero = |score| TestRow { scenario: Some("0".to_owned()), ..row("b", score, false) };
        let rows = [
            named_zero(0.2),
            named_zero(0.4),
            of_scenario("1", 0.9),
            of_scenario("2", 0.1),
            of_scenario("3", 0.3),
        ];
        let all: Vec<_> = rows.iter().collect();
        let figures = Figures::measure(&all, Column::Ml);
        let by_scenario = BTreeMap::from([("1", 1.0), ("2", 0.0), ("3", 0.5)]);
        assert_eq!(
            figures.auc_by_scenario,
            by_scenario.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
        );
        // 1 and 3: three of four pairs; with 2: three of six.
        assert_eq!((figures.auc_scenarios_1_3, figures.auc), (Some(0.75), Some(0.5)));
        let without_3 = Figures::measure(&all[..4], Column::Ml);
        assert_eq!(without_3.auc_scenarios_1_3, None);
    }

    #[test]
    fn the_budget_is_half_a_percent_of_the_judged() {
        // 400 rows: 2 places. The highest is fraud, the second genuine, and one fraud is below.
        let mut rows = vec![row("a", 0.9, true), row("b", 0.8, false), row("c", 0.7, true)];
        rows.extend((0..397).map(|n| row(&n.to_string(), 0.1, false)));
        let figures = Figures::measure(&rows.iter().collect::<Vec<_>>(), Column::Risk);
        assert_eq!((figures.n, figures.n_frauds), (400, 2));
        assert_eq!((figures.precision_at_budget, figures.recall_at_budget), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn a_file_without_fraud_has_no_figures_but_card_precision_and_precision() {
        let genuine = row("a", 0.5, false);
        let names: Vec<_> = Figures::measure(&[&genuine], Column::Risk).by_name();
        let expected = [("card_precision_100", 0.0), ("precision_at_budget", 0.0)];
        assert_eq!(names, expected.map(|(name, figure)| (name.to_owned(), figure)));
    }
}
