//! Whether one column ranks better than another by more than chance: a paired bootstrap over accounts.
//!
//! Rows of one account are alike, so that accounts are drawn, not rows, and a drawn account brings all its
//! rows (A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their Application" (1997), section 3.8).
//! Both columns are measured on the same draw, and their difference is kept: what makes a draw hard for one
//! makes it hard for the other. The interval is the percentile one (B. Efron and R. J. Tibshirani, "An
//! Introduction to the Bootstrap" (1993), chapter 13).

use super::row::{Column, TestRow};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use shared::detection::figures::{Tie, area_of, average_precision_of};
use shared::detection::robust::quantile;
use std::collections::HashMap;

/// Enough for the ends of a 95 % interval: five resamples lie beyond each.
pub const N_RESAMPLES: usize = 200;

/// Fixed, so that the same rows give the same interval.
const SEED: u64 = 1;

/// One column's figure less another's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// On the rows themselves, in [-1, 1].
    pub difference: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of the resamples in which it is above 0.
    pub share_above_zero: f64,
}

/// How much better one column ranks than another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedBootstrap {
    /// The column that is asked about.
    pub column: Column,
    /// The column it is held against.
    pub over: Column,
    /// Accounts drawn from, as many as are drawn.
    pub n_accounts: u64,
    /// Resamples with a fraud and a genuine row; others have no figures and do not count.
    pub n_resamples: u64,
    /// The difference in average precision.
    pub average_precision: Difference,
    /// The difference in the area under the ROC curve.
    pub auc: Difference,
}

impl PairedBootstrap {
    /// Holds `column` against `over` on the judged rows; `None` without both a fraud and a genuine row.
    pub fn measure(rows: &[&TestRow], column: Column, over: Column) -> Option<Self> {
        let (accounts, n_accounts) = account_numbers(rows);
        let rankings = [column, over].map(|column| Ranking::new(rows, &accounts, column));
        let mut weights = vec![1; n_accounts as usize];
        let observed = differences(&rankings, &weights)?;

        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let mut drawn = Vec::with_capacity(N_RESAMPLES);
        for _ in 0..N_RESAMPLES {
            draw(&mut weights, &mut random);
            drawn.extend(differences(&rankings, &weights));
        }
        Some(Self {
            column,
            over,
            n_accounts: u64::from(n_accounts),
            n_resamples: drawn.len() as u64,
            average_precision: difference(observed.average_precision, |one| one.average_precision, &drawn)?,
            auc: difference(observed.auc, |one| one.auc, &drawn)?,
        })
    }
}

/// Numbers the accounts in the order in which they are first seen, and gives each row its account's.
fn account_numbers(rows: &[&TestRow]) -> (Vec<u32>, u32) {
    let (mut numbers, mut n_accounts) = (HashMap::new(), 0);
    let number = |row: &&TestRow| {
        *numbers.entry(row.account.clone()).or_insert_with(|| {
            n_accounts += 1;
            n_accounts - 1
        })
    };
    let of_rows = rows.iter().map(number).collect();
    (of_rows, n_accounts)
}

/// As many draws with replacement as there are accounts: how often each was drawn.
fn draw(weights: &mut [u32], random: &mut ChaCha8Rng) {
    weights.fill(0);
    for _ in 0..weights.len() {
        let chosen = random.random_range(0..weights.len());
        weights[chosen] += 1;
    }
}

/// A row's account, and whether the row was fraud.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    account: u32,
    is_fraud: bool,
}

/// The rows in the order of one column, sorted once for all resamples.
#[derive(Debug)]
struct Ranking {
    /// Lowest score first.
    rows: Vec<Ranked>,
    /// How many rows share each score, in the same order.
    tie_lengths: Vec<usize>,
}

impl Ranking {
    fn new(rows: &[&TestRow], accounts: &[u32], column: Column) -> Self {
        let scored = rows.iter().zip(accounts);
        let mut scored: Vec<(f64, Ranked)> = scored
            .map(|(row, &account)| (column.of(row), Ranked { account, is_fraud: row.is_fraud }))
            .collect();
        scored.sort_by(|a, b| a.0.total_cmp(&b.0));
        let tie_lengths = scored.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len).collect();
        Self { rows: scored.into_iter().map(|(_, row)| row).collect(), tie_lengths }
    }

    /// The ties when each account counts as often as it was drawn; those that nobody drew are left out.
    fn ties(&self, weights: &[u32]) -> Vec<Tie> {
        let (mut ties, mut rest) = (Vec::with_capacity(self.tie_lengths.len()), self.rows.as_slice());
        for length in &self.tie_lengths {
            let (rows, after) = rest.split_at(*length);
            rest = after;
            let mut tie = Tie::default();
            for row in rows {
                let weight = u64::from(weights[row.account as usize]);
                let n = if row.is_fraud { &mut tie.n_fraud } else { &mut tie.n_genuine };
                *n += weight;
            }
            if tie != Tie::default() {
                ties.push(tie);
            }
        }
        ties
    }
}

#[derive(Debug, Clone, Copy)]
struct Differences {
    average_precision: f64,
    auc: f64,
}

