//! Saved views of the queue: a person's own, and those that are shared.

use super::error::DbError;
use crate::domain::ids::SavedViewId;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

/// Filters and an order of the queue under a name.
#[derive(Debug, Clone)]
pub struct SavedView {
    /// Which.
    pub id: SavedViewId,
    /// The key that made it.
    pub owner: String,
    /// What it is called, once for each owner.
    pub name: String,
    /// The query of `GET /api/v1/alerts`, without limit and cursor.
    pub query: String,
    /// Whether everybody sees it.
    pub is_shared: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

const INSERT: &str = "
insert into saved_views (id, owner, name, query, is_shared, created_at)
select $1, $2, $3, $4, $5, $6
where (select count(*) from saved_views v where v.owner = $2) < $7";

/// Writes a view, unless its owner has as many as there may be; whether it was written.
///
/// # Errors
/// [`DbError::UniqueViolation`] when the owner has one of this name.
pub async fn insert(client: &impl GenericClient, view: &SavedView, at_most: i64) -> Result<bool, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&view.id.0, Type::UUID),
        (&view.owner, Type::TEXT),
        (&view.name, Type::TEXT),
        (&view.query, Type::TEXT),
        (&view.is_shared, Type::BOOL),
        (&view.created_at, Type::TIMESTAMPTZ),
        (&at_most, Type::INT8),
    ];
    Ok(client.execute_typed(INSERT, &params).await? == 1)
}

const SEEN_BY: &str = "
select v.id, v.owner, v.name, v.query, v.is_shared, v.created_at
from saved_views v
where (v.owner = $1 or v.is_shared)
  and ($2::text is null or (v.name, v.id) > ($2, $3))
order by v.name, v.id
limit $4";

/// A page of the views that somebody sees, by name: their own, and those that are shared.
///
/// # Errors
/// When the database does not answer.
pub async fn seen_by(
    client: &impl GenericClient,
    key: &str,
    (after, limit): (Option<(String, SavedViewId)>, i64),
) -> Result<Vec<SavedView>, DbError> {
    let (name, id) = after.map_or((None, None), |(name, id)| (Some(name), Some(id.0)));
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&key, Type::TEXT), (&name, Type::TEXT), (&id, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(SEEN_BY, &params).await?;
    rows.iter().map(read).collect()
}

const FIND: &str = "
select v.id, v.owner, v.name, v.query, v.is_shared, v.created_at
from saved_views v
where v.id = $1";

/// Reads one view.
///
/// # Errors
/// When the database does not answer.
pub async fn find(client: &impl GenericClient, id: SavedViewId) -> Result<Option<SavedView>, DbError> {
    let rows = client.query_typed(FIND, &[(&id.0, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

const REMOVE: &str = "delete from saved_views where id = $1";

/// Removes a view.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(client: &impl GenericClient, id: SavedViewId) -> Result<(), DbError> {
    client.execute_typed(REMOVE, &[(&id.0, Type::UUID)]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<SavedView, DbError> {
    Ok(SavedView {
        id: SavedViewId(row.try_get("id")?),
        owner: row.try_get("owner")?,
        name: row.try_get("name")?,
        query: row.try_get("query")?,
        is_shared: row.try_get("is_shared")?,
        created_at: row.try_get("created_at")?,
    })
}
