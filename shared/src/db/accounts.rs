//! Account profiles: one narrow row an account, updated in place.

use super::error::DbError;
use super::ingest_keys::{Claims, won_claims};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

const ENSURE: &str = won_claims!(
    "insert into account_profiles (account_id, profile)
select distinct w.account_id, ''::bytea
from won w
order by w.account_id
on conflict (account_id) do nothing"
);

/// Makes the rows that are missing, empty, for the accounts of the claims that were won.
///
/// # Errors
/// When the database does not answer or a lock is not to be had in time.
pub async fn ensure(client: &impl GenericClient, claims: &Claims<'_>) -> Result<(), DbError> {
    client.execute_typed(ENSURE, &claims.params()).await?;
    Ok(())
}

const LOCK: &str = won_claims!(
    "select p.account_id, p.profile
from account_profiles p
where p.account_id = any (array(select w.account_id from won w))
order by p.account_id
for update of p"
);

/// Locks and reads the accounts of the claims that were won, in the order of their ids.
///
/// # Errors
/// When the database does not answer or a lock is not to be had in time.
pub async fn lock(
    client: &impl GenericClient,
    claims: &Claims<'_>,
) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    let rows = client.query_typed(LOCK, &claims.params()).await?;
    rows.iter().map(named_profile).collect()
}

const LOCK_NAMED: &str = "
select p.account_id, p.profile
from account_profiles p
where p.account_id = any ($1)
order by p.account_id
for update";

/// Locks and reads accounts by their ids, in their order.
///
/// # Errors
/// When the database does not answer or a lock is not to be had in time.
pub async fn lock_named(
    client: &impl GenericClient,
    accounts: &[&str],
) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    let rows = client.query_typed(LOCK_NAMED, &[(&accounts, Type::TEXT_ARRAY)]).await?;
    rows.iter().map(named_profile).collect()
}

fn named_profile(row: &Row) -> Result<(String, Vec<u8>), DbError> {
    Ok((row.try_get("account_id")?, row.try_get("profile")?))
}

const STORE: &str = "
insert into account_profiles as p (account_id, profile)
select u.account_id, u.profile
from unnest($1::text[], $2::bytea[]) as u (account_id, profile)
order by u.account_id
on conflict (account_id) do update set profile = excluded.profile";

/// Writes profiles that the SQL transaction has locked.
///
/// # Errors
/// When the database does not answer.
pub async fn store(client: &impl GenericClient, profiles: &[(&str, Vec<u8>)]) -> Result<(), DbError> {
    let accounts: Vec<&str> = profiles.iter().map(|(account, _)| *account).collect();
    let bytes: Vec<&[u8]> = profiles.iter().map(|(_, profile)| profile.as_slice()).collect();
    let params: [(&(dyn ToSql + Sync), Type); 2] =
        [(&accounts, Type::TEXT_ARRAY), (&bytes, Type::BYTEA_ARRAY)];
    client.execute_typed(STORE, &params).await?;
    Ok(())
}
