//! Appending to a chain whose head stands in a row of its own.

use crate::db::audit;
use crate::domain::audit::AuditEntry;
use crate::error::Error;
use tokio_postgres::GenericClient;

/// Appends an entry to its chain inside the caller's SQL transaction, which then holds the chain's lock.
///
/// # Errors
/// When the chain is unknown or the database does not answer.
pub async fn append(client: &impl GenericClient, entry: AuditEntry) -> Result<(), Error> {
    let head = audit::lock_head(client, &entry.chain).await?;
    let event = head.append(entry);
    audit::insert(client, std::slice::from_ref(&event)).await?;
    audit::store_head(client, &event.entry.chain, event.head()).await?;
    Ok(())
}
