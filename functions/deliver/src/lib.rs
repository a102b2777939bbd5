//! Sends webhook messages. It has a way out to the internet, and neither a database nor a secret: what it sends comes
//! signed from the outbox, and what came of it goes back there.

mod resolve;
mod send;

pub use send::Sender;

use serde_json::Value;
use shared::error::{Error, ErrorKind};
use shared::workflow::outbox::batch::{Attempts, Batch};

/// Sends the batch of an event: what Lambda says of the outbox's invocation, with its answer.
///
/// # Errors
/// When the event holds no batch. A message that could not be sent is no error; its attempt says why.
pub async fn handler(sender: &Sender, mut event: Value) -> Result<Value, Error> {
    let batch: Batch = serde_json::from_value(event["responsePayload"].take()).map_err(|error| {
        Error::new(ErrorKind::ValidationFailed, format!("the event holds no batch of the outbox: {error}"))
    })?;
    let attempts = sender.send(batch).await;
    serde_json::to_value(Attempts::from(attempts)).map_err(Error::internal)
}
