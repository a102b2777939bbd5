//! Snoozes of accounts. A snooze is made once and ends once, by itself or by somebody; it stays as history.

use super::error::DbError;
use super::ingest_keys::{Claims, won_claims};
use crate::domain::ids::SnoozeId;
use crate::domain::severity::Severity;
use crate::domain::snooze::Snooze;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// A snooze with who made it and when it is in force.
#[derive(Debug, Clone)]
pub struct StoredSnooze {
    /// What it holds back.
    pub snooze: Snooze,
    /// Whose alerts.
    pub account: String,
    /// The key that made it.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// When somebody ended it.
    pub ended_at: Option<Timestamp>,
    /// The key that did.
    pub ended_by: Option<String>,
}

const OF_ACCOUNTS: &str = won_claims!(
    "select s.id, s.account_id, s.reason_code, s.severity, s.reason
from snoozes s
where s.account_id = any (array(select w.account_id from won w))
  and s.ended_at is null
  and s.until > $6
order by s.id"
);

/// The snoozes in force of the accounts of the claims that were won, each with its account.
///
/// # Errors
/// When the database does not answer.
pub async fn of_accounts(
    client: &impl GenericClient,
    claims: &Claims<'_>,
    now: Timestamp,
) -> Result<Vec<(String, Snooze)>, DbError> {
    let mut params = claims.params().to_vec();
    params.push((&now, Type::TIMESTAMPTZ));
    let rows = client.query_typed(OF_ACCOUNTS, &params).await?;
    rows.iter().map(|row| Ok((row.try_get("account_id")?, read_snooze(row)?))).collect()
}

const INSERT: &str = "
insert into snoozes (id, account_id, reason_code, severity, reason, owner, created_at, until)
values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Writes a snooze.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, stored: &StoredSnooze) -> Result<(), DbError> {
    let severity = stored.snooze.severity.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 8] = [
        (&stored.snooze.id.0, Type::UUID),
        (&stored.account, Type::TEXT),
        (&stored.snooze.reason_code, Type::TEXT),
        (&severity, Type::TEXT),
        (&stored.snooze.reason, Type::TEXT),
        (&stored.owner, Type::TEXT),
        (&stored.created_at, Type::TIMESTAMPTZ),
        (&stored.until, Type::TIMESTAMPTZ),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const SEVERITY_OF_NEWEST: &str = "
select a.severity
from alerts a
where a.account_id = $1 and a.kind = 'transaction'
order by a.id desc
limit 1";

/// The severity of an account's newest alert; none where it never had one.
///
/// # Errors
/// When the database does not answer.
pub async fn severity_of_newest_alert(
    client: &impl GenericClient,
    account: &str,
) -> Result<Option<Severity>, DbError> {
    let rows = client.query_typed(SEVERITY_OF_NEWEST, &[(&account, Type::TEXT)]).await?;
    rows.first().map(severity).transpose()
}

/// The columns that [`read`] wants.
macro_rules! snooze_columns {
    () => {
        "s.id, s.account_id, s.reason_code, s.severity, s.reason, s.owner, s.created_at, s.until, s.ended_at, s.ended_by"
    };
}

const FIND: &str = concat!("select ", snooze_columns!(), "\nfrom snoozes s\nwhere s.id = $1");

/// Reads one snooze. Who changes snoozes holds the lock of the chain `configuration`, which orders them.
///
/// # Errors
/// When the database does not answer.
pub async fn find(client: &impl GenericClient, id: SnoozeId) -> Result<Option<StoredSnooze>, DbError> {
    let rows = client.query_typed(FIND, &[(&id.0, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

const END: &str = "update snoozes set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null";

/// Ends a snooze before its time.
///
/// # Errors
/// When the database does not answer.
pub async fn end(
    client: &impl GenericClient,
    id: SnoozeId,
    (by, at): (&str, Timestamp),
) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&id.0, Type::UUID), (&at, Type::TIMESTAMPTZ), (&by, Type::TEXT)];
    client.execute_typed(END, &params).await?;
    Ok(())
}

/// Which snoozes are listed.
#[derive(Debug, Clone, Default)]
pub struct SnoozeFilter {
    /// Whose.
    pub account: Option<String>,
    /// Whether they are in force.
    pub is_active: Option<bool>,
}

const PAGE: &str = concat!(
    "select ",
    snooze_columns!(),
    "
from snoozes s
where ($1::text is null or s.account_id = $1)
  and ($2::bool is null or (s.ended_at is null and s.until > $3) = $2)
  and ($4::uuid is null or s.id < $4)
order by s.id desc
limit $5"
);

/// A page of snoozes, newest made first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    filter: &SnoozeFilter,
    now: Timestamp,
    (after, limit): (Option<Uuid>, i64),
) -> Result<Vec<StoredSnooze>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 5] = [
        (&filter.account, Type::TEXT),
        (&filter.is_active, Type::BOOL),
        (&now, Type::TIMESTAMPTZ),
        (&after, Type::UUID),
        (&limit, Type::INT8),
    ];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<StoredSnooze, DbError> {
    Ok(StoredSnooze {
        snooze: read_snooze(row)?,
        account: row.try_get("account_id")?,
        owner: row.try_get("owner")?,
        created_at: row.try_get("created_at")?,
        until: row.try_get("until")?,
        ended_at: row.try_get("ended_at")?,
        ended_by: row.try_get("ended_by")?,
    })
}

fn read_snooze(row: &Row) -> Result<Snooze, DbError> {
    Ok(Snooze {
        id: SnoozeId(row.try_get("id")?),
        reason_code: row.try_get("reason_code")?,
        severity: severity(row)?,
        reason: row.try_get("reason")?,
    })
}

fn severity(row: &Row) -> Result<Severity, DbError> {
    Severity::parse(row.try_get("severity")?)
        .map_err(|error| DbError::Unreadable(format!("a severity {error}")))
}
