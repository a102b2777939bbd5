//! Allow, deny and watch lists. An entry is made once and removed once; both stay as history.

use super::error::DbError;
use super::ingest_keys::Claims;
use crate::domain::Invalid;
use crate::domain::ids::ListEntryId;
use crate::domain::lists::{ListEntry, ListKind, ListSubject};
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// An entry with who made it and when it is in force.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    /// What it asks for.
    pub entry: ListEntry,
    /// What it names.
    pub value: String,
    /// The key that made it.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none for never.
    pub expires_at: Option<Timestamp>,
    /// When somebody removed it.
    pub removed_at: Option<Timestamp>,
    /// The key that did.
    pub removed_by: Option<String>,
}

const OF_PARTIES: &str = "
select l.id, l.kind, l.subject, l.value, l.reason
from unnest($1::text[], $2::text[]) as t (subject, value)
cross join lateral (
  select l.id, l.kind, l.subject, l.value, l.reason
  from list_entries l
  where l.subject = t.subject
    and l.value = t.value
    and l.removed_at is null
    and (l.expires_at is null or l.expires_at > $3)
  offset 0
) as l
order by l.id";

/// The entries in force that name a party of these transactions, each with what it names.
///
/// # Errors
/// When the database does not answer.
pub async fn of_parties(
    client: &impl GenericClient,
    claims: &Claims<'_>,
    now: Timestamp,
) -> Result<Vec<(String, ListEntry)>, DbError> {
    let (subjects, values) = claims.parties();
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&subjects, Type::TEXT_ARRAY), (&values, Type::TEXT_ARRAY), (&now, Type::TIMESTAMPTZ)];
    let rows = client.query_typed(OF_PARTIES, &params).await?;
    rows.iter().map(|row| Ok((row.try_get("value")?, read_entry(row)?))).collect()
}

const INSERT: &str = "
insert into list_entries (id, kind, subject, value, reason, owner, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Writes an entry.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, stored: &StoredEntry) -> Result<(), DbError> {
    let (kind, subject) = (stored.entry.kind.as_str(), stored.entry.subject.as_str());
    let params: [(&(dyn ToSql + Sync), Type); 8] = [
        (&stored.entry.id.0, Type::UUID),
        (&kind, Type::TEXT),
        (&subject, Type::TEXT),
        (&stored.value, Type::TEXT),
        (&stored.entry.reason, Type::TEXT),
        (&stored.owner, Type::TEXT),
        (&stored.created_at, Type::TIMESTAMPTZ),
        (&stored.expires_at, Type::TIMESTAMPTZ),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

/// The columns that [`read`] wants.
macro_rules! entry_columns {
    () => {
        "l.id, l.kind, l.subject, l.value, l.reason, l.owner, l.created_at, l.expires_at, l.removed_at, l.removed_by"
    };
}

const FIND: &str = concat!("select ", entry_columns!(), "\nfrom list_entries l\nwhere l.id = $1");

/// Reads one entry. Who changes entries holds the lock of the chain `configuration`, which orders them.
///
/// # Errors
/// When the database does not answer.
pub async fn find(client: &impl GenericClient, id: ListEntryId) -> Result<Option<StoredEntry>, DbError> {
    let rows = client.query_typed(FIND, &[(&id.0, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

const FIND_SAME: &str = concat!(
    "select ",
    entry_columns!(),
    "
from list_entries l
where l.subject = $2
  and l.value = $3
  and l.removed_at is null
  and (l.expires_at is null or l.expires_at > $4)
  and l.kind = $1
limit 1"
);

/// The entry in force that asks for the same of the same.
///
/// # Errors
/// When the database does not answer.
pub async fn find_same(
    client: &impl GenericClient,
    (kind, subject, value): (ListKind, ListSubject, &str),
    now: Timestamp,
) -> Result<Option<StoredEntry>, DbError> {
    let (kind, subject) = (kind.as_str(), subject.as_str());
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&kind, Type::TEXT), (&subject, Type::TEXT), (&value, Type::TEXT), (&now, Type::TIMESTAMPTZ)];
    let rows = client.query_typed(FIND_SAME, &params).await?;
    rows.first().map(read).transpose()
}

const REMOVE: &str =
    "update list_entries set removed_at = $2, removed_by = $3 where id = $1 and removed_at is null";

/// Removes an entry: it has no effect any more, and stays.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(
    client: &impl GenericClient,
    id: ListEntryId,
    (by, at): (&str, Timestamp),
) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&id.0, Type::UUID), (&at, Type::TIMESTAMPTZ), (&by, Type::TEXT)];
    client.execute_typed(REMOVE, &params).await?;
    Ok(())
}

/// Which entries are listed.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// What they ask for.
    pub kind: Option<ListKind>,
    /// What they are about.
    pub subject: Option<ListSubject>,
    /// What they name.
    pub value: Option<String>,
    /// Whether they are in force.
    pub is_active: Option<bool>,
}

const PAGE: &str = concat!(
    "select ",
    entry_columns!(),
    "
from list_entries l
where ($1::text is null or l.kind = $1)
  and ($2::text is null or l.subject = $2)
  and ($3::text is null or l.value = $3)
  and ($4::bool is null or (l.removed_at is null and (l.expires_at is null or l.expires_at > $5)) = $4)
  and ($6::uuid is null or l.id < $6)
order by l.id desc
limit $7"
);

/// A page of entries, newest made first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    filter: &EntryFilter,
    now: Timestamp,
    (after, limit): (Option<Uuid>, i64),
) -> Result<Vec<StoredEntry>, DbError> {
    let (kind, subject) = (filter.kind.map(ListKind::as_str), filter.subject.map(ListSubject::as_str));
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&kind, Type::TEXT),
        (&subject, Type::TEXT),
        (&filter.value, Type::TEXT),
        (&filter.is_active, Type::BOOL),
        (&now, Type::TIMESTAMPTZ),
        (&after, Type::UUID),
        (&limit, Type::INT8),
    ];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<StoredEntry, DbError> {
    Ok(StoredEntry {
        entry: read_entry(row)?,
        value: row.try_get("value")?,
        owner: row.try_get("owner")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        removed_at: row.try_get("removed_at")?,
        removed_by: row.try_get("removed_by")?,
    })
}

fn read_entry(row: &Row) -> Result<ListEntry, DbError> {
    let unreadable = |error: Invalid| DbError::Unreadable(format!("a list entry's word {error}"));
    Ok(ListEntry {
        id: ListEntryId(row.try_get("id")?),
        kind: ListKind::parse(row.try_get("kind")?).map_err(unreadable)?,
        subject: ListSubject::parse(row.try_get("subject")?).map_err(unreadable)?,
        reason: row.try_get("reason")?,
    })
}
