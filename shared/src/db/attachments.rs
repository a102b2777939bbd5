//! Files on alerts: what is known of each, and its content, which is read and erased apart from that.

use super::error::DbError;
use crate::domain::attachment::{Attachment, Erasure};
use crate::domain::audit::told_attachments::StoredContent;
use crate::domain::ids::{AlertId, AttachmentId};
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// The columns that [`read`] wants, in every select of this file.
macro_rules! attachment_columns {
    () => {
        "id, alert_id, author, name, media_type, size_bytes, sha256, attached_at, erased_at, erased_by, erasure_reason"
    };
}

const INSERT: &str = "
insert into attachments (
  id, alert_id, author, name, media_type, size_bytes, sha256, attached_at, hash, content
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Writes a file with its content; the SQL transaction holds the lock of its alert.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(
    client: &impl GenericClient,
    attachment: &Attachment,
    content: &[u8],
) -> Result<(), DbError> {
    let hash = attachment.hash().to_vec();
    let params: [(&(dyn ToSql + Sync), Type); 10] = [
        (&attachment.id.0, Type::UUID),
        (&attachment.alert.0, Type::UUID),
        (&attachment.author, Type::TEXT),
        (&attachment.name, Type::TEXT),
        (&attachment.media_type, Type::TEXT),
        (&attachment.size_bytes, Type::INT8),
        (&attachment.sha256, Type::BYTEA),
        (&attachment.attached_at, Type::TIMESTAMPTZ),
        (&hash, Type::BYTEA),
        (&content, Type::BYTEA),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const COUNT: &str = "
select count(*) as n
from attachments
where alert_id = $1 and erased_at is null";

/// How many files of an alert have their content.
///
/// # Errors
/// When the database does not answer.
pub async fn count(client: &impl GenericClient, alert: AlertId) -> Result<i64, DbError> {
    let rows = client.query_typed(COUNT, &[(&alert.0, Type::UUID)]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    Ok(row.try_get("n")?)
}

const FIND: &str = concat!(
    "select ",
    attachment_columns!(),
    "
from attachments
where id = $1 and alert_id = $2"
);

/// What is known of one file of an alert.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    client: &impl GenericClient,
    alert: AlertId,
    id: AttachmentId,
) -> Result<Option<Attachment>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&id.0, Type::UUID), (&alert.0, Type::UUID)];
    client.query_typed(FIND, &params).await?.first().map(read).transpose()
}

const WITH_CONTENT: &str = concat!(
    "select ",
    attachment_columns!(),
    ", content
from attachments
where id = $1 and alert_id = $2"
);

/// One file of an alert and its content, which is none once it was erased.
///
/// # Errors
/// When the database does not answer.
pub async fn with_content(
    client: &impl GenericClient,
    alert: AlertId,
    id: AttachmentId,
) -> Result<Option<(Attachment, Option<Vec<u8>>)>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&id.0, Type::UUID), (&alert.0, Type::UUID)];
    let rows = client.query_typed(WITH_CONTENT, &params).await?;
    rows.first().map(|row| Ok((read(row)?, row.try_get("content")?))).transpose()
}

const PAGE: &str = concat!(
    "select ",
    attachment_columns!(),
    "
from attachments
where alert_id = $1 and ($2::uuid is null or id > $2)
order by id
limit $3"
);

/// What is known of an alert's files, in the order that they were attached.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    alert: AlertId,
    after: Option<AttachmentId>,
    limit: i64,
) -> Result<Vec<Attachment>, DbError> {
    let after = after.map(|id| id.0);
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&alert.0, Type::UUID), (&after, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

const OF_ALERTS: &str = concat!(
    "select ",
    attachment_columns!(),
    "
from attachments
where alert_id = any ($1)
order by alert_id, id"
);

/// What is known of every file of these alerts.
///
/// # Errors
/// When the database does not answer.
pub async fn of_alerts(client: &impl GenericClient, alerts: &[Uuid]) -> Result<Vec<Attachment>, DbError> {
    let rows = client.query_typed(OF_ALERTS, &[(&alerts, Type::UUID_ARRAY)]).await?;
    rows.iter().map(read).collect()
}

const CONTENTS: &str = "
select id, erased_at is not null as is_erased, sha256(content) as sha256
from attachments
where id = any ($1)";

/// What the contents of these files are known by, hashed where they lie. Each is read whole: ask for a few.
///
/// # Errors
/// When the database does not answer.
pub async fn contents(client: &impl GenericClient, ids: &[Uuid]) -> Result<Vec<StoredContent>, DbError> {
    let rows = client.query_typed(CONTENTS, &[(&ids, Type::UUID_ARRAY)]).await?;
    let content = |row: &Row| {
        Ok(StoredContent {
            id: AttachmentId(row.try_get("id")?),
            is_erased: row.try_get("is_erased")?,
            sha256: row.try_get("sha256")?,
        })
    };
    rows.iter().map(content).collect()
}

const ERASE: &str = "
update attachments
set content = null, erased_at = $2, erased_by = $3, erasure_reason = $4
where id = $1";

/// Takes a file's content away; the SQL transaction holds the lock of its alert.
///
/// # Errors
/// When the database does not answer.
pub async fn erase(client: &impl GenericClient, id: AttachmentId, erasure: &Erasure) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 4] = [
        (&id.0, Type::UUID),
        (&erasure.at, Type::TIMESTAMPTZ),
        (&erasure.by, Type::TEXT),
        (&erasure.reason, Type::TEXT),
    ];
    client.execute_typed(ERASE, &params).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Attachment, DbError> {
    let erased_at: Option<Timestamp> = row.try_get("erased_at")?;
    let (by, reason): (Option<String>, Option<String>) =
        (row.try_get("erased_by")?, row.try_get("erasure_reason")?);
    let (by, reason) = (by.unwrap_or_default(), reason.unwrap_or_default());
    Ok(Attachment {
        id: AttachmentId(row.try_get("id")?),
        alert: AlertId(row.try_get("alert_id")?),
        author: row.try_get("author")?,
        name: row.try_get("name")?,
        media_type: row.try_get("media_type")?,
        size_bytes: row.try_get("size_bytes")?,
        sha256: row.try_get("sha256")?,
        attached_at: row.try_get("attached_at")?,
        erasure: erased_at.map(|at| Erasure { at, by, reason }),
    })
}
