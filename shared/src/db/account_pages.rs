//! Pages of accounts: by id, and by newest activity. Reads only, and locks nothing.

use super::error::DbError;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// Transactions that are looked at for the accounts of newest activity. A profile has no index by time, since its row is
/// updated with every transaction.
const RECENT_TRANSACTIONS: i64 = 10_000;

/// An account as a listing reads it.
#[derive(Debug, Clone)]
pub struct ListedAccount {
    /// Its id.
    pub id: String,
    /// Its profile's bytes.
    pub profile: Vec<u8>,
    /// Its newest transaction; only by newest activity.
    pub newest_transaction: Option<Uuid>,
}

// By bytes, whatever the collation: so a beginning is a range of the index.
const BY_ID: &str = "
select p.account_id, p.profile, null::uuid as newest
from account_profiles p
where ($1::text is null or (p.account_id ~>=~ $1 and p.account_id ~<~ $2))
  and ($3::text is null or p.account_id ~>~ $3)
order by p.account_id using ~<~
limit $4";

/// A page of the accounts that begin with a text, in the order of their ids.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(
    client: &impl GenericClient,
    beginning: Option<&str>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<ListedAccount>, DbError> {
    let end = beginning.map(|beginning| format!("{beginning}{}", char::MAX));
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&beginning, Type::TEXT), (&end, Type::TEXT), (&after, Type::TEXT), (&limit, Type::INT8)];
    let rows = client.query_typed(BY_ID, &params).await?;
    rows.iter().map(read).collect()
}

const BY_ACTIVITY: &str = "
select n.account_id, p.profile, n.newest
from (
  select r.account_id, r.newest
  from (
    select t.account_id, (array_agg(t.id order by t.id desc))[1] as newest
    from (
      select id, account_id from transactions where $1::uuid is null or id <= $1 order by id desc limit $4
    ) as t
    group by t.account_id
  ) as r
  where $2::uuid is null or r.newest < $2
  order by r.newest desc
  limit $3
) as n
join account_profiles p on p.account_id = n.account_id
order by n.newest desc";

/// Where a page by activity begins: the newest transaction of the first page, and that of the last account seen.
#[derive(Debug, Clone, Copy)]
pub struct AfterActivity {
    /// The newest of the first page; what came later is not on the pages after it.
    pub first: Uuid,
    /// The last account's newest.
    pub last: Uuid,
}

/// A page of the accounts of the newest 10,000 transactions, newest activity first.
///
/// # Errors
/// When the database does not answer.
pub async fn by_activity(
    client: &impl GenericClient,
    after: Option<AfterActivity>,
    limit: i64,
) -> Result<Vec<ListedAccount>, DbError> {
    let (first, last) = (after.map(|after| after.first), after.map(|after| after.last));
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&first, Type::UUID), (&last, Type::UUID), (&limit, Type::INT8), (&RECENT_TRANSACTIONS, Type::INT8)];
    let rows = client.query_typed(BY_ACTIVITY, &params).await?;
    rows.iter().map(read).collect()
}

const FIND: &str = "
select p.account_id, p.profile, null::uuid as newest
from account_profiles p
where p.account_id = $1";

/// One account.
///
/// # Errors
/// When the database does not answer.
pub async fn find(client: &impl GenericClient, id: &str) -> Result<Option<ListedAccount>, DbError> {
    let rows = client.query_typed(FIND, &[(&id, Type::TEXT)]).await?;
    rows.first().map(read).transpose()
}

fn read(row: &Row) -> Result<ListedAccount, DbError> {
    Ok(ListedAccount {
        id: row.try_get("account_id")?,
        profile: row.try_get("profile")?,
        newest_transaction: row.try_get("newest")?,
    })
}

/// How many of an account's newest 1,000 alerts stand how, or ended how.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// A disposition, or the status of an alert without one.
    pub word: String,
    /// How many.
    pub n: i64,
}

const OUTCOMES: &str = "
select coalesce(a.disposition, a.status) as word, count(*) as n
from (select disposition, status from alerts where account_id = $1 order by id desc limit 1000) as a
group by 1
order by 1";

/// How the newest 1,000 alerts of an account ended, or where they stand.
///
/// # Errors
/// When the database does not answer.
pub async fn outcomes(client: &impl GenericClient, account: &str) -> Result<Vec<Outcome>, DbError> {
    let rows = client.query_typed(OUTCOMES, &[(&account, Type::TEXT)]).await?;
    rows.iter().map(|row| Ok(Outcome { word: row.try_get("word")?, n: row.try_get("n")? })).collect()
}
