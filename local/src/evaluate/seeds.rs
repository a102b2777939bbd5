//! The figures of several trainings that differ by their seed only, and how far they lie apart.

use super::report::Measured;
use super::row::Column;
use serde::Serialize;
use std::collections::BTreeMap;

/// One training and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedFigures {
    /// The training's.
    pub seed: u64,
    /// In seconds.
    pub train_seconds: f64,
    /// Its figures.
    #[serde(flatten)]
    pub measured: Measured,
}

/// A figure over several seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Seeds for which the figure exists.
    pub n: u64,
    /// The mean over these.
    pub mean: f64,
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
}

/// Every figure over several seeds, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SeedSpreads {
    /// How each column ranks.
    pub figures: BTreeMap<Column, BTreeMap<String, Spread>>,
    /// What the threshold does.
    pub thresholds: BTreeMap<String, Spread>,
}

impl SeedSpreads {
    /// Over all of `seeds`.
    pub fn measure(seeds: &[SeedFigures]) -> Self {
        let mut spreads = Self::default();
        for one in seeds {
            for (column, figures) in &one.measured.figures {
                let of_column = spreads.figures.entry(*column).or_default();
                add(of_column, figures.by_name());
            }
            add(&mut spreads.thresholds, one.measured.thresholds.by_name());
        }
        spreads
    }
}

fn add(spreads: &mut BTreeMap<String, Spread>, figures: Vec<(String, f64)>) {
    for (name, figure) in figures {
        let first = Spread { n: 0, mean: 0.0, min: figure, max: figure };
        let spread = spreads.entry(name).or_insert(first);
        spread.n += 1;
        spread.mean += (figure - spread.mean) / spread.n as f64;
        spread.min = spread.min.min(figure);
        spread.max = spread.max.max(figure);
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::{TestRow, build::row};
    use super::*;

    /// Four rows whose one fraud outranks `n_won` of three genuine ones.
    fn seed(seed: u64, n_won: u8) -> SeedFigures {
        let mut rows: Vec<TestRow> = ["a", "b", "c"]
            .iter()
            .zip(1_u8..)
            .map(|(account, n)| row(account, f64::from(n) / 10.0, false))
            .collect();
        rows.push(row("d", f64::from(n_won) / 10.0 + 0.05, true));
        let measured = Measured::of(&rows.iter().collect::<Vec<_>>(), &rows, 0.3);
        SeedFigures { seed, train_seconds: 1.0, measured }
    }

    #[test]
    fn a_spread_is_mean_lowest_and_highest_of_the_seeds() {
        let spreads = SeedSpreads::measure(&[seed(1, 3), seed(2, 0), seed(3, 3)]);
        let auc = spreads.figures[&Column::Ml]["auc"];
        assert_eq!((auc.n, auc.min, auc.max), (3, 0.0, 1.0));
        assert!((auc.mean - 2.0 / 3.0).abs() < 1e-12, "{auc:?}");
        // Two of four alerted, or one, in turn.
        let share = spreads.thresholds["share"];
        assert_eq!((share.n, share.min, share.max), (3, 0.25, 0.5));
    }
}
