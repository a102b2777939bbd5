//! What the alert threshold does to the risk score: how much it alerts, how rightly, and how evenly by day.

use super::row::TestRow;
use jiff::civil::Date;
use serde::Serialize;
use shared::detection::figures::Caught;
use std::collections::BTreeMap;

/// The share of one day's transactions at or above the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DayShare {
    /// UTC.
    pub day: Date,
    /// Transactions that day.
    pub n: u64,
    /// In [0, 1].
    pub share: f64,
}

/// What lies at or above the threshold of medium severity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdFigures {
    /// The risk score from which a transaction is of medium severity.
    pub medium: f64,
    /// The share of the judged rows at or above it, in [0, 1].
    pub share: Option<f64>,
    /// The share of fraud among these.
    pub precision: Option<f64>,
    /// The share of the judged frauds among these.
    pub recall: Option<f64>,
    /// The alert rate of each test day, over all its rows: an alert does not ask who is known already.
    pub days: Vec<DayShare>,
    /// The lowest of these rates.
    pub lowest_day_share: Option<f64>,
    /// The highest.
    pub highest_day_share: Option<f64>,
    /// The highest over the lowest; `None` where the lowest is 0.
    pub highest_over_lowest: Option<f64>,
}

impl ThresholdFigures {
    /// Precision and recall over `judged`, daily rates over `all` rows of the test days.
    pub fn measure(judged: &[&TestRow], all: &[TestRow], medium: f64) -> Self {
        let caught = Caught::count(judged.iter().map(|row| (row.risk >= medium, row.is_fraud)));
        let days = day_shares(all, medium);
        let lowest = days.iter().map(|day| day.share).min_by(f64::total_cmp);
        let highest = days.iter().map(|day| day.share).max_by(f64::total_cmp);
        Self {
            medium,
            share: (!judged.is_empty()).then(|| caught.n_alerted as f64 / judged.len() as f64),
            precision: caught.precision(),
            recall: caught.recall(),
            days,
            lowest_day_share: lowest,
            highest_day_share: highest,
            highest_over_lowest: lowest.zip(highest).and_then(|(low, high)| (low > 0.0).then(|| high / low)),
        }
    }

    /// Each figure that exists, by name.
    pub fn by_name(&self) -> Vec<(String, f64)> {
        let figures = [
            ("share", self.share),
            ("precision", self.precision),
            ("recall", self.recall),
            ("highest_over_lowest", self.highest_over_lowest),
        ];
        figures.into_iter().filter_map(|(name, figure)| Some((name.to_owned(), figure?))).collect()
    }
}

fn day_shares(rows: &[TestRow], medium: f64) -> Vec<DayShare> {
    let mut days: BTreeMap<Date, (u64, u64)> = BTreeMap::new();
    for row in rows {
        let (n, n_alerted) = days.entry(row.day).or_default();
        *n += 1;
        *n_alerted += u64::from(row.risk >= medium);
    }
    let shares = days.into_iter();
    shares.map(|(day, (n, n_alerted))| DayShare { day, n, share: n_alerted as f64 / n as f64 }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::row::build::{august, row};
    use super::*;

    fn on(day: i8, risk: f64, is_fraud: bool) -> TestRow {
        TestRow { day: august(day), ..row("a", risk, is_fraud) }
    }

    #[test]
    fn precision_is_of_the_judged_and_daily_rates_of_all_rows() {
        let all = [
            on(8, 0.5, true),
            on(8, 0.49, true),
            on(8, 0.9, false),
            on(8, 0.1, false),
            on(9, 0.6, true),
            on(9, 0.2, false),
            on(9, 0.2, false),
            on(9, 0.2, false),
        ];
        // Judged without the last three: three alerted of five, two of them among three frauds.
        let judged: Vec<&TestRow> = all[..5].iter().collect();
        let figures = ThresholdFigures::measure(&judged, &all, 0.5);
        assert_eq!(figures.share, Some(0.6));
        assert_eq!((figures.precision, figures.recall), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        let days: Vec<_> = figures.days.iter().map(|day| (day.day.day(), day.n, day.share)).collect();
        assert_eq!(days, [(8, 4, 0.5), (9, 4, 0.25)]);
        assert_eq!((figures.lowest_day_share, figures.highest_day_share), (Some(0.25), Some(0.5)));
        assert_eq!(figures.highest_over_lowest, Some(2.0));
    }

    #[test]
    fn a_day_without_an_alert_has_a_rate_of_0_and_no_ratio() {
        let all = [on(8, 0.6, true), on(9, 0.1, false)];
        let figures = ThresholdFigures::measure(&[], &all, 0.5);
        assert_eq!((figures.lowest_day_share, figures.highest_over_lowest), (Some(0.0), None));
        assert_eq!((figures.share, figures.precision, figures.recall), (None, None, None));
    }
}
