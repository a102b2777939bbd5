//! Delivers webhook messages locally: what the functions `outbox` and `deliver` do between them, by one loop.

use deliver::Sender;
use jiff::Timestamp;
use shared::error::{Error, causes};
use shared::state::AppState;
use shared::workflow::outbox::{claim, record};
use std::time::Duration;

/// How long the loop rests when nothing is due.
const PAUSE: Duration = Duration::from_secs(2);

/// Delivers until the process ends. A database that does not answer is tried again.
pub async fn deliver_all(state: AppState, sender: Sender) {
    loop {
        match deliver_some(&state, &sender).await {
            Ok(0) => tokio::time::sleep(PAUSE).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!("webhook messages could not be delivered: {}", causes(&error));
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Delivers what is due; how many messages.
///
/// # Errors
/// When the database does not answer.
pub async fn deliver_some(state: &AppState, sender: &Sender) -> Result<usize, Error> {
    let attempts = sender.send(claim(state, Timestamp::now()).await?).await;
    if !attempts.is_empty() {
        record(state, &attempts, Timestamp::now()).await?;
    }
    Ok(attempts.len())
}
