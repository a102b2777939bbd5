//! Sessions that were ended before their time; the others stand nowhere.

use super::error::DbError;
use crate::domain::access::SessionClaim;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

const REVOKE: &str = "insert into revoked_sessions (id, ends_at) values ($1, $2) on conflict (id) do nothing";

/// Ends a session. Its row is needed until the session would have ended by itself.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(client: &impl GenericClient, session: SessionClaim) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] =
        [(&session.id.0, Type::UUID), (&session.ends_at, Type::TIMESTAMPTZ)];
    client.execute_typed(REVOKE, &params).await?;
    Ok(())
}

const REMOVE_ENDED: &str = "
with ended as (
  select r.id
  from revoked_sessions r
  where r.ends_at < $1
  order by r.ends_at
  limit $2
)
delete from revoked_sessions r
using ended e
where r.id = e.id";

/// Removes sessions that ended by themselves before a moment, at most so many; how many it removed.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_ended(
    client: &impl GenericClient,
    before: Timestamp,
    limit: i64,
) -> Result<u64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&before, Type::TIMESTAMPTZ), (&limit, Type::INT8)];
    Ok(client.execute_typed(REMOVE_ENDED, &params).await?)
}
