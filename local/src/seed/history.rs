//! The whole synthetic history: generated, cut to its window, put in order, numbered, labelled.

use super::SeedError;
use super::accounts::accounts;
use super::draft::{Draft, SOURCE, Scenario};
use super::world::counterparties;
use super::{frauds, genuine};
use crate::timeline::{ScheduledTask, Timeline};
use crate::wire::{LabelIn, Task, TransactionIn};
use jiff::Timestamp;
use shared::domain::label::{LabelSource, Verdict};

/// Six weeks.
pub const N_DAYS: i64 = 42;
const SECONDS_A_DAY: i64 = 86_400;
/// Complaints of a day arrive together at 06:00 UTC.
const COMPLAINTS_ARRIVE_AT: i64 = 6 * 3_600;
/// Baselines of less than a week know no weekend.
const BASELINES_FROM_DAY: i64 = 7;
/// The first model is trained at the end of the third week.
const FIRST_TRAINING_DAY: i64 = 21;
/// 2001 and 2100 in epoch seconds: what the server takes, and what arithmetic is safe with.
const AS_OF_RANGE: std::ops::Range<i64> = 978_307_200..4_102_444_800;

/// A transaction and the kind of fraud it is part of, which is never sent.
#[derive(Debug, Clone, PartialEq)]
pub struct SeededTransaction {
    /// What is sent.
    pub transaction: TransactionIn,
    /// None for a genuine one.
    pub scenario: Option<Scenario>,
}

/// Six weeks of transactions, and the labels known at their end.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// In time order.
    pub transactions: Vec<SeededTransaction>,
    /// In the order in which they became known, none after the end.
    pub labels: Vec<LabelIn>,
    /// The first moment.
    pub start: Timestamp,
    /// The moment after the last.
    pub as_of: Timestamp,
}

impl History {
    /// The history of a seed that ends before `as_of`; equal for equal arguments.
    ///
    /// # Errors
    /// When `as_of` is not between 2001 and 2100.
    pub fn generate(seed: u64, as_of: Timestamp) -> Result<Self, SeedError> {
        if !AS_OF_RANGE.contains(&as_of.as_second()) {
            return Err(SeedError::AsOf { as_of });
        }
        Self::generate_within(seed, as_of.as_second()).map_err(|_| SeedError::AsOf { as_of })
    }

    fn generate_within(seed: u64, end: i64) -> Result<Self, jiff::Error> {
        let start = end - N_DAYS * SECONDS_A_DAY;
        let counterparties = counterparties();
        let accounts = accounts(seed, &counterparties);
        // The first and last day are parts of calendar days, so there is one more of these; the evenings of
        // the west reach into the next day.
        let days = (start - start.rem_euclid(SECONDS_A_DAY), N_DAYS + 1);
        let mut drafts = frauds::transactions(seed, &accounts, &counterparties, days);
        for account in accounts.iter().enumerate() {
            drafts.extend(genuine::transactions(account, seed, &counterparties, days));
        }
        drafts.retain(|draft| (start..end).contains(&draft.second));
        drafts.sort_by_key(|draft| (draft.second, draft.account));

        let mut history = Self {
            transactions: Vec::with_capacity(drafts.len()),
            labels: Vec::new(),
            start: Timestamp::from_second(start)?,
            as_of: Timestamp::from_second(end)?,
        };
        for (number, draft) in drafts.iter().enumerate() {
            // The end is part of the id, so that a later history is other transactions and not a conflict.
            let external_id = format!("{seed}-{end}-{number:06}");
            history.labels.extend(label(draft, &external_id, end)?);
            let (account, counterparty) = (&accounts[draft.account], &counterparties[draft.counterparty]);
            let transaction = draft.transaction(external_id, account, counterparty)?;
            let scenario = draft.fraud.map(|fraud| fraud.scenario);
            history.transactions.push(SeededTransaction { transaction, scenario });
        }
        history.labels.sort_by_key(|label| label.observed_at);
        Ok(history)
    }

    /// The history with the schedule's tasks: baselines each midnight after the first week, a model after the
    /// third, and both at the end.
    pub fn timeline(self) -> Timeline {
        let (start, end) = (self.start.as_second(), self.as_of.as_second());
        let midnight_after = |second: i64| second + (-second).rem_euclid(SECONDS_A_DAY);
        let from = midnight_after(start + BASELINES_FROM_DAY * SECONDS_A_DAY);
        let mut tasks: Vec<ScheduledTask> = (from..end)
            .step_by(SECONDS_A_DAY as usize)
            .filter_map(|second| task(Task::Snapshot, second))
            .collect();
        tasks.extend(task(Task::Retrain, midnight_after(start + FIRST_TRAINING_DAY * SECONDS_A_DAY)));
        tasks.extend(task(Task::Snapshot, end));
        tasks.extend(task(Task::Retrain, end));
        let transactions = self.transactions.into_iter().map(|one| one.transaction).collect();
        Timeline::new(transactions, self.labels, tasks)
    }
}

fn task(task: Task, second: i64) -> Option<ScheduledTask> {
    Timestamp::from_second(second).ok().map(|as_of| ScheduledTask { as_of, task })
}

/// The label of a fraud whose complaint arrives by `end`.
fn label(draft: &Draft, external_id: &str, end: i64) -> Result<Option<LabelIn>, jiff::Error> {
    let Some(fraud) = draft.fraud else { return Ok(None) };
    let complaint = draft.second + fraud.label_delay_seconds;
    let arrival = complaint + (COMPLAINTS_ARRIVE_AT - complaint).rem_euclid(SECONDS_A_DAY);
    if arrival > end {
        return Ok(None);
    }
    Ok(Some(LabelIn {
        source: SOURCE.to_owned(),
        external_id: external_id.to_owned(),
        verdict: Verdict::Fraud.as_str().to_owned(),
        label_source: LabelSource::Chargeback.as_str().to_owned(),
        observed_at: Timestamp::from_second(arrival)?,
    }))
}

#[cfg(test)]
mod tests;
