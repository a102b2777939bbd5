//! The history that both sides take: synthetic, written to one labelled file, read back by both.

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use local::evaluate::input::{self, Event};
use local::mapping::Mapping;
use local::mapping::rows::{Rows, open};
use local::seed::Scenario;
use local::seed::history::{History as Seeded, SeededTransaction};
use local::timeline::{ScheduledTask, Timeline};
use local::wire::{LabelIn, Task, TransactionIn};
use shared::domain::label::Verdict;
use std::path::Path;

/// Transactions.
pub(crate) const N: usize = 20_000;
/// Days until a fraud becomes known and until what has no label counts as genuine.
pub(crate) const DELAY_DAYS: u16 = 2;
/// Worlds that are laid over each other, with accounts of their own.
const SEEDS: [u64; 3] = [1, 2, 3];
/// The first day, two days after frauds begin.
const START: i8 = 2;
/// Until this day one account of ten is there, so that a training in a test has few lessons.
const GROWTH: i8 = 12;
/// From this day on frauds are known of one world's stolen accounts only: large batches need days without labels.
const QUIET: i8 = 14;
/// What the schedule does, and on which days: a model without labels early, one that learned from them later.
const TASKS: [(i8, &[Task]); 6] = [
    (7, &[Task::Snapshot]),
    (8, &[Task::Snapshot, Task::Retrain]),
    (11, &[Task::Snapshot]),
    (14, &[Task::Snapshot, Task::Retrain]),
    (17, &[Task::Snapshot]),
    (21, &[Task::Snapshot]),
];

const MAPPING: &str = r#"{
  "source": "seed",
  "columns": {
    "external_id": "id", "occurred_at": "at", "account": "account", "counterparty": "counterparty",
    "amount": "amount", "currency": "currency", "channel": "channel", "category": "category",
    "device": "device", "country": "country", "city": "city", "latitude": "latitude",
    "longitude": "longitude", "fraud": "fraud"
  },
  "constants": { "entity_type": "individual" },
  "amounts": { "rounding": "refuse", "not_positive": "fail" }
}"#;

/// One history in both forms.
pub(crate) struct History {
    /// As it is sent, with labels and tasks in their places.
    pub(crate) timeline: Timeline,
    /// As it is evaluated, in the same order.
    pub(crate) events: Vec<Event>,
    /// What the schedule does, in time order.
    pub(crate) tasks: Vec<ScheduledTask>,
}

/// Midnight of a day of February 2024.
fn february(day: i8) -> Timestamp {
    date(2024, 2, day).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// Writes the file into `folder` and reads it back.
pub(crate) fn history(folder: &Path) -> History {
    let path = folder.join("history.csv");
    write(&path);
    let path = path.to_str().unwrap();
    let (mapping, window) = (Mapping::parse("test", MAPPING).unwrap(), Timestamp::UNIX_EPOCH..february(29));
    let (events, _) = input::read(path, &mapping, window.clone()).unwrap();
    let rows = Rows::try_new(open(path).unwrap(), mapping, window).unwrap().map(Result::unwrap);
    let (mut sent, mut labels) = (Vec::new(), Vec::new());
    for row in rows {
        labels.extend((row.verdict == Some(Verdict::Fraud)).then(|| label(&row.transaction)));
        sent.push(row.transaction);
    }
    let task = |day, task| ScheduledTask { as_of: february(day), task };
    let tasks: Vec<ScheduledTask> =
        TASKS.iter().flat_map(|(day, tasks)| tasks.iter().map(move |one| task(*day, *one))).collect();
    History { timeline: Timeline::new(sent, labels, tasks.clone()), events, tasks }
}

fn label(transaction: &TransactionIn) -> LabelIn {
    LabelIn {
        source: transaction.source.clone(),
        external_id: transaction.external_id.clone(),
        verdict: "fraud".to_owned(),
        label_source: "chargeback".to_owned(),
        observed_at: transaction.occurred_at + SignedDuration::from_hours(24 * i64::from(DELAY_DAYS)),
    }
}

fn write(path: &Path) {
    let mut rows: Vec<(TransactionIn, bool)> = SEEDS.iter().flat_map(|seed| world(*seed)).collect();
    for ((transaction, _), position) in rows.iter_mut().zip(0..) {
        // Feeds may say more of a second than is stored.
        transaction.occurred_at += SignedDuration::from_nanos(position * 7_654_321 % 1_000_000_000);
    }
    rows.sort_by_key(|(transaction, _)| transaction.occurred_at);
    rows.truncate(N);
    let mut writer = csv::Writer::from_path(path).unwrap();
    let header = "id at account counterparty amount currency channel category device country city latitude longitude fraud";
    writer.write_record(header.split(' ')).unwrap();
    for (transaction, is_fraud) in &rows {
        writer.write_record(cells(transaction, *is_fraud)).unwrap();
    }
    writer.flush().unwrap();
}

/// The part of one world that is used, and what becomes known as fraud.
fn world(seed: u64) -> impl Iterator<Item = (TransactionIn, bool)> {
    let all = Seeded::generate(seed, february(1) + SignedDuration::from_hours(24 * 29)).unwrap().transactions;
    all.into_iter().filter(is_used).map(move |SeededTransaction { mut transaction, scenario }| {
        let is_loud = transaction.occurred_at < february(QUIET)
            || (seed == SEEDS[0] && scenario == Some(Scenario::AccountTakeover));
        transaction.account = format!("{seed}-{}", transaction.account);
        (transaction, scenario.is_some() && is_loud)
    })
}

fn is_used(one: &SeededTransaction) -> bool {
    let at = one.transaction.occurred_at;
    let is_there_early = one.transaction.account.ends_with('5');
    at >= february(START) && (at >= february(GROWTH) || one.scenario.is_some() || is_there_early)
}

fn cells(transaction: &TransactionIn, is_fraud: bool) -> Vec<String> {
    let place = transaction.place.clone().unwrap();
    let number = |degrees: Option<f64>| degrees.map_or_else(String::new, |degrees| degrees.to_string());
    vec![
        transaction.external_id.clone(),
        transaction.occurred_at.to_string(),
        transaction.account.clone(),
        transaction.counterparty.clone(),
        transaction.amount.clone(),
        transaction.currency.clone(),
        transaction.channel.clone(),
        transaction.category.clone().unwrap(),
        transaction.device.clone().unwrap_or_default(),
        place.country.unwrap_or_default(),
        place.city.unwrap_or_default(),
        number(place.latitude),
        number(place.longitude),
        if is_fraud { "1" } else { "0" }.to_owned(),
    ]
}
