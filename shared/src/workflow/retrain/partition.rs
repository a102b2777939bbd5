//! Partitions ahead of time.

use super::Moment;
use crate::db::partitions;
use crate::error::Error;
use crate::state::AppState;
use serde_json::{Value, json};

/// Months made ahead: a schedule that fails for a quarter is noticed first.
const MONTHS_AHEAD: i32 = 3;

/// Makes the partitions of this month and the next three, where missing. Partitions follow the server's
/// clock, so the task's `as_of` does not matter here.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn make(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    // Counted first: should making them fail, the reason has been said.
    let n_stray = partitions::n_in_default(client).await?;
    if n_stray > 0 {
        tracing::error!(
            n_stray,
            "{n_stray} rows are in a default partition; their month has none of its own"
        );
    }
    let made = partitions::make(client, moment.now, MONTHS_AHEAD).await?;
    Ok(json!({"made": made, "n_in_default": n_stray}))
}
