//! One request's transactions, in chunks.

use super::chunk::{Admission, Failed, ingest_chunk};
use super::{IngestContext, ItemOutcome, Sender};
use crate::domain::transaction::{NewTransaction, TransactionKey};
use crate::error::{Error, ErrorKind};
use crate::state::AppState;
use std::collections::HashMap;

/// Items of one SQL transaction: long enough to share its round trips, short enough to hold its locks.
const CHUNK: usize = 1_000;

/// Ingests transactions and answers one outcome for each, in the order given.
///
/// They are scored in the order of `occurred_at`, ties in the order given. A key repeated among them is a
/// replay, or a conflict, of its first.
///
/// # Errors
/// When the caller is refused, or cannot be admitted for want of a database; a chunk's failure is the outcome
/// of its items.
pub async fn ingest(
    state: &AppState,
    context: &IngestContext,
    transactions: Vec<NewTransaction>,
) -> Result<Vec<ItemOutcome>, Error> {
    let plan = Plan::new(transactions);
    let mut outcomes: Vec<Option<ItemOutcome>> = Vec::new();
    outcomes.resize_with(plan.n_given, || None);
    let mut admission = match &context.sender {
        Sender::Key(_) => Admission::Unchecked,
        Sender::Function(actor) => Admission::Granted(actor.clone()),
    };
    for (number, chunk) in plan.firsts.chunks(CHUNK).enumerate() {
        let (positions, contents): (Vec<usize>, Vec<NewTransaction>) = chunk.iter().cloned().unzip();
        let answered = match ingest_chunk(state, context, admission, (number * CHUNK, contents)).await {
            Ok(done) => {
                admission = Admission::Granted(done.actor);
                done.outcomes
            }
            // Who was refused is refused for all; an admitted caller's other chunks go on.
            Err(Failed { error, admission: Admission::Unchecked }) => return Err(error),
            Err(Failed { error, admission: granted }) => {
                admission = granted;
                failed(&error, positions.len())
            }
        };
        for (position, outcome) in positions.into_iter().zip(answered) {
            outcomes[position] = Some(outcome);
        }
    }
    plan.answer_repeats(&mut outcomes);
    outcomes
        .into_iter()
        .map(|outcome| outcome.ok_or_else(|| Error::internal("an item has no outcome")))
        .collect()
}

fn failed(error: &Error, n: usize) -> Vec<ItemOutcome> {
    tracing::warn!(error = %crate::error::causes(error), "a chunk of {n} items failed and can be sent again");
    let item = || {
        let copy = Error::new(error.kind, error.message.clone());
        ItemOutcome::Failed(Error { retry_after_seconds: error.retry_after_seconds, ..copy })
    };
    (0..n).map(|_| item()).collect()
}

/// The items in scoring order, repeats set apart.
struct Plan {
    n_given: usize,
    /// `(position, content)` of the first item of each key, by time, then position.
    firsts: Vec<(usize, NewTransaction)>,
    /// `(position, position of the first, is the content the same)`.
    repeats: Vec<(usize, usize, bool)>,
}

impl Plan {
    fn new(transactions: Vec<NewTransaction>) -> Self {
        let n_given = transactions.len();
        let mut seen: HashMap<TransactionKey, usize> = HashMap::new();
        let mut firsts: Vec<(usize, NewTransaction)> = Vec::new();
        let mut repeats = Vec::new();
        for (position, transaction) in transactions.into_iter().enumerate() {
            if let Some(&first) = seen.get(&transaction.key) {
                let (first_position, first_content) = &firsts[first];
                repeats.push((position, *first_position, *first_content == transaction));
            } else {
                seen.insert(transaction.key.clone(), firsts.len());
                firsts.push((position, transaction));
            }
        }
        firsts.sort_by_key(|(position, transaction)| (transaction.occurred_at, *position));
        Self { n_given, firsts, repeats }
    }

    fn answer_repeats(&self, outcomes: &mut [Option<ItemOutcome>]) {
        for &(position, first, is_same) in &self.repeats {
            let outcome = match &outcomes[first] {
                _ if !is_same => ItemOutcome::Conflict,
                Some(ItemOutcome::Accepted(id, record) | ItemOutcome::Replayed(id, record)) => {
                    ItemOutcome::Replayed(*id, record.clone())
                }
                Some(ItemOutcome::Conflict) => ItemOutcome::Conflict,
                Some(ItemOutcome::Unbound) => ItemOutcome::Unbound,
                Some(ItemOutcome::Failed(_)) | None => ItemOutcome::Failed(
                    Error::new(ErrorKind::Busy, "the first item with this key failed; send both again")
                        .retry_after(1),
                ),
            };
            outcomes[position] = Some(outcome);
        }
    }
}
