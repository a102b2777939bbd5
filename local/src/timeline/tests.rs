use super::*;
use std::collections::BTreeMap;

fn at(clock: &str) -> Timestamp {
    format!("2025-03-01T{clock}:00Z").parse().unwrap()
}

fn transaction(id: &str, clock: &str) -> TransactionIn {
    TransactionIn {
        source: "bank".to_owned(),
        external_id: id.to_owned(),
        account: "a".to_owned(),
        counterparty: "b".to_owned(),
        amount: "1.00".to_owned(),
        currency: "EUR".to_owned(),
        occurred_at: at(clock),
        channel: "card".to_owned(),
        entity_type: None,
        place: None,
        device: None,
        ip_address: None,
        category: None,
        attributes: BTreeMap::new(),
    }
}

fn label(id: &str, clock: &str) -> LabelIn {
    LabelIn {
        source: "bank".to_owned(),
        external_id: id.to_owned(),
        verdict: "fraud".to_owned(),
        label_source: "chargeback".to_owned(),
        observed_at: at(clock),
    }
}

fn task(task: Task, clock: &str) -> ScheduledTask {
    ScheduledTask { as_of: at(clock), task }
}

/// The plan in words: `t:1,2` for a batch, `l:1` for labels, `Snapshot` for a task.
fn words(timeline: &Timeline, batch_size: usize) -> Vec<String> {
    let word = |step: Step<'_>| match step {
        Step::Labels(labels) => {
            format!(
                "l:{}",
                labels.iter().map(|label| label.external_id.as_str()).collect::<Vec<_>>().join(",")
            )
        }
        Step::Task(due) => format!("{:?}", due.task),
        Step::Transactions(range) => {
            let ids = timeline.transactions()[range].iter().map(|one| one.external_id.as_str());
            format!("t:{}", ids.collect::<Vec<_>>().join(","))
        }
    };
    timeline.plan(batch_size).map(word).collect()
}

#[test]
fn transactions_are_sorted_and_cut_into_batches() {
    let shuffled = [("4", "12:00"), ("1", "09:00"), ("3", "11:00"), ("2", "11:00"), ("5", "13:00")];
    let transactions = shuffled.map(|(id, clock)| transaction(id, clock)).to_vec();
    let timeline = Timeline::new(transactions, vec![], vec![]);
    assert_eq!(words(&timeline, 2), ["t:1,2", "t:3,4", "t:5"]);
}

#[test]
fn a_label_splits_the_batch_exactly_where_it_becomes_known() {
    let transactions = [("1", "09:00"), ("2", "09:59"), ("3", "10:00"), ("4", "11:00")];
    let transactions = transactions.map(|(id, clock)| transaction(id, clock)).to_vec();
    let timeline = Timeline::new(transactions, vec![label("1", "10:00")], vec![]);
    assert_eq!(words(&timeline, 100), ["t:1,2", "l:1", "t:3,4"]);
}

#[test]
fn labels_with_no_transaction_between_them_go_together() {
    let transactions = vec![transaction("1", "09:00"), transaction("2", "15:00")];
    let labels = vec![label("d", "16:00"), label("b", "11:00"), label("a", "10:00"), label("c", "15:00")];
    let timeline = Timeline::new(transactions, labels, vec![]);
    assert_eq!(words(&timeline, 100), ["t:1", "l:a,b,c", "t:2", "l:d"]);
}

#[test]
fn at_one_moment_labels_go_first_then_tasks_then_transactions() {
    let transactions = vec![transaction("1", "09:00"), transaction("2", "10:00")];
    let labels = vec![label("a", "10:00"), label("b", "10:01")];
    let tasks =
        vec![task(Task::Snapshot, "10:00"), task(Task::Retrain, "10:00"), task(Task::Snapshot, "23:00")];
    let timeline = Timeline::new(transactions, labels, tasks);
    assert_eq!(words(&timeline, 100), ["t:1", "l:a", "Snapshot", "Retrain", "t:2", "l:b", "Snapshot"]);
}

#[test]
fn whatever_the_times_each_item_is_sent_once_and_no_label_early_or_late() {
    let clock = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
    // Steps coprime to the day's length visit the minutes in a scattered order, with many ties.
    let transactions: Vec<_> =
        (0..700).map(|n| transaction(&format!("{n:04}"), &clock(n * 77 % 720))).collect();
    let labels: Vec<_> = (0..300).map(|n| label(&n.to_string(), &clock(n * 31 % 720))).collect();
    let tasks: Vec<_> = (0..40).map(|n| task(Task::Snapshot, &clock(n * 13 % 720))).collect();
    let timeline = Timeline::new(transactions, labels, tasks);
    let (mut n_transactions, mut n_labels, mut n_tasks) = (0, 0, 0);
    let (mut sent_before, mut known_before) = (Timestamp::MIN, Timestamp::MIN);
    for step in timeline.plan(50) {
        match step {
            Step::Labels(labels) => {
                n_labels += labels.len();
                assert!(labels.iter().all(|label| label.observed_at > sent_before), "a label came late");
                known_before = labels[labels.len() - 1].observed_at;
            }
            Step::Task(due) => {
                n_tasks += 1;
                assert!(due.as_of > sent_before && due.as_of >= known_before);
            }
            Step::Transactions(range) => {
                assert!((1..=50).contains(&range.len()) && range.start == n_transactions);
                n_transactions = range.end;
                assert!(
                    timeline.transactions()[range.start].occurred_at >= known_before,
                    "a label came early"
                );
                sent_before = timeline.transactions()[range.end - 1].occurred_at;
            }
        }
    }
    assert_eq!((n_transactions, n_labels, n_tasks), (700, 300, 40));
}
