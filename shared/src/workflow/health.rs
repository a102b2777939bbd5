//! Whether the database can be reached and is migrated.

use crate::db::{configurations, transactions};
use crate::error::Error;
use crate::state::AppState;

/// Whether a connection can be had and answers.
pub async fn is_database_reachable(state: &AppState) -> bool {
    match check_ready(state).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(error = %crate::error::causes(&error), "the database was not reachable");
            false
        }
    }
}

/// Reads the active versions, which needs a connection and a migrated schema.
///
/// # Errors
/// When either is missing.
pub async fn check_ready(state: &AppState) -> Result<(), Error> {
    let connection = state.database.connect().await?;
    configurations::active(connection.client()?).await?;
    Ok(())
}

/// Whether anything was ever ingested.
///
/// # Errors
/// When the database does not answer.
pub async fn has_transactions(state: &AppState) -> Result<bool, Error> {
    let connection = state.database.connect().await?;
    let first = transactions::page_after(connection.client()?, uuid::Uuid::nil(), 1).await?;
    Ok(!first.is_empty())
}