/// The first ranking's figures less the second's.
fn differences(rankings: &[Ranking; 2], weights: &[u32]) -> Option<Differences> {
    let [first, second] = [rankings[0].ties(weights), rankings[1].ties(weights)];
    Some(Differences {
        average_precision: average_precision_of(&first)? - average_precision_of(&second)?,
        auc: area_of(&first)? - area_of(&second)?,
    })
}

fn difference(observed: f64, of: impl Fn(&Differences) -> f64, drawn: &[Differences]) -> Option<Difference> {
    let mut sorted: Vec<f64> = drawn.iter().map(of).collect();
    sorted.sort_by(f64::total_cmp);
    let n_above = sorted.iter().filter(|one| **one > 0.0).count();
    Some(Difference {
        difference: observed,
        low: quantile(&sorted, 0.025)?,
        high: quantile(&sorted, 0.975)?,
        share_above_zero: n_above as f64 / sorted.len() as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::super::row::build::row;
    use super::*;
    use shared::detection::figures::{Judged, area_under_roc, average_precision};

    /// Forty accounts of five rows; `risk` sees each fraud better than `ml`, which is mostly noise.
    fn rows() -> Vec<TestRow> {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut one = |n: u32| {
            let (noise, is_fraud) = (random.random::<f64>(), n.is_multiple_of(10));
            let ml = (noise * 20.0).floor() / 20.0;
            let risk = 0.5 * ml + if is_fraud { 0.4 } else { 0.0 };
            TestRow { ml, risk, ..row(&(n / 5).to_string(), 0.5, is_fraud) }
        };
        (0..200).map(&mut one).collect()
    }

    fn measure(rows: &[TestRow], column: Column, over: Column) -> Option<PairedBootstrap> {
        PairedBootstrap::measure(&rows.iter().collect::<Vec<_>>(), column, over)
    }

    #[test]
    fn the_observed_difference_is_that_of_the_plain_figures() {
        let rows = rows();
        let judged = |of: fn(&TestRow) -> f64| -> Vec<Judged> {
            rows.iter().map(|row| Judged { score: of(row), is_fraud: row.is_fraud }).collect()
        };
        let (risk, ml) = (judged(|row| row.risk), judged(|row| row.ml));
        let measured = measure(&rows, Column::Risk, Column::Ml).unwrap();
        let expected = average_precision(&risk).unwrap() - average_precision(&ml).unwrap();
        assert_eq!(measured.average_precision.difference, expected);
        let expected = area_under_roc(&risk).unwrap() - area_under_roc(&ml).unwrap();
        assert_eq!(measured.auc.difference, expected);
        assert_eq!((measured.n_accounts, measured.n_resamples), (40, 200));
    }

    #[test]
    fn the_same_rows_give_the_same_interval_and_the_other_way_round_its_opposite() {
        let rows = rows();
        let measured = measure(&rows, Column::Risk, Column::Ml).unwrap();
        assert_eq!(Some(measured), measure(&rows, Column::Risk, Column::Ml));
        let opposite = measure(&rows, Column::Ml, Column::Risk).unwrap();
        assert!((measured.auc.low + opposite.auc.high).abs() < 1e-12);
        assert_eq!(measured.auc.share_above_zero + opposite.auc.share_above_zero, 1.0);
    }

    #[test]
    fn a_plainly_better_column_is_better_in_every_resample_and_the_interval_holds_the_difference() {
        let Difference { difference, low, high, share_above_zero } =
            measure(&rows(), Column::Risk, Column::Ml).unwrap().average_precision;
        assert!(0.0 < low && low < difference && difference < high, "{low} {difference} {high}");
        assert_eq!(share_above_zero, 1.0);
    }

    #[test]
    fn equal_columns_have_no_difference_in_any_resample() {
        let measured = measure(&rows(), Column::Statistical, Column::Behavioral).unwrap();
        let none = Difference { difference: 0.0, low: 0.0, high: 0.0, share_above_zero: 0.0 };
        assert_eq!((measured.average_precision, measured.auc), (none, none));
    }

    #[test]
    fn an_account_drawn_twice_counts_as_if_its_rows_came_twice() {
        let rows = [row("a", 0.9, true), row("b", 0.8, false), row("c", 0.7, true), row("c", 0.7, false)];
        let twice = [&rows[0], &rows[2], &rows[3], &rows[2], &rows[3]];
        let (accounts, n_accounts) = account_numbers(&rows.iter().collect::<Vec<_>>());
        assert_eq!((accounts.as_slice(), n_accounts), ([0, 1, 2, 2].as_slice(), 3));
        let ranking = Ranking::new(&rows.iter().collect::<Vec<_>>(), &accounts, Column::Risk);
        let judged = twice.map(|row| Judged { score: row.risk, is_fraud: row.is_fraud });
        let ties = ranking.ties(&[1, 0, 2]);
        assert_eq!(average_precision_of(&ties), average_precision(&judged));
        assert_eq!(area_of(&ties), area_under_roc(&judged));
    }

    #[test]
    fn without_a_fraud_there_is_nothing_to_compare() {
        assert_eq!(measure(&[row("a", 0.9, false)], Column::Risk, Column::Ml), None);
        assert_eq!(measure(&[], Column::Risk, Column::Ml), None);
    }
}
