//! Counterparty profiles: a row a shard. Readers merge all shards without a lock, writers take any free one.

use super::error::DbError;
use super::ingest_keys::{Claims, won_claims};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

/// One shard of a counterparty's profile.
#[derive(Debug, Clone)]
pub struct Shard {
    /// Whose.
    pub counterparty: String,
    /// Which of its rows.
    pub shard: i64,
    /// The encoded profile.
    pub profile: Vec<u8>,
}

impl Shard {
    fn read(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            counterparty: row.try_get("counterparty_id")?,
            shard: row.try_get("shard")?,
            profile: row.try_get("profile")?,
        })
    }
}

const LOCK_FREE: &str = won_claims!(
    "select c.counterparty_id, s.shard, s.profile
from (select distinct w.counterparty_id from won w order by w.counterparty_id) as c
cross join lateral (
  select p.shard, p.profile
  from counterparty_profiles p
  where p.counterparty_id = c.counterparty_id
  order by p.shard
  limit 1
  for update skip locked
) as s"
);

/// Locks one free shard of each counterparty of the claims that were won; none where all are taken.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_free(client: &impl GenericClient, claims: &Claims<'_>) -> Result<Vec<Shard>, DbError> {
    let rows = client.query_typed(LOCK_FREE, &claims.params()).await?;
    rows.iter().map(Shard::read).collect()
}

const READ_ALL: &str = won_claims!(
    "select p.counterparty_id, p.shard, p.profile
from counterparty_profiles p
where p.counterparty_id = any (array(select w.counterparty_id from won w))
order by p.counterparty_id, p.shard"
);

/// Reads all shards of the counterparties of the claims that were won, without a lock.
///
/// # Errors
/// When the database does not answer.
pub async fn read_all(client: &impl GenericClient, claims: &Claims<'_>) -> Result<Vec<Shard>, DbError> {
    let rows = client.query_typed(READ_ALL, &claims.params()).await?;
    rows.iter().map(Shard::read).collect()
}

const LOCK_NAMED: &str = "
select p.counterparty_id, p.shard, p.profile
from counterparty_profiles p
where p.counterparty_id = any ($1)
order by p.counterparty_id, p.shard
for update";

/// Locks and reads every shard of these counterparties, in order.
///
/// # Errors
/// When the database does not answer or a lock is not to be had in time.
pub async fn lock_named(client: &impl GenericClient, counterparties: &[&str]) -> Result<Vec<Shard>, DbError> {
    let rows = client.query_typed(LOCK_NAMED, &[(&counterparties, Type::TEXT_ARRAY)]).await?;
    rows.iter().map(Shard::read).collect()
}

const LOCK_FIRST: &str = "
select c.counterparty_id, s.shard, s.profile
from unnest($1::text[]) as c (counterparty_id)
cross join lateral (
  select p.shard, p.profile
  from counterparty_profiles p
  where p.counterparty_id = c.counterparty_id
  order by p.shard
  limit 1
  for update
) as s";

/// Locks and reads the first shard of each of these counterparties, which come sorted.
///
/// # Errors
/// When the database does not answer or a lock is not to be had in time.
pub async fn lock_first(client: &impl GenericClient, counterparties: &[&str]) -> Result<Vec<Shard>, DbError> {
    let rows = client.query_typed(LOCK_FIRST, &[(&counterparties, Type::TEXT_ARRAY)]).await?;
    rows.iter().map(Shard::read).collect()
}

const STORE: &str = "
insert into counterparty_profiles as p (counterparty_id, shard, profile)
select u.counterparty_id, u.shard, u.profile
from unnest($1::text[], $2::int8[], $3::bytea[]) as u (counterparty_id, shard, profile)
order by u.counterparty_id, u.shard
on conflict (counterparty_id, shard) do update set profile = excluded.profile";

/// Writes shards that the SQL transaction has locked or makes.
///
/// # Errors
/// When the database does not answer.
pub async fn store(client: &impl GenericClient, shards: &[Shard]) -> Result<(), DbError> {
    let counterparties: Vec<&str> = shards.iter().map(|shard| shard.counterparty.as_str()).collect();
    let numbers: Vec<i64> = shards.iter().map(|shard| shard.shard).collect();
    let profiles: Vec<&[u8]> = shards.iter().map(|shard| shard.profile.as_slice()).collect();
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&counterparties, Type::TEXT_ARRAY), (&numbers, Type::INT8_ARRAY), (&profiles, Type::BYTEA_ARRAY)];
    client.execute_typed(STORE, &params).await?;
    Ok(())
}

const SPLIT: &str = "
select p.counterparty_id
from counterparty_profiles p
group by p.counterparty_id
having count(*) > 1
order by p.counterparty_id
limit $1";

/// Counterparties with more than one shard, at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn split(client: &impl GenericClient, limit: i64) -> Result<Vec<String>, DbError> {
    let rows = client.query_typed(SPLIT, &[(&limit, Type::INT8)]).await?;
    rows.iter().map(|row| Ok(row.try_get("counterparty_id")?)).collect()
}

const REMOVE: &str = "delete from counterparty_profiles where counterparty_id = $1 and shard = any ($2)";

/// Removes these shards of a counterparty, which the SQL transaction has locked; one made since stays.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(client: &impl GenericClient, counterparty: &str, shards: &[i64]) -> Result<u64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&counterparty, Type::TEXT), (&shards, Type::INT8_ARRAY)];
    Ok(client.execute_typed(REMOVE, &params).await?)
}

const REMOVE_OTHERS: &str = "delete from counterparty_profiles where counterparty_id = $1 and shard <> $2";

/// Removes all shards of a counterparty but one, even those that nobody has locked: for when nothing is ingested.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_others(client: &impl GenericClient, kept: &Shard) -> Result<u64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] =
        [(&kept.counterparty, Type::TEXT), (&kept.shard, Type::INT8)];
    Ok(client.execute_typed(REMOVE_OTHERS, &params).await?)
}
