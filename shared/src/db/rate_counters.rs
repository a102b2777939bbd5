//! Counts of requests by key or address; [`super::access`] counts, this removes.

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

const REMOVE_PAST: &str = "
with past as (
  select c.subject
  from rate_counters c
  where c.window_started_at < $1
  limit $2
)
delete from rate_counters c
using past p
where c.subject = p.subject and c.window_started_at < $1";

/// Removes the counts of windows that began before a moment, at most so many; how many it removed. A subject that
/// counts again meanwhile stays.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_past(client: &impl GenericClient, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&before, Type::TIMESTAMPTZ), (&limit, Type::INT8)];
    Ok(client.execute_typed(REMOVE_PAST, &params).await?)
}
