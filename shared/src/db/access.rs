//! API keys and request counters.

use super::error::DbError;
use crate::domain::access::Credentials;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

/// The window that a request counts in.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The server's clock.
    pub now: Timestamp,
    /// When the window began.
    pub started_at: Timestamp,
    /// The limit of keys that have none of their own, and of addresses.
    pub default_requests: i64,
}

/// A key's row, and the count with this request.
#[derive(Debug, Clone)]
pub struct Counted {
    /// The key, if its id is known.
    pub key: Option<KeyRow>,
    /// Requests of the subject in this window, this one included; 0 when unlimited.
    pub n_requests: i64,
    /// How many the subject may make.
    pub limit: i64,
}

/// What a key's row says.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// The id.
    pub id: String,
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// The role's word.
    pub role: String,
    /// The sources it is bound to; none for all.
    pub sources: Option<Vec<String>>,
    /// Whether it is neither revoked nor expired.
    pub is_live: bool,
}

const COUNT_REQUEST: &str = "
with presented as (
  select k.id, k.secret_hash, k.role, k.sources, k.rate_limit_requests, k.is_unlimited,
    k.revoked_at is null and (k.expires_at is null or k.expires_at > $4) as is_live
  from api_keys k
  where k.id = $1
), subject as (
  select
    case when p.is_live and p.secret_hash = $2 then 'key:' || p.id else 'address:' || $3 end as subject,
    coalesce(p.is_live and p.secret_hash = $2 and p.is_unlimited, false) as is_unlimited,
    coalesce(case when p.is_live and p.secret_hash = $2 then p.rate_limit_requests end, $6) as n_allowed
  from (select 1) as one
  left join presented p on true
), counted as (
  insert into rate_counters as c (subject, window_started_at, n_requests)
  select s.subject, $5, 1
  from subject s
  where not s.is_unlimited
  on conflict (subject) do update
  set n_requests = case when c.window_started_at < excluded.window_started_at then 1 else c.n_requests + 1 end,
    window_started_at = greatest(c.window_started_at, excluded.window_started_at)
  returning n_requests
)
select p.id, p.secret_hash, p.role, p.sources, p.is_live, s.n_allowed,
  coalesce((select c.n_requests from counted c), 0) as n_requests
from subject s
left join presented p on true";

/// Reads the presented key and counts the request, in one statement outside any SQL transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn count_request(
    client: &impl GenericClient,
    presented: &Credentials,
    window: Window,
) -> Result<Counted, DbError> {
    let hash: &[u8] = &presented.secret_hash;
    let params: [(&(dyn ToSql + Sync), Type); 6] = [
        (&presented.key_id, Type::TEXT),
        (&hash, Type::BYTEA),
        (&presented.address, Type::TEXT),
        (&window.now, Type::TIMESTAMPTZ),
        (&window.started_at, Type::TIMESTAMPTZ),
        (&window.default_requests, Type::INT8),
    ];
    let rows = client.query_typed(COUNT_REQUEST, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a request was not counted".into()))?;
    Ok(Counted {
        key: key_row(row)?,
        n_requests: row.try_get("n_requests")?,
        limit: row.try_get("n_allowed")?,
    })
}

fn key_row(row: &Row) -> Result<Option<KeyRow>, DbError> {
    let Some(id) = row.try_get("id")? else {
        return Ok(None);
    };
    Ok(Some(KeyRow {
        id,
        secret_hash: row.try_get("secret_hash")?,
        role: row.try_get("role")?,
        sources: row.try_get("sources")?,
        is_live: row.try_get("is_live")?,
    }))
}

const HAS_ADMIN: &str =
    "select exists (select from api_keys k where k.role = 'admin' or k.id = $1) as has_admin";

/// Whether there is or was an admin's key, or a key with this id; one that was revoked counts.
///
/// # Errors
/// When the database does not answer.
pub async fn has_admin(client: &impl GenericClient, id: &str) -> Result<bool, DbError> {
    let rows = client.query_typed(HAS_ADMIN, &[(&id, Type::TEXT)]).await?;
    let row =
        rows.first().ok_or_else(|| DbError::Unreadable("whether there is an admin has no row".into()))?;
    Ok(row.try_get("has_admin")?)
}

/// A key to store; the secret itself is never stored.
#[derive(Debug, Clone)]
pub struct NewKey<'a> {
    /// The public id.
    pub id: &'a str,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// Who or what uses it.
    pub name: &'a str,
    /// The role's word.
    pub role: &'a str,
    /// The sources it is bound to; none for all.
    pub sources: Option<Vec<String>>,
    /// Whether it has no rate limit.
    pub is_unlimited: bool,
    /// The server's clock.
    pub created_at: Timestamp,
}

const STORE_KEY: &str = "
insert into api_keys (id, secret_hash, name, role, sources, is_unlimited, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do nothing";

/// Stores a key; one whose id is there already stays as it is.
///
/// # Errors
/// When the database does not answer.
pub async fn store_key(client: &impl GenericClient, key: &NewKey<'_>) -> Result<(), DbError> {
    let hash: &[u8] = &key.secret_hash;
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&key.id, Type::TEXT),
        (&hash, Type::BYTEA),
        (&key.name, Type::TEXT),
        (&key.role, Type::TEXT),
        (&key.sources, Type::TEXT_ARRAY),
        (&key.is_unlimited, Type::BOOL),
        (&key.created_at, Type::TIMESTAMPTZ),
    ];
    client.execute_typed(STORE_KEY, &params).await?;
    Ok(())
}
