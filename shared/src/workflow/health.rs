//! Whether the database can be reached and is migrated.

use crate::db::configurations;
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
