//! The outbox: the schedule has it claim what webhooks are to be told, which is its answer and goes on to whoever sends;
//! what came of the messages comes back through a queue. It has the database and no way out of its network.

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::error::{Error, ErrorKind, causes};
use shared::state::AppState;
use shared::workflow::outbox::batch::Attempts;
use shared::workflow::outbox::{claim, record};

/// The schedule's word.
const CLAIM: &str = "claim";

/// Claims messages, or writes what came of them. A queue's event is answered with the messages that are to come again.
///
/// # Errors
/// When the event is neither, or the database does not answer while something is claimed.
pub async fn handler(state: &AppState, event: &Value, now: Timestamp) -> Result<Value, Error> {
    if event["task"] == CLAIM {
        return serde_json::to_value(claim(state, now).await?).map_err(Error::internal);
    }
    let Some(records) = event["Records"].as_array().filter(|records| !records.is_empty()) else {
        let message = "the event is neither {\"task\": \"claim\"} nor of a queue (aws:sqs)";
        return Err(Error::new(ErrorKind::ValidationFailed, message));
    };
    let mut failures = Vec::new();
    for message in records {
        if let Err(error) = record_message(state, message, now).await {
            let id = message["messageId"].as_str().unwrap_or_default();
            let why = causes(&error);
            tracing::error!(message_id = id, "the attempts of message {id} were not written: {why}");
            failures.push(json!({"itemIdentifier": id}));
        }
    }
    Ok(json!({"batchItemFailures": failures}))
}

/// Writes the attempts of one message: what Lambda says of an invocation that succeeded, with its answer.
async fn record_message(state: &AppState, message: &Value, now: Timestamp) -> Result<(), Error> {
    let unreadable = |why: String| Error::new(ErrorKind::ValidationFailed, format!("the message is {why}"));
    let body = message["body"].as_str().ok_or_else(|| unreadable("without a body".into()))?;
    let mut told: Value =
        serde_json::from_str(body).map_err(|error| unreadable(format!("no JSON: {error}")))?;
    let attempts: Attempts = serde_json::from_value(told["responsePayload"].take())
        .map_err(|error| unreadable(format!("no answer of a sender: {error}")))?;
    if attempts.attempts.is_empty() {
        return Ok(());
    }
    record(state, &attempts.attempts, now).await
}
