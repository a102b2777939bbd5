//! Webhooks and the secrets that their deliveries are signed with. A webhook is made once and removed once; both stay.

use super::error::DbError;
use crate::domain::Invalid;
use crate::domain::ids::WebhookId;
use crate::domain::webhook::EventType;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

/// A webhook; nothing of its secrets.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Which.
    pub id: WebhookId,
    /// Where messages go.
    pub url: String,
    /// What it asked for.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: String,
    /// The key that made it.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody removed it.
    pub removed_at: Option<Timestamp>,
    /// The key that did.
    pub removed_by: Option<String>,
    /// How many secrets it has had.
    pub generation: i64,
    /// Until when the secret before the newest signs too.
    pub previous_secret_ends_at: Option<Timestamp>,
}

const INSERT: &str = "
insert into webhooks (id, url, events, description, owner, created_at)
values ($1, $2, $3, $4, $5, $6)";

/// Writes a webhook.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, webhook: &Webhook) -> Result<(), DbError> {
    let events: Vec<&str> = webhook.events.iter().map(|event| event.as_str()).collect();
    let params: [(&(dyn ToSql + Sync), Type); 6] = [
        (&webhook.id.0, Type::UUID),
        (&webhook.url, Type::TEXT),
        (&events, Type::TEXT_ARRAY),
        (&webhook.description, Type::TEXT),
        (&webhook.owner, Type::TEXT),
        (&webhook.created_at, Type::TIMESTAMPTZ),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const INSERT_SECRET: &str =
    "insert into webhook_secrets (webhook_id, generation, secret, created_at) values ($1, $2, $3, $4)";

/// Writes a webhook's newest secret.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_secret(
    client: &impl GenericClient,
    (id, generation): (WebhookId, i64),
    (secret, at): (&str, Timestamp),
) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&id.0, Type::UUID), (&generation, Type::INT8), (&secret, Type::TEXT), (&at, Type::TIMESTAMPTZ)];
    client.execute_typed(INSERT_SECRET, &params).await?;
    Ok(())
}

const END_SECRETS: &str = "
update webhook_secrets s
set ends_at = case when s.ends_at is null then $2 else least(s.ends_at, $3) end
where s.webhook_id = $1
  and (s.ends_at is null or s.ends_at > $3)";

/// Ends the newest secret of a webhook at a moment, and those before it now: two live at most.
///
/// # Errors
/// When the database does not answer.
pub async fn end_secrets(
    client: &impl GenericClient,
    id: WebhookId,
    (ends_at, now): (Timestamp, Timestamp),
) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&id.0, Type::UUID), (&ends_at, Type::TIMESTAMPTZ), (&now, Type::TIMESTAMPTZ)];
    client.execute_typed(END_SECRETS, &params).await?;
    Ok(())
}

/// The columns that [`read`] wants.
macro_rules! select_webhooks {
    ($rest:literal) => {
        concat!(
            "
select
  w.id, w.url, w.events, w.description, w.owner, w.created_at, w.removed_at, w.removed_by, s.generation,
  s.previous_secret_ends_at
from webhooks w
cross join lateral (
  select max(s.generation) as generation, max(s.ends_at) as previous_secret_ends_at
  from webhook_secrets s
  where s.webhook_id = w.id
) as s
",
            $rest
        )
    };
}

const FIND: &str = select_webhooks!("where w.id = $1");

/// Reads one webhook. Who changes webhooks holds the lock of the chain `configuration`, which orders them.
///
/// # Errors
/// When the database does not answer.
pub async fn find(client: &impl GenericClient, id: WebhookId) -> Result<Option<Webhook>, DbError> {
    let rows = client.query_typed(FIND, &[(&id.0, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

const PAGE: &str = select_webhooks!(
    "where ($1::bool is null or (w.removed_at is null) = $1)
  and ($2::uuid is null or w.id < $2)
order by w.id desc
limit $3"
);

/// A page of webhooks, newest made first; `is_active`: those that were not removed, or those that were.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    is_active: Option<bool>,
    (after, limit): (Option<WebhookId>, i64),
) -> Result<Vec<Webhook>, DbError> {
    let after = after.map(|id| id.0);
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&is_active, Type::BOOL), (&after, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

const COUNT_LIVE: &str = "select count(*) as n from webhooks where removed_at is null";

/// How many there are that were not removed.
///
/// # Errors
/// When the database does not answer.
pub async fn count_live(client: &impl GenericClient) -> Result<i64, DbError> {
    let rows = client.query_typed(COUNT_LIVE, &[]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.try_get("n"))?)
}

const REMOVE: &str =
    "update webhooks set removed_at = $2, removed_by = $3 where id = $1 and removed_at is null";

/// Removes a webhook: it is told nothing any more, and stays.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(
    client: &impl GenericClient,
    id: WebhookId,
    (by, at): (&str, Timestamp),
) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&id.0, Type::UUID), (&at, Type::TIMESTAMPTZ), (&by, Type::TEXT)];
    client.execute_typed(REMOVE, &params).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Webhook, DbError> {
    let unreadable = |error: Invalid| DbError::Unreadable(format!("a webhook's event {error}"));
    let events: Vec<&str> = row.try_get("events")?;
    Ok(Webhook {
        id: WebhookId(row.try_get("id")?),
        url: row.try_get("url")?,
        events: events.into_iter().map(EventType::parse).collect::<Result<_, _>>().map_err(unreadable)?,
        description: row.try_get("description")?,
        owner: row.try_get("owner")?,
        created_at: row.try_get("created_at")?,
        removed_at: row.try_get("removed_at")?,
        removed_by: row.try_get("removed_by")?,
        generation: row.try_get("generation")?,
        previous_secret_ends_at: row.try_get("previous_secret_ends_at")?,
    })
}
