//! One transaction of a message or a file, in the form that the API takes, and what became of it.

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::transaction::NewTransaction;
use shared::error::{FieldProblem, causes};
use shared::http::fields::Fields;
use shared::http::transaction::read_transaction;
use shared::workflow::ingest::ItemOutcome;

/// A transaction, or everything that is wrong with it.
pub(crate) type Item = Result<NewTransaction, Vec<FieldProblem>>;

/// Reads a transaction at a JSON pointer; `source` is that of one that names none.
pub(crate) fn read(value: &Value, pointer: &str, (source, now): (Option<&str>, Timestamp)) -> Item {
    let mut value = value.clone();
    if let (Some(object), Some(source)) = (value.as_object_mut(), source)
        && !object.contains_key("source")
    {
        object.insert("source".to_owned(), json!(source));
    }
    let mut fields = Fields::new(&value, pointer);
    let transaction = read_transaction(&mut fields, now);
    let problems = fields.finish();
    match transaction {
        Some(transaction) if problems.is_empty() => Ok(transaction),
        _ => Err(problems),
    }
}

/// Pointers and what would be right; never a value.
pub(crate) fn describe(problems: &[FieldProblem]) -> String {
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("{} {}", problem.pointer, problem.message)).collect();
    lines.join("; ")
}

/// Why an outcome is not that the transaction is stored.
pub(crate) fn why_not_stored(outcome: &ItemOutcome) -> Option<String> {
    match outcome {
        ItemOutcome::Accepted(..) | ItemOutcome::Replayed(..) => None,
        ItemOutcome::Conflict => {
            Some("its source and external_id belong to a transaction with other content".to_owned())
        }
        ItemOutcome::Unbound => Some("its source is not one of this function's".to_owned()),
        ItemOutcome::Failed(error) => Some(causes(error)),
    }
}
