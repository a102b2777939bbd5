//! Idempotency keys: taken with a change, and the answers kept for them.

use super::error::DbError;
use crate::domain::idempotency::IdempotencyClaim;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

const CLAIM: &str = "
insert into idempotency_keys (scope, idempotency_key, fingerprint, permission, created_at)
values ($1, $2, $3, $4, $5)
on conflict (scope, idempotency_key) do nothing";

/// Takes a key inside the SQL transaction of the change it is for, or notes without a permission that a request came with
/// it; false when it was used before. Waits for another that is taking it at this moment.
///
/// # Errors
/// When the database does not answer, or the other does not end in time.
pub async fn claim(
    client: &impl GenericClient,
    claim: &IdempotencyClaim,
    (permission, now): (Option<&str>, Timestamp),
) -> Result<bool, DbError> {
    let (scope, fingerprint): (&[u8], &[u8]) = (&claim.scope, &claim.fingerprint);
    let params: [(&(dyn ToSql + Sync), Type); 5] = [
        (&scope, Type::BYTEA),
        (&claim.key.as_str(), Type::TEXT),
        (&fingerprint, Type::BYTEA),
        (&permission, Type::TEXT),
        (&now, Type::TIMESTAMPTZ),
    ];
    Ok(client.execute_typed(CLAIM, &params).await? == 1)
}

/// What a key stood for before.
#[derive(Debug, Clone)]
pub struct FirstUse {
    /// SHA-256 of the request it came with.
    pub fingerprint: Vec<u8>,
    /// What that was admitted to, where a change was made with it.
    pub permission: Option<String>,
    /// When it was used first.
    pub at: Timestamp,
    /// The answer, where it was kept.
    pub answer: Option<KeptAnswer>,
}

/// An answer that is given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: i16,
    /// The entity tag, where it had one.
    pub etag: Option<String>,
    /// The body, JSON; empty where it must not be kept.
    pub body: Vec<u8>,
}

const FIND: &str = "
select fingerprint, permission, created_at, status, etag, answer
from idempotency_keys
where scope = $1 and idempotency_key = $2";

/// Reads what a key stood for.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    client: &impl GenericClient,
    claim: &IdempotencyClaim,
) -> Result<Option<FirstUse>, DbError> {
    let scope: &[u8] = &claim.scope;
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&scope, Type::BYTEA), (&claim.key.as_str(), Type::TEXT)];
    let rows = client.query_typed(FIND, &params).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let answer: Option<Vec<u8>> = row.try_get("answer")?;
    let status: Option<i16> = row.try_get("status")?;
    let etag = row.try_get("etag")?;
    Ok(Some(FirstUse {
        fingerprint: row.try_get("fingerprint")?,
        permission: row.try_get("permission")?,
        at: row.try_get("created_at")?,
        answer: status.zip(answer).map(|(status, body)| KeptAnswer { status, etag, body }),
    }))
}

const KEEP: &str = "
update idempotency_keys
set status = $4, etag = $5, answer = $6
where scope = $1 and idempotency_key = $2 and fingerprint = $3 and permission is not null and answer is null";

/// Keeps the answer of the change that a key was taken with; of a key that was not taken, nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(
    client: &impl GenericClient,
    claim: &IdempotencyClaim,
    answer: &KeptAnswer,
) -> Result<(), DbError> {
    let (scope, fingerprint): (&[u8], &[u8]) = (&claim.scope, &claim.fingerprint);
    let params: [(&(dyn ToSql + Sync), Type); 6] = [
        (&scope, Type::BYTEA),
        (&claim.key.as_str(), Type::TEXT),
        (&fingerprint, Type::BYTEA),
        (&answer.status, Type::INT2),
        (&answer.etag, Type::TEXT),
        (&answer.body, Type::BYTEA),
    ];
    client.execute_typed(KEEP, &params).await?;
    Ok(())
}

const REMOVE_OLD: &str = "
with old as (
  select k.scope, k.idempotency_key
  from idempotency_keys k
  where k.created_at < $1
  order by k.created_at
  limit $2
)
delete from idempotency_keys k
using old o
where k.scope = o.scope and k.idempotency_key = o.idempotency_key";

/// Removes keys that were used before a moment, at most so many; how many it removed.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_old(client: &impl GenericClient, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&before, Type::TIMESTAMPTZ), (&limit, Type::INT8)];
    Ok(client.execute_typed(REMOVE_OLD, &params).await?)
}
