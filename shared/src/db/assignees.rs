//! Who an alert may be given to.

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

const LIVE_ROLE: &str = "
select k.role
from api_keys k
where k.id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)";

/// The role's word of a key that is neither revoked nor expired; none when there is no such key.
///
/// # Errors
/// When the database does not answer.
pub async fn live_role(
    client: &impl GenericClient,
    key_id: &str,
    now: Timestamp,
) -> Result<Option<String>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&key_id, Type::TEXT), (&now, Type::TIMESTAMPTZ)];
    let rows = client.query_typed(LIVE_ROLE, &params).await?;
    Ok(rows.first().map(|row| row.try_get("role")).transpose()?)
}
