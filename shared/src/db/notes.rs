//! Notes, append-only: the newest version of each, and the past of one.

use super::error::DbError;
use crate::domain::ids::{AlertId, NoteId};
use crate::domain::note::Note;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

const INSERT: &str = "
insert into notes (id, version, alert_id, author, text, written_at, hash)
values ($1, $2, $3, $4, $5, $6, $7)";

/// Writes one version; the SQL transaction holds the alert's lock.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, note: &Note) -> Result<(), DbError> {
    let hash = note.hash();
    let hash: &[u8] = &hash;
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&note.id.0, Type::UUID),
        (&note.version, Type::INT8),
        (&note.alert.0, Type::UUID),
        (&note.author, Type::TEXT),
        (&note.text, Type::TEXT),
        (&note.written_at, Type::TIMESTAMPTZ),
        (&hash, Type::BYTEA),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const VERSIONS: &str = "
select id, version, alert_id, author, text, written_at
from notes
where id = $1 and alert_id = $2
order by version desc
limit $3";

/// The versions of one note of an alert, newest first, at most `limit`; none when there is no such note.
///
/// # Errors
/// When the database does not answer.
pub async fn versions(
    client: &impl GenericClient,
    alert: AlertId,
    id: NoteId,
    limit: i64,
) -> Result<Vec<Note>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&id.0, Type::UUID), (&alert.0, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(VERSIONS, &params).await?;
    rows.iter().map(read).collect()
}

const PAGE: &str = "
select distinct on (id) id, version, alert_id, author, text, written_at
from notes
where alert_id = $1 and ($2::uuid is null or id > $2)
order by id, version desc
limit $3";

/// The newest version of each note of an alert, in the order that they were first written.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    alert: AlertId,
    after: Option<NoteId>,
    limit: i64,
) -> Result<Vec<Note>, DbError> {
    let after = after.map(|id| id.0);
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&alert.0, Type::UUID), (&after, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

const OF_ALERTS: &str = "
select id, version, alert_id, author, text, written_at
from notes
where alert_id = any ($1)
order by alert_id, id, version";

/// Every version of every note of these alerts.
///
/// # Errors
/// When the database does not answer.
pub async fn of_alerts(client: &impl GenericClient, alerts: &[Uuid]) -> Result<Vec<Note>, DbError> {
    let rows = client.query_typed(OF_ALERTS, &[(&alerts, Type::UUID_ARRAY)]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Note, DbError> {
    Ok(Note {
        id: NoteId(row.try_get("id")?),
        alert: AlertId(row.try_get("alert_id")?),
        version: row.try_get("version")?,
        author: row.try_get("author")?,
        text: row.try_get("text")?,
        written_at: row.try_get("written_at")?,
    })
}
