//! Reading what was done to many alerts at once.

use super::access::Session;
use crate::db::operations;
pub use crate::db::operations::{Counts, Item, Operation};
use crate::domain::ids::OperationId;
use crate::error::Error;

/// A page of operations, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    session: &Session,
    (before, limit): (Option<OperationId>, i64),
) -> Result<Vec<Operation>, Error> {
    Ok(operations::page(session.connection.client()?, before, limit).await?)
}

/// One operation, with what came of each alert.
///
/// # Errors
/// 404 when there is no such operation.
pub async fn detail(session: &Session, id: OperationId) -> Result<(Operation, Vec<Item>), Error> {
    let client = session.connection.client()?;
    let operation = operations::find(client, id).await?.ok_or_else(|| Error::not_found("operation"))?;
    Ok((operation, operations::items(client, id).await?))
}
