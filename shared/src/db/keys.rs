//! Keys as they are managed: listed, rotated, revoked. The check of a key at each request stands in [`super::access`].

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

/// A key as its owner may see it: nothing of a secret.
#[derive(Debug, Clone)]
pub struct KeyDetails {
    /// The public id.
    pub id: String,
    /// Who or what uses it.
    pub name: String,
    /// The role's word.
    pub role: String,
    /// The sources it is bound to; none for all.
    pub sources: Option<Vec<String>>,
    /// Its own rate limit; none for the default.
    pub rate_limit_requests: Option<i64>,
    /// Whether it has no rate limit.
    pub is_unlimited: bool,
    /// Which secret is the newest, counted from 1.
    pub generation: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none for never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When the secret before the newest ends or ended.
    pub previous_ends_at: Option<Timestamp>,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
    /// Where from.
    pub used_from: Option<String>,
}

/// The columns that [`read`] wants, in every select of this file.
macro_rules! key_columns {
    () => {
        "k.id, k.name, k.role, k.sources, k.rate_limit_requests, k.is_unlimited, k.generation, k.created_at,
  k.expires_at, k.revoked_at, k.previous_ends_at, u.used_at, u.address as used_from"
    };
}

/// The key that a page ends with: when it was made, and its id.
pub type KeyPosition = (Timestamp, String);

const PAGE: &str = concat!(
    "
select ",
    key_columns!(),
    "
from api_keys k
left join key_uses u on u.key_id = k.id
where $1::timestamptz is null or (k.created_at, k.id) < ($1, $2)
order by k.created_at desc, k.id desc
limit $3"
);

/// A page of keys, newest made first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    after: Option<&KeyPosition>,
    limit: i64,
) -> Result<Vec<KeyDetails>, DbError> {
    let (made_at, id) = (after.map(|(made_at, _)| made_at), after.map(|(_, id)| id));
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&made_at, Type::TIMESTAMPTZ), (&id, Type::TEXT), (&limit, Type::INT8)];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

/// How the server would read a page: a line each of its plan.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "testing")]
pub async fn plan_of_page(
    client: &impl GenericClient,
    (made_at, id): &KeyPosition,
) -> Result<Vec<String>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(made_at, Type::TIMESTAMPTZ), (id, Type::TEXT), (&50_i64, Type::INT8)];
    let rows = client.query_typed(&format!("explain {PAGE}"), &params).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

const FIND: &str = concat!(
    "select ",
    key_columns!(),
    "
from api_keys k
left join key_uses u on u.key_id = k.id
where k.id = $1"
);

/// Reads one key. Who changes keys holds the lock of the chain `access`, which orders them.
///
/// # Errors
/// When the database does not answer.
pub async fn find(client: &impl GenericClient, id: &str) -> Result<Option<KeyDetails>, DbError> {
    let rows = client.query_typed(FIND, &[(&id, Type::TEXT)]).await?;
    rows.first().map(read).transpose()
}

fn read(row: &Row) -> Result<KeyDetails, DbError> {
    Ok(KeyDetails {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        sources: row.try_get("sources")?,
        rate_limit_requests: row.try_get("rate_limit_requests")?,
        is_unlimited: row.try_get("is_unlimited")?,
        generation: row.try_get("generation")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        revoked_at: row.try_get("revoked_at")?,
        previous_ends_at: row.try_get("previous_ends_at")?,
        used_at: row.try_get("used_at")?,
        used_from: row.try_get("used_from")?,
    })
}

const ROTATE: &str = "
update api_keys
set previous_secret_hash = secret_hash, previous_ends_at = $3, secret_hash = $2, generation = generation + 1
where id = $1";

/// Gives a key a new secret; the one before it ends at a moment, and the one before that now.
///
/// # Errors
/// When the database does not answer.
pub async fn rotate(
    client: &impl GenericClient,
    id: &str,
    secret_hash: [u8; 32],
    previous_ends_at: Timestamp,
) -> Result<(), DbError> {
    let hash: &[u8] = &secret_hash;
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&id, Type::TEXT), (&hash, Type::BYTEA), (&previous_ends_at, Type::TIMESTAMPTZ)];
    client.execute_typed(ROTATE, &params).await?;
    Ok(())
}

const REVOKE: &str = "update api_keys set revoked_at = $2 where id = $1 and revoked_at is null";

/// Ends a key for ever.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(client: &impl GenericClient, id: &str, now: Timestamp) -> Result<(), DbError> {
    client.execute_typed(REVOKE, &[(&id, Type::TEXT), (&now, Type::TIMESTAMPTZ)]).await?;
    Ok(())
}

const HAS_OTHER_ADMIN: &str = "
select exists (
  select
  from api_keys k
  where k.role = 'admin'
    and k.id <> $1
    and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > $2)
) as has_other";

/// Whether an admin's key beside this one lives.
///
/// # Errors
/// When the database does not answer.
pub async fn has_other_admin(client: &impl GenericClient, id: &str, now: Timestamp) -> Result<bool, DbError> {
    let rows = client.query_typed(HAS_OTHER_ADMIN, &[(&id, Type::TEXT), (&now, Type::TIMESTAMPTZ)]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("other admins have no row".into()))?;
    Ok(row.try_get("has_other")?)
}

/// Which of a key's secrets somebody showed, and when the key ends.
#[derive(Debug, Clone, Copy)]
pub struct ShownSecret {
    /// Counted from 1.
    pub generation: i64,
    /// When it ends; none for never.
    pub ends_at: Option<Timestamp>,
}

const SHOWN_SECRET: &str = "
select
  case when k.secret_hash = $2 then k.generation else k.generation - 1 end as generation,
  case when k.secret_hash = $2 then k.expires_at else least(k.expires_at, k.previous_ends_at) end as ends_at
from api_keys k
where k.id = $1 and $2 in (k.secret_hash, k.previous_secret_hash)";

/// Which of a key's secrets has this hash.
///
/// # Errors
/// When the database does not answer.
pub async fn shown_secret(
    client: &impl GenericClient,
    id: &str,
    secret_hash: [u8; 32],
) -> Result<Option<ShownSecret>, DbError> {
    let hash: &[u8] = &secret_hash;
    let rows = client.query_typed(SHOWN_SECRET, &[(&id, Type::TEXT), (&hash, Type::BYTEA)]).await?;
    rows.first()
        .map(|row| {
            Ok(ShownSecret { generation: row.try_get("generation")?, ends_at: row.try_get("ends_at")? })
        })
        .transpose()
}
