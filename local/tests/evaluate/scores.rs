//! The figures that a reader of the scores file would come to.

use crate::file::Truth;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use shared::detection::figures::{Judged, area_under_roc, average_precision, caught_by_budget};
use std::collections::HashMap;

pub(crate) const TRAIN: (Date, Date) = (date(2024, 2, 2), date(2024, 2, 10));
pub(crate) const TEST: (Date, Date) = (date(2024, 2, 13), date(2024, 2, 18));
pub(crate) const EXCLUSION_DELAY_DAYS: i32 = 2;

/// Names of the score columns.
pub(crate) const COLUMNS: [&str; 4] = ["statistical", "behavioral", "ml", "risk"];

/// One line of the scores file.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) scores: [f64; 4],
}

/// Reads a scores file and its header.
pub(crate) fn read(path: &str) -> (Vec<String>, Vec<Line>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let line = |record: csv::StringRecord| Line {
        id: record[0].to_owned(),
        scores: [1, 2, 3, 4].map(|column| record[column].parse().unwrap()),
    };
    (header, reader.records().map(|record| line(record.unwrap())).collect())
}

/// The lines that are judged and what became of them: not those of an account that is known by then, from a fraud in
/// training or from one that is more than so many days old on a test day.
pub(crate) fn judged<'a>(lines: &'a [Line], truths: &'a [Truth]) -> Vec<(&'a Line, &'a Truth)> {
    let by_id: HashMap<&str, &Truth> = truths.iter().map(|truth| (truth.id.as_str(), truth)).collect();
    let frauds: Vec<&Truth> = truths.iter().filter(|truth| truth.scenario.is_some()).collect();
    let days_from = |from: Date, to: Date| from.until(to).unwrap().get_days();
    let is_known = |one: &Truth| {
        frauds.iter().filter(|fraud| fraud.account == one.account).any(|fraud| {
            let was_in_training = (TRAIN.0..=TRAIN.1).contains(&fraud.day);
            // The day on which the fraud is just old enough must be a test day.
            let grew_old = days_from(fraud.day, TEST.0) <= EXCLUSION_DELAY_DAYS + 1;
            was_in_training || (grew_old && days_from(fraud.day, one.day) > EXCLUSION_DELAY_DAYS)
        })
    };
    lines.iter().map(|line| (line, by_id[line.id.as_str()])).filter(|(_, truth)| !is_known(truth)).collect()
}

/// The figures of one column, as the report names them.
pub(crate) fn figures(judged: &[(&Line, &Truth)], column: usize) -> Value {
    let as_judged = |(line, truth): &(&Line, &Truth)| Judged {
        score: line.scores[column],
        is_fraud: truth.scenario.is_some(),
    };
    let all: Vec<Judged> = judged.iter().map(as_judged).collect();
    let at_budget = caught_by_budget(&all, 0.005);
    let mut scenarios: Vec<&str> = judged.iter().filter_map(|(_, truth)| truth.scenario.as_deref()).collect();
    scenarios.sort_unstable();
    scenarios.dedup();
    let by_scenario: HashMap<&str, f64> = scenarios
        .into_iter()
        .map(|name| {
            let is_it = |truth: &Truth| truth.scenario.as_deref().is_none_or(|scenario| scenario == name);
            let some: Vec<Judged> = judged.iter().filter(|(_, truth)| is_it(truth)).map(as_judged).collect();
            (name, area_under_roc(&some).unwrap())
        })
        .collect();
    json!({
        "n": all.len(),
        "n_frauds": all.iter().filter(|one| one.is_fraud).count(),
        "auc": area_under_roc(&all),
        "average_precision": average_precision(&all),
        "precision_at_budget": at_budget.precision(),
        "recall_at_budget": at_budget.recall(),
        "auc_by_scenario": by_scenario,
    })
}
