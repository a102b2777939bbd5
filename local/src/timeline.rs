//! A history in the order in which it would have become known, cut into steps to send.
//!
//! What lives here: the order. What does not: sending ([`crate::delivery`]). The rules:
//!
//! - Transactions go in the order (occurred_at, source, external_id), in batches.
//! - A label goes after every transaction that occurred before the label's `observed_at` and before every one
//!   that occurred at or after it: nothing is scored with knowledge from its future, nor without what was known.
//! - A task goes after the labels of its own moment and before its transactions.
//! - So a batch ends where a label or a task is due. To keep batches large, whoever makes the labels lets many
//!   become known at one moment, as a bank's file of chargebacks does.

use crate::wire::{LabelIn, MAX_ITEMS, Task, TransactionIn};
use jiff::Timestamp;
use std::cmp::Ordering;
use std::ops::Range;

/// A task and the moment it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledTask {
    /// When, by the events' clock.
    pub as_of: Timestamp,
    /// What.
    pub task: Task,
}

/// A history: what happened, what became known and what the schedule did, each in time order.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    transactions: Vec<TransactionIn>,
    labels: Vec<LabelIn>,
    tasks: Vec<ScheduledTask>,
}

/// What to send next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step<'a> {
    /// Labels that are due, at most [`MAX_ITEMS`].
    Labels(&'a [LabelIn]),
    /// A task that is due.
    Task(ScheduledTask),
    /// The next transactions, by position in [`Timeline::transactions`].
    Transactions(Range<usize>),
}

/// The order of transactions: ties in time are ordered by the natural key.
pub fn compare(a: &TransactionIn, b: &TransactionIn) -> Ordering {
    let key = |one: &TransactionIn| one.occurred_at;
    key(a).cmp(&key(b)).then_with(|| (&a.source, &a.external_id).cmp(&(&b.source, &b.external_id)))
}

impl Timeline {
    /// Puts everything in order; tasks of one moment stay in the order given.
    pub fn new(
        mut transactions: Vec<TransactionIn>,
        mut labels: Vec<LabelIn>,
        mut tasks: Vec<ScheduledTask>,
    ) -> Self {
        transactions.sort_by(compare);
        labels.sort_by_key(|label| label.observed_at);
        tasks.sort_by_key(|task| task.as_of);
        Self { transactions, labels, tasks }
    }

    /// The transactions in the order of [`compare`].
    pub fn transactions(&self) -> &[TransactionIn] {
        &self.transactions
    }

    /// The labels in the order in which they become known.
    pub fn labels(&self) -> &[LabelIn] {
        &self.labels
    }

    /// The steps, with batches of at most `batch_size` transactions, itself at least 1.
    pub fn plan(&self, batch_size: usize) -> Plan<'_> {
        let batch_size = batch_size.clamp(1, MAX_ITEMS);
        Plan { timeline: self, batch_size, next_transaction: 0, next_label: 0, next_task: 0 }
    }
}

/// An iterator over the steps of a timeline.
#[derive(Debug)]
pub struct Plan<'a> {
    timeline: &'a Timeline,
    batch_size: usize,
    next_transaction: usize,
    next_label: usize,
    next_task: usize,
}

impl<'a> Plan<'a> {
    fn labels(&mut self, occurred_at: Option<Timestamp>, as_of: Option<Timestamp>) -> Step<'a> {
        let waiting = &self.timeline.labels[self.next_label..];
        let is_due = |label: &LabelIn| {
            !is_before(occurred_at, label.observed_at) && !is_before(as_of, label.observed_at)
        };
        let n_due = waiting.iter().take(MAX_ITEMS).take_while(|label| is_due(label)).count();
        self.next_label += n_due;
        Step::Labels(&waiting[..n_due])
    }

    fn transactions(&mut self, observed_at: Option<Timestamp>, as_of: Option<Timestamp>) -> Step<'a> {
        let waiting = &self.timeline.transactions[self.next_transaction..];
        let is_due =
            |at: Timestamp| observed_at.is_none_or(|due| at < due) && as_of.is_none_or(|due| at < due);
        let n_due = waiting.iter().take(self.batch_size).take_while(|one| is_due(one.occurred_at)).count();
        let first = self.next_transaction;
        self.next_transaction += n_due;
        Step::Transactions(first..self.next_transaction)
    }
}

/// Whether something is due, and strictly before the moment.
fn is_before(due: Option<Timestamp>, moment: Timestamp) -> bool {
    due.is_some_and(|due| due < moment)
}

impl<'a> Iterator for Plan<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        let occurred_at = self.timeline.transactions.get(self.next_transaction).map(|one| one.occurred_at);
        let observed_at = self.timeline.labels.get(self.next_label).map(|label| label.observed_at);
        let task = self.timeline.tasks.get(self.next_task).copied();
        let as_of = task.map(|task| task.as_of);
        if observed_at.is_some_and(|moment| !is_before(occurred_at, moment) && !is_before(as_of, moment)) {
            return Some(self.labels(occurred_at, as_of));
        }
        if let Some(task) = task.filter(|task| !is_before(occurred_at, task.as_of)) {
            self.next_task += 1;
            return Some(Step::Task(task));
        }
        occurred_at.map(|_| self.transactions(observed_at, as_of))
    }
}

#[cfg(test)]
mod tests;
