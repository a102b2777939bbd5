//! `telltale evaluate` as a person runs it: the built program over a labelled file.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod file;
mod scores;

use file::{Folder, csv_text, truths};
use scores::{COLUMNS, TEST};
use serde_json::Value;
use std::process::{Child, Command, Output, Stdio};

/// The days of [`scores`], by their flags.
const DAYS: &str =
    "--train-from 2024-02-02 --train-to 2024-02-10 --test-from 2024-02-13 --test-to 2024-02-18";

/// Starts the program; flags hold no blanks beside those between them.
fn start(data: &str, mapping: &str, flags: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_telltale"))
        .args(["evaluate", "--data", data, "--mapping", mapping])
        .args(flags.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run(data: &str, mapping: &str, flags: &str) -> Output {
    start(data, mapping, flags).wait_with_output().unwrap()
}

/// The JSON of a run that must succeed.
fn report(child: Child) -> Value {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The error text of a run that must fail, and its exit code; nothing may be on stdout.
fn refusal(output: &Output) -> (i32, String) {
    assert_eq!(text(&output.stdout), "");
    (output.status.code().unwrap(), text(&output.stderr))
}

#[test]
fn the_report_holds_what_a_reader_of_the_scores_would_compute_and_is_the_same_again() {
    let (folder, truths) = (Folder::new("report"), truths());
    let (data, mapping) = folder.write_data(&truths);
    let files = ["first.csv", "second.csv"].map(|name| folder.path(name));
    let flags = |path: &str| {
        format!("{DAYS} --label-delay-days 2 --exclusion-delay-days 2 --json --scores-out {path}")
    };
    let children = files.each_ref().map(|path| start(&data, &mapping, &flags(path)));
    let [first, second] = children.map(report);

    assert_eq!(std::fs::read(&files[0]).unwrap(), std::fs::read(&files[1]).unwrap());
    for member in ["data", "weights", "figures", "thresholds", "model", "model_bytes", "risk_over_ml"] {
        assert!(!first[member].is_null(), "{member} is missing");
        assert_eq!(first[member], second[member], "{member}");
    }

    let (header, lines) = scores::read(&files[0]);
    assert_eq!(header, ["transaction_id", "statistical", "behavioral", "ml", "risk"]);
    let on_test_days = truths.iter().filter(|truth| (TEST.0..=TEST.1).contains(&truth.day));
    let expected: Vec<&str> = on_test_days.map(|truth| truth.id.as_str()).collect();
    assert_eq!(lines.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), expected);

    let judged = scores::judged(&lines, &truths);
    for (position, column) in COLUMNS.into_iter().enumerate() {
        let figures = scores::figures(&judged, position);
        for (name, figure) in figures.as_object().unwrap() {
            assert_eq!(&first["figures"][column][name], figure, "{column} {name}");
        }
    }
    let caught = judged.iter().filter(|(line, _)| line.scores[3] >= 0.5).count();
    assert_eq!(first["thresholds"]["share"], caught as f64 / judged.len() as f64);

    let n_train = truths.iter().filter(|truth| (scores::TRAIN.0..=scores::TRAIN.1).contains(&truth.day));
    let (n_rows, n_train) = (truths.iter().filter(|truth| truth.day <= TEST.1).count(), n_train.count());
    let facts = &first["data"];
    assert_eq!((&facts["n_rows"], &facts["n_train_rows"]), (&n_rows.into(), &n_train.into()));
    assert_eq!((&facts["n_test_rows"], &facts["n_judged"]), (&expected.len().into(), &judged.len().into()));
    assert!(judged.len() < expected.len() && judged.len() > 500, "{facts}");
    assert!(facts["n_frauds_learned"].as_u64() >= Some(100), "{facts}");
    assert!(facts["n_frauds_judged"].as_u64() >= Some(10), "{facts}");
    assert!(first["model"].as_str().unwrap().contains("frauds"), "{}", first["model"]);
    assert_eq!(first["label_delay_days"], 2);
    for timing in ["pass_seconds", "train_seconds", "cpu_seconds", "score_microseconds_a_row"] {
        assert!(first["timings"][timing].as_f64() > Some(0.0), "{timing}");
    }
}

#[test]
fn without_labels_the_scores_are_others_and_nothing_is_learned_from_any() {
    let (folder, truths) = (Folder::new("no-labels"), truths());
    let (data, mapping) = folder.write_data(&truths);
    let files = ["without.csv", "unlabelled.csv"].map(|name| folder.path(name));
    let unlabelled =
        csv_text(&file::without_verdicts(&truths).iter().map(String::as_str).collect::<Vec<_>>());
    let unlabelled = folder.write("unlabelled-data.csv", &unlabelled);
    let flags = |path: &str| format!("{DAYS} --no-labels --json --scores-out {path}");
    let children =
        [start(&data, &mapping, &flags(&files[0])), start(&unlabelled, &mapping, &flags(&files[1]))];
    let [without, unlabelled] = children.map(report);

    // A truth that the engine never learns changes no score.
    assert_eq!(std::fs::read(&files[0]).unwrap(), std::fs::read(&files[1]).unwrap());
    assert_eq!(unlabelled["data"]["n_frauds_judged"], 0);
    assert_eq!(
        (&without["label_delay_days"], &without["data"]["n_labels_learned"]),
        (&Value::Null, &0.into())
    );
    assert!(without["data"]["n_frauds_judged"].as_u64() >= Some(10), "{}", without["data"]);
    let notes = without["notes"].to_string();
    assert!(notes.contains("unsupervised: 0 labelled frauds are too few"), "{notes}");

    let labelled = folder.path("labelled.csv");
    report(start(&data, &mapping, &format!("{DAYS} --label-delay-days 10 --json --scores-out {labelled}")));
    let (_, with) = scores::read(&labelled);
    let (_, without) = scores::read(&files[0]);
    let n_other = with.iter().zip(&without).filter(|(a, b)| a.scores != b.scores).count();
    assert!(with.len() == without.len() && n_other > 10, "{n_other}");
}

#[test]
fn without_json_the_report_is_text_for_a_person() {
    let (folder, truths) = (Folder::new("text"), truths());
    let (data, mapping) = folder.write_data(&truths);
    let output = run(&data, &mapping, &format!("{DAYS} --no-labels"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let text = text(&output.stdout);
    for part in ["2024-02-13", "statistical", "behavioral", "risk", "AccountTakeover", "none used"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

/// Test days that hold the one row of the refusals' file.
fn on_its_day() -> &'static str {
    "--train-from 2024-01-01 --train-to 2024-01-31 --test-from 2024-02-01 --test-to 2024-02-03"
}

#[test]
fn what_cannot_be_used_is_refused_with_what_to_do() {
    let folder = Folder::new("refusals");
    let good = "t1,2024-02-02T10:00:00Z,a,b,12.00,EUR,food,0,";
    let (data, mapping) =
        (folder.write("data.csv", &csv_text(&[good])), folder.write("mapping.json", file::MAPPING));
    let refused = |data: &str, mapping: &str, flags: &str| {
        let (code, text) = refusal(&run(data, mapping, flags));
        assert_eq!(code, 1, "{text}");
        text
    };

    let swapped = DAYS.replace("--test-from 2024-02-13", "--test-from 2024-02-09");
    let text = refused(&data, &mapping, &swapped);
    assert!(text.contains("--train-from, --train-to, --test-from, --test-to"), "{text}");

    let text = refused("no-such.csv", &mapping, DAYS);
    assert!(
        text.contains("no-such.csv") && text.contains("name a .csv or .csv.gz file that exists"),
        "{text}"
    );

    let text = refused(&data, "no-such-mapping", DAYS);
    assert!(
        text.contains("no-such-mapping")
            && text.contains("name handbook, sparkov, amazon_fraud_detector or the path"),
        "{text}"
    );

    // Its only row is on a training day, then on a test day.
    let text = refused(&data, &mapping, DAYS);
    assert!(text.contains("on the test days") && text.contains("change the days"), "{text}");
    let text = refused(&data, &mapping, on_its_day());
    assert!(text.contains("on the training days") && text.contains("change the days"), "{text}");

    let earlier = good.replace("t1", "t0").replace("2024-02-02", "2024-01-02");
    let both = folder.write("both.csv", &csv_text(&[&earlier, good]));
    let text = refused(&both, &mapping, &format!("{} --scores-out no-such/scores.csv", on_its_day()));
    assert!(text.contains("no-such/scores.csv") && text.contains("name a file in a folder"), "{text}");

    let bad_amount = folder.write("amount.csv", &csv_text(&[good, &good.replace("12.00", "a dozen")]));
    let text = refused(&bad_amount, &mapping, DAYS);
    assert!(
        text.contains("line 3, column amount") && text.contains("correct the cell or the mapping"),
        "{text}"
    );

    let short = folder.write("short.csv", &csv_text(&[good, "t2,2024-02-02T10:00:00Z,a"]));
    let text = refused(&short, &mapping, DAYS);
    assert!(text.contains("line 3") && text.contains("as many fields as the header"), "{text}");

    let twice = folder.write("twice.csv", &csv_text(&[good, &good.replace("12.00", "13.00")]));
    let text = refused(&twice, &mapping, DAYS);
    assert!(text.contains("two rows have the id t1") && text.contains("an id of its own"), "{text}");

    let no_column = folder.write("other.json", &file::MAPPING.replace("\"whom\"", "\"merchant\""));
    let text = refused(&data, &no_column, DAYS);
    assert!(
        text.contains("no column merchant") && text.contains("name one of them in the mapping"),
        "{text}"
    );
}

#[test]
fn a_wrong_flag_is_refused_by_its_name() {
    let wrong = [
        ("--label-delay-days 42", "0..=41"),
        ("--no-labels --label-delay-days 3", "cannot be used with"),
        ("--seeds 0", "1..=20"),
        ("--test-to yesterday", "--test-to"),
    ];
    for (flag, remedy) in wrong {
        let flags = if flag.starts_with("--test-to") {
            DAYS.replace("--test-to 2024-02-18", flag)
        } else {
            format!("{DAYS} {flag}")
        };
        let (code, text) = refusal(&run("data.csv", "handbook", &flags));
        assert!(code == 2 && text.contains(remedy), "{flag}: {text}");
    }
}
