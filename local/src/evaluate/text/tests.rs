use super::*;
use crate::evaluate::protocol::Protocol;
use crate::evaluate::report::{DataFacts, LayerWeights, Measured, Timings};
use crate::evaluate::row::{TestRow, build::august, build::row};
use crate::evaluate::seeds::SeedFigures;
use jiff::civil::date;

/// Seven days of one fraud of scenario 1, one of scenario 3 and two genuine rows.
fn test_rows() -> Vec<TestRow> {
    let of_day = |day| {
        let named = |account: &str, risk, scenario: &str| TestRow {
            day: august(day),
            scenario: Some(scenario.to_owned()),
            ..row(account, risk, scenario != "0")
        };
        [named("a", 0.9, "1"), named("b", 0.3, "3"), named("c", 0.6, "0"), named("d", 0.1, "0")]
    };
    (8..15).flat_map(of_day).collect()
}

fn report() -> EvaluationReport {
    let rows = test_rows();
    let measured = Measured::of(&rows.iter().collect::<Vec<_>>(), &rows, 0.5);
    let seed = |seed| SeedFigures { seed, train_seconds: 2.0, measured: measured.clone() };
    let seeds = vec![seed(1), seed(2)];
    EvaluationReport {
        protocol: Protocol {
            train_from: date(2018, 7, 25),
            train_to: date(2018, 7, 31),
            test_from: august(8),
            test_to: august(14),
            exclusion_delay_days: 7,
            keep_known: KeepKnown::No,
        },
        label_delay_days: Some(7),
        data: DataFacts {
            n_rows: 1_296_675,
            n_train_rows: 67_000,
            n_labels_learned: 5_100,
            n_frauds_learned: 560,
            n_test_rows: 67_000,
            n_judged: 58_264,
            n_frauds_judged: 385,
        },
        model: "100 trees".to_owned(),
        model_bytes: 1_234_567,
        weights: LayerWeights { statistical: 0.1, behavioral: 0.2, ml: 0.7 },
        timings: Timings {
            pass_seconds: 100.25,
            train_seconds: 12.0,
            cpu_seconds: 120.0,
            score_microseconds_a_row: 43.21,
        },
        over_seeds: Some(SeedSpreads::measure(&seeds)),
        seeds,
        measured,
        notes: vec!["made for a test".to_owned()],
    }
}

#[test]
fn the_text_is_at_most_110_columns_wide_and_without_trailing_blanks() {
    let text = report().to_string();
    for line in text.lines() {
        assert!(line.len() <= 110 && line.trim_end() == line, "{line:?} has {}", line.len());
    }
}

#[test]
fn each_column_is_one_line_of_the_table_under_its_heads() {
    let text = report().to_string();
    let lines: Vec<&str> = text.lines().collect();
    let head = lines.iter().position(|line| line.contains("budget 0.5 %")).unwrap();
    // 0.9 wins each pair, 0.3 one of two; the fraud at 0.9 is found on the first day and then leaves.
    assert_eq!(
        lines[head + 2].split_whitespace().collect::<Vec<_>>(),
        ["statistical", "0.7500", "0.8333", "0.0029", "1.0000", "0.0714", "0.7500"]
    );
    let names: Vec<_> = lines[head + 2..head + 7].iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, Column::ALL.map(Column::as_str));
    let end = |line: &str| line.len();
    assert!(lines[head..head + 7].iter().all(|line| end(line) == end(lines[head])));
}

#[test]
fn thresholds_days_and_seeds_are_said() {
    let text = report().to_string();
    for expected in [
        "alerts         50.00 % of the judged at medium (0.50) or above: precision 0.5000, recall 0.5000",
        "days           50.00 % to 50.00 % of all test rows of a day at medium or above, highest over lowest 1.0000",
        "  in %         08-08 50.00, 08-09 50.00",
        "  auc                  0.7500 (0.7500 to 0.7500)",
        "risk over ml   average precision +0.0000, 95 % interval +0.0000 to +0.0000, above 0 in 0.0 %",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
}

#[test]
fn figures_that_do_not_exist_are_a_dash_in_the_text_and_null_in_json() {
    let rows = [row("a", 0.6, false)];
    let measured = Measured::of(&[&rows[0]], &rows, 0.5);
    let report = EvaluationReport { measured, over_seeds: None, ..report() };
    let text = report.to_string();
    assert!(text.contains("precision 0.0000, recall -"), "{text}");
    assert!(!text.contains("NaN") && !text.contains("risk over ml"), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    assert!(json["figures"]["risk"]["auc"].is_null());
    assert_eq!(json["figures"]["risk_default_weights"]["precision_at_budget"], 0.0);
    assert_eq!(json["protocol"]["test_from"], "2018-08-08");
}
