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
    /// Whether the key was counted, and not the address.
    pub is_of_key: bool,
    /// Requests of the subject in this window, this one included; 0 when unlimited.
    pub n_requests: i64,
    /// How many the subject may make; none when unlimited.
    pub limit: Option<i64>,
}

/// What a key's row says.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// The id.
    pub id: String,
    /// SHA-256 of the newest secret, and of the one before while that lives.
    pub secret_hashes: Vec<Vec<u8>>,
    /// The role's word.
    pub role: String,
    /// The sources it is bound to; none for all.
    pub sources: Option<Vec<String>>,
    /// Whether it is neither revoked nor expired.
    pub is_live: bool,
    /// Whether what was shown with it belongs to it: a secret that lives, or a session of one.
    pub is_proven: bool,
}

/// Whether what was shown proves a key `k`: the hash of a secret that lives, or else a session's generation, whose
/// signature was checked before, unless the session was ended.
macro_rules! is_proven {
    ($hash:literal, $now:literal, $generation:literal, $session:literal) => {
        concat!(
            "case when ",
            $generation,
            "::int8 is null
      then k.secret_hash = ",
            $hash,
            " or (k.previous_secret_hash = ",
            $hash,
            " and k.previous_ends_at > ",
            $now,
            ")
      else (k.generation = ",
            $generation,
            " or (k.generation = ",
            $generation,
            " + 1 and k.previous_ends_at > ",
            $now,
            "))
        and not exists (select from revoked_sessions r where r.id = ",
            $session,
            ")
    end"
        )
    };
}
pub(super) use is_proven;

/// A use is noted once an hour: every other request writes nothing but its count.
const COUNT_REQUEST: &str = concat!(
    "
with presented as (
  select k.id, k.role, k.sources, k.rate_limit_requests, k.is_unlimited,
    array_remove(
      array[k.secret_hash, case when k.previous_ends_at > $4 then k.previous_secret_hash end], null
    ) as secret_hashes,
    k.revoked_at is null and (k.expires_at is null or k.expires_at > $4) as is_live,
    coalesce(",
    is_proven!("$2", "$4", "$7", "$8"),
    ", false) as is_proven
  from api_keys k
  where k.id = $1
), admitted as (
  select p.id, p.is_unlimited, p.rate_limit_requests
  from presented p
  where p.is_live and p.is_proven
), subject as (
  select coalesce('key:' || a.id, 'address:' || $3) as subject, a.id is not null as is_of_key,
    case when a.is_unlimited then null else coalesce(a.rate_limit_requests, $6) end as n_allowed
  from (select 1) as one
  left join admitted a on true
), counted as (
  insert into rate_counters as c (subject, window_started_at, n_requests)
  select s.subject, $5, 1
  from subject s
  where s.n_allowed is not null
  on conflict (subject) do update
  set n_requests = case when c.window_started_at < excluded.window_started_at then 1 else c.n_requests + 1 end,
    window_started_at = greatest(c.window_started_at, excluded.window_started_at)
  returning n_requests
), noted as (
  insert into key_uses as u (key_id, used_at, address)
  select a.id, $4, $3
  from admitted a
  where not exists (select from key_uses n where n.key_id = a.id and n.used_at > $4 - interval '1 hour')
  on conflict (key_id) do update
  set used_at = excluded.used_at, address = excluded.address
  where u.used_at < excluded.used_at
)
select p.id, p.secret_hashes, p.role, p.sources, p.is_live, p.is_proven, s.is_of_key, s.n_allowed,
  coalesce((select c.n_requests from counted c), 0) as n_requests
from subject s
left join presented p on true"
);

/// Reads the presented key, counts the request and notes the key's use, in one statement outside any SQL transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn count_request(
    client: &impl GenericClient,
    presented: &Credentials,
    window: Window,
) -> Result<Counted, DbError> {
    let hash: &[u8] = &presented.secret_hash();
    let session = presented.session();
    let (generation, session_id) = (session.map(|session| session.generation), session.map(|it| it.id.0));
    let params: [(&(dyn ToSql + Sync), Type); 8] = [
        (&presented.key_id, Type::TEXT),
        (&hash, Type::BYTEA),
        (&presented.address, Type::TEXT),
        (&window.now, Type::TIMESTAMPTZ),
        (&window.started_at, Type::TIMESTAMPTZ),
        (&window.default_requests, Type::INT8),
        (&generation, Type::INT8),
        (&session_id, Type::UUID),
    ];
    let rows = client.query_typed(COUNT_REQUEST, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a request was not counted".into()))?;
    Ok(Counted {
        key: key_row(row)?,
        is_of_key: row.try_get("is_of_key")?,
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
        secret_hashes: row.try_get("secret_hashes")?,
        role: row.try_get("role")?,
        sources: row.try_get("sources")?,
        is_live: row.try_get("is_live")?,
        is_proven: row.try_get("is_proven")?,
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
    /// Its own rate limit; none for the default.
    pub rate_limit_requests: Option<i64>,
    /// Whether it has no rate limit.
    pub is_unlimited: bool,
    /// The server's clock.
    pub created_at: Timestamp,
    /// When it ends; none for never.
    pub expires_at: Option<Timestamp>,
}

const STORE_KEY: &str = "
insert into api_keys (id, secret_hash, name, role, sources, is_unlimited, created_at, rate_limit_requests, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (id) do nothing";

/// Stores a key; one whose id is there already stays as it is.
///
/// # Errors
/// When the database does not answer.
pub async fn store_key(client: &impl GenericClient, key: &NewKey<'_>) -> Result<(), DbError> {
    let hash: &[u8] = &key.secret_hash;
    let params: [(&(dyn ToSql + Sync), Type); 9] = [
        (&key.id, Type::TEXT),
        (&hash, Type::BYTEA),
        (&key.name, Type::TEXT),
        (&key.role, Type::TEXT),
        (&key.sources, Type::TEXT_ARRAY),
        (&key.is_unlimited, Type::BOOL),
        (&key.created_at, Type::TIMESTAMPTZ),
        (&key.rate_limit_requests, Type::INT8),
        (&key.expires_at, Type::TIMESTAMPTZ),
    ];
    client.execute_typed(STORE_KEY, &params).await?;
    Ok(())
}
