//! Transactions in bulk: as messages of a queue (SQS), or as rows of CSV files (S3). Whoever may write to the queue or the
//! bucket is trusted by the platform: no API key is asked, and no rate limit counts.
//!
//! Nothing is lost. A message that was not stored in full is named as failed, whatever the reason: it comes again, what
//! had been stored of it is then a replay, and past the queue's limit it goes to the dead-letter queue. A file of which a
//! row was not stored fails the invocation: Lambda tries again, and then hands the event to the failure destination.
#![cfg(feature = "lambda")]

mod item;
mod messages;
mod objects;
mod rows;
mod s3;

use jiff::Timestamp;
use messages::Message;
use s3::Object;
use serde_json::{Value, json};
use shared::domain::access::Actor;
use shared::domain::transaction::NewTransaction;
use shared::error::{Error, ErrorKind};
use shared::state::AppState;
use shared::workflow::ingest::{IngestContext, ItemOutcome, Sender, ingest};

/// How the audit trail names this function.
const NAME: &str = "bulk";

/// Stores and scores what an event brings. A queue's event is answered with the messages that are to come again, S3's
/// with what became of the rows.
///
/// # Errors
/// When the event is neither, or a row of a file was not stored. What fails of a message is its own.
pub async fn handler(
    state: &AppState,
    event: &Value,
    (request_id, now): (&str, Timestamp),
) -> Result<Value, Error> {
    let sender = Sender::Function(Actor::of_function(NAME));
    let context = IngestContext { sender, request_id: request_id.to_owned(), now };
    if event["Event"] == "s3:TestEvent" {
        // S3 sends it once, when the bucket learns of this function.
        return Ok(json!({}));
    }
    let records = event["Records"].as_array().filter(|records| !records.is_empty()).ok_or_else(foreign)?;
    if let Some(objects) = records.iter().map(Object::read).collect::<Option<Vec<_>>>() {
        return objects::ingest_all(state, &objects, &context).await;
    }
    let source = state.config.bulk_source.as_deref();
    let messages =
        records.iter().map(|record| Message::read(record, source, now)).collect::<Option<Vec<_>>>();
    ingest_messages(state, &messages.ok_or_else(foreign)?, &context).await
}

fn foreign() -> Error {
    Error::new(
        ErrorKind::ValidationFailed,
        "the event is neither of a queue (aws:sqs) nor of a bucket (aws:s3)",
    )
}

async fn ingest_messages(
    state: &AppState,
    messages: &[Message],
    context: &IngestContext,
) -> Result<Value, Error> {
    let transactions: Vec<NewTransaction> =
        messages.iter().flat_map(Message::transactions).cloned().collect();
    let n_transactions = transactions.len();
    let outcomes = match n_transactions {
        0 => Vec::new(),
        _ => ingest(state, context, transactions).await?,
    };
    let mut outcomes = outcomes.into_iter();
    let mut failures = Vec::new();
    for message in messages {
        let own: Vec<ItemOutcome> = outcomes.by_ref().take(message.transactions().count()).collect();
        if !message.settle(&own) {
            failures.push(json!({"itemIdentifier": message.id}));
        }
    }
    let (n_messages, n_failed) = (messages.len(), failures.len());
    tracing::info!(
        n_messages,
        n_failed,
        n_transactions,
        "{n_messages} messages were taken, {n_failed} of them are to come again"
    );
    Ok(json!({"batchItemFailures": failures}))
}
