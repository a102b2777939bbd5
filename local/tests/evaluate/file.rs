//! A labelled file with kinds of fraud, and the mapping that says which column is what.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use local::seed::history::History;
use std::path::{Path, PathBuf};

/// Worlds that are laid over each other, with accounts of their own.
const SEEDS: [u64; 3] = [1, 2, 3];

const HEADER: &str = "id,when,who,whom,amount,currency,kind,fraud,scenario";

pub(crate) const MAPPING: &str = r#"{
  "source": "bank",
  "columns": {
    "external_id": "id", "occurred_at": "when", "account": "who", "counterparty": "whom", "amount": "amount",
    "currency": "currency", "category": "kind", "fraud": "fraud", "scenario": "scenario"
  },
  "constants": { "channel": "card" },
  "amounts": { "rounding": "refuse", "not_positive": "fail" }
}"#;

/// What the file says of one transaction.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub(crate) id: String,
    pub(crate) day: Date,
    pub(crate) account: String,
    pub(crate) scenario: Option<String>,
    line: String,
}

/// One account of ten of each world and all its frauds, from January 27 to February 20 of 2024, in time order.
pub(crate) fn truths() -> Vec<Truth> {
    let as_of = date(2024, 3, 1).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let (first, last) = (date(2024, 1, 27), date(2024, 2, 20));
    let mut truths = Vec::new();
    for seed in SEEDS {
        for one in History::generate(seed, as_of).unwrap().transactions {
            let (sent, scenario) = (one.transaction, one.scenario);
            let day = sent.occurred_at.to_zoned(TimeZone::UTC).date();
            let is_used = scenario.is_some() || sent.account.ends_with('5');
            if !is_used || !(first..=last).contains(&day) {
                continue;
            }
            let account = format!("{seed}-{}", sent.account);
            let scenario = scenario.map(|scenario| format!("{scenario:?}"));
            let cells = [
                sent.external_id.as_str(),
                &sent.occurred_at.to_string(),
                &account,
                &sent.counterparty,
                &sent.amount,
                &sent.currency,
                &sent.category.unwrap(),
                if scenario.is_some() { "1" } else { "0" },
                scenario.as_deref().unwrap_or_default(),
            ];
            truths.push((
                sent.occurred_at,
                Truth { line: cells.join(","), id: sent.external_id, day, account, scenario },
            ));
        }
    }
    truths.sort_by(|(at, one), (other_at, other)| (at, &one.id).cmp(&(other_at, &other.id)));
    truths.into_iter().map(|(_, truth)| truth).collect()
}

/// A folder that goes when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("telltale-evaluate-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Writes a text; answers its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    /// Writes the mapping, and a file of these rows.
    pub(crate) fn write_data(&self, truths: &[Truth]) -> (String, String) {
        let lines: Vec<&str> = truths.iter().map(|truth| truth.line.as_str()).collect();
        (self.write("data.csv", &csv_text(&lines)), self.write("mapping.json", MAPPING))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all::<&Path>(&self.0).unwrap();
    }
}

/// The lines of a file that says of nothing that it was fraud.
pub(crate) fn without_verdicts(truths: &[Truth]) -> Vec<String> {
    let verdict = |truth: &Truth| {
        let verdict = truth.scenario.as_ref().map(|name| format!(",1,{name}"));
        verdict.map_or_else(|| truth.line.clone(), |verdict| truth.line.replace(&verdict, ",0,"))
    };
    truths.iter().map(verdict).collect()
}

/// The header and these lines.
pub(crate) fn csv_text(lines: &[&str]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}
