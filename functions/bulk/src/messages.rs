//! One message of a queue: a transaction, or `{"transactions": [...]}`, in the form that the API takes.

use crate::item::{self, Item, describe, why_not_stored};
use jiff::Timestamp;
use serde_json::Value;
use shared::domain::transaction::NewTransaction;
use shared::error::FieldProblem;
use shared::http::fields::Fields;
use shared::workflow::ingest::ItemOutcome;

/// Transactions of one message; its size bounds them further.
const MAX_ITEMS: usize = 5_000;
/// Faults of one message that are logged each; the rest are counted.
const MAX_LOGGED: usize = 20;

/// A message as it was read.
pub(crate) struct Message {
    /// What the queue names it by.
    pub(crate) id: String,
    items: Vec<Item>,
}

impl Message {
    /// Reads a record of the event; none when it is no message of SQS.
    pub(crate) fn read(record: &Value, source: Option<&str>, now: Timestamp) -> Option<Self> {
        if record["eventSource"] != "aws:sqs" {
            return None;
        }
        let (id, body) = (record["messageId"].as_str()?, record["body"].as_str()?);
        let items = match serde_json::from_str(body) {
            Ok(body) => read_items(&body, (source, now)),
            Err(error) => {
                let message = format!("is no JSON: {error}");
                vec![Err(vec![FieldProblem { pointer: String::new(), message }])]
            }
        };
        Some(Self { id: id.to_owned(), items })
    }

    /// What of it can be stored.
    pub(crate) fn transactions(&self) -> impl Iterator<Item = &NewTransaction> {
        self.items.iter().filter_map(|item| item.as_ref().ok())
    }

    /// Logs what was not stored; whether all of it was. `outcomes`: one for each of [`Message::transactions`].
    pub(crate) fn settle(&self, outcomes: &[ItemOutcome]) -> bool {
        let unreadable =
            self.items.iter().filter_map(|item| item.as_ref().err()).map(|problems| describe(problems));
        let faults: Vec<String> = unreadable.chain(outcomes.iter().filter_map(why_not_stored)).collect();
        let id = &self.id;
        for fault in faults.iter().take(MAX_LOGGED) {
            tracing::warn!(message_id = %id, "a transaction of message {id} was not stored: {fault}");
        }
        if faults.len() > MAX_LOGGED {
            let n_more = faults.len() - MAX_LOGGED;
            tracing::warn!(message_id = %id, n_more, "{n_more} more of message {id} were not stored");
        }
        faults.is_empty()
    }
}

fn read_items(body: &Value, how: (Option<&str>, Timestamp)) -> Vec<Item> {
    if body.get("transactions").is_none() {
        return vec![item::read(body, "", how)];
    }
    let mut fields = Fields::new(body, "");
    let items = fields.items("transactions", MAX_ITEMS);
    let problems = fields.finish();
    let read = items.iter().enumerate();
    let read = read.map(|(index, value)| item::read(value, &format!("/transactions/{index}"), how));
    // A field that nobody knows is a fault of the whole message; what can be stored is stored all the same.
    let whole = (!problems.is_empty()).then_some(Err(problems));
    read.chain(whole).collect()
}
