//! Notes, append-only: the newest version of each, and the past of one.

use super::error::DbError;
use crate::domain::ids::{AlertId, NoteId};
use crate::domain::note::Note;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

const INSERT: &str = "
insert into notes (id, version, alert_id, author, text, written_at, hash)
select *
from unnest($1::uuid[], $2::int8[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::bytea[])";

/// Writes versions; the SQL transaction holds the locks of their alerts.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, notes: &[Note]) -> Result<(), DbError> {
    fn column<'a, T>(notes: &'a [Note], value: impl Fn(&'a Note) -> T) -> Vec<T> {
        notes.iter().map(value).collect()
    }
    let ids = column(notes, |note| note.id.0);
    let versions = column(notes, |note| note.version);
    let alerts = column(notes, |note| note.alert.0);
    let authors = column(notes, |note| note.author.as_str());
    let texts = column(notes, |note| note.text.as_str());
    let times = column(notes, |note| note.written_at);
    let hashes = column(notes, |note| note.hash().to_vec());
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&ids, Type::UUID_ARRAY),
        (&versions, Type::INT8_ARRAY),
        (&alerts, Type::UUID_ARRAY),
        (&authors, Type::TEXT_ARRAY),
        (&texts, Type::TEXT_ARRAY),
        (&times, Type::TIMESTAMPTZ_ARRAY),
        (&hashes, Type::BYTEA_ARRAY),
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
