//! Deliveries as people look at them and order them again. What sends them is in `outbox`.

use super::error::DbError;
use crate::domain::Invalid;
use crate::domain::ids::{DeliveryId, WebhookId};
use crate::domain::webhook::{DeliveryStatus, EventType};
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// One event on its way to one webhook.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Which; the message carries it, attempt for attempt.
    pub id: DeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// What it tells.
    pub event: EventType,
    /// The event in the audit trail: its chain.
    pub chain: String,
    /// Its place in the chain, from 1.
    pub sequence: i64,
    /// How it stands.
    pub status: DeliveryStatus,
    /// Attempts since it was ordered last.
    pub n_attempts: i64,
    /// When the next attempt is due, of one that is pending.
    pub due_at: Timestamp,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When the last attempt began.
    pub last_attempt_at: Option<Timestamp>,
    /// The HTTP status that it was answered with.
    pub last_status: Option<i16>,
    /// Why it failed.
    pub last_error: Option<String>,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
}

/// Which deliveries are listed.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// To which webhook.
    pub webhook: Option<WebhookId>,
    /// What they tell.
    pub event: Option<EventType>,
    /// How they stand.
    pub status: Option<DeliveryStatus>,
}

/// The columns that [`read`] wants.
macro_rules! select_deliveries {
    ($rest:literal) => {
        concat!(
            "
select
  d.id, d.webhook_id, d.event, d.chain, d.sequence, d.status, d.n_attempts, d.due_at, d.created_at, d.last_attempt_at,
  d.last_status, d.last_error, d.ended_at
from deliveries d
",
            $rest
        )
    };
}

const PAGE: &str = select_deliveries!(
    "where ($1::uuid is null or d.webhook_id = $1)
  and ($2::text is null or d.event = $2)
  and ($3::text is null or d.status = $3)
  and ($4::timestamptz is null or (d.created_at, d.id) < ($4, $5))
order by d.created_at desc, d.id desc
limit $6"
);

/// A page of deliveries, newest event first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    filter: &DeliveryFilter,
    (after, limit): (Option<(Timestamp, DeliveryId)>, i64),
) -> Result<Vec<Delivery>, DbError> {
    let webhook = filter.webhook.map(|id| id.0);
    let (event, status) = (filter.event.map(EventType::as_str), filter.status.map(DeliveryStatus::as_str));
    let (after_at, after_id): (Option<Timestamp>, Option<Uuid>) =
        after.map_or((None, None), |(at, id)| (Some(at), Some(id.0)));
    let params: [(&(dyn ToSql + Sync), Type); 6] = [
        (&webhook, Type::UUID),
        (&event, Type::TEXT),
        (&status, Type::TEXT),
        (&after_at, Type::TIMESTAMPTZ),
        (&after_id, Type::UUID),
        (&limit, Type::INT8),
    ];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

const LOCK: &str = select_deliveries!("where d.id = $1\nfor update");

/// Locks and reads one delivery.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(client: &impl GenericClient, id: DeliveryId) -> Result<Option<Delivery>, DbError> {
    let rows = client.query_typed(LOCK, &[(&id.0, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

const REORDER: &str = "
update deliveries
set status = 'pending', n_attempts = 0, due_at = $2, ended_at = null
where id = $1";

/// Makes an ended delivery due again, with all its attempts before it.
///
/// # Errors
/// When the database does not answer.
pub async fn reorder(client: &impl GenericClient, id: DeliveryId, now: Timestamp) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&id.0, Type::UUID), (&now, Type::TIMESTAMPTZ)];
    client.execute_typed(REORDER, &params).await?;
    Ok(())
}

const REORDER_DEAD: &str = "
with chosen as (
  select d.id
  from deliveries d
  where d.webhook_id = $1 and d.status = 'dead'
  order by d.created_at, d.id
  limit $3
  for update
)
update deliveries d
set status = 'pending', n_attempts = 0, due_at = $2, ended_at = null
from chosen c
where d.id = c.id";

/// Makes a webhook's dead deliveries due again, at most `limit`, the oldest first; how many.
///
/// # Errors
/// When the database does not answer.
pub async fn reorder_dead(
    client: &impl GenericClient,
    webhook: WebhookId,
    (now, limit): (Timestamp, i64),
) -> Result<i64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&webhook.0, Type::UUID), (&now, Type::TIMESTAMPTZ), (&limit, Type::INT8)];
    let n_ordered = client.execute_typed(REORDER_DEAD, &params).await?;
    Ok(i64::try_from(n_ordered).unwrap_or(i64::MAX))
}

const INSERT_ONE: &str = "
insert into deliveries (webhook_id, event, chain, sequence, due_at, created_at)
select w.id, $2, $3, $4, $5, $5
from webhooks w
where w.id = $1";

/// Orders the delivery of one event to one webhook, whatever it asked for.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_one(
    client: &impl GenericClient,
    (webhook, event): (WebhookId, EventType),
    (chain, sequence, at): (&str, i64, Timestamp),
) -> Result<(), DbError> {
    let event = event.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 5] = [
        (&webhook.0, Type::UUID),
        (&event, Type::TEXT),
        (&chain, Type::TEXT),
        (&sequence, Type::INT8),
        (&at, Type::TIMESTAMPTZ),
    ];
    client.execute_typed(INSERT_ONE, &params).await?;
    Ok(())
}

const REMOVE_ENDED: &str = "
delete from deliveries
where id in (
  select d.id
  from deliveries d
  where d.ended_at < $1
  order by d.ended_at
  limit $2
)
and ended_at < $1";

/// Removes deliveries that ended before a moment, at most so many; how many.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_ended(
    client: &impl GenericClient,
    before: Timestamp,
    at_most: i64,
) -> Result<u64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&before, Type::TIMESTAMPTZ), (&at_most, Type::INT8)];
    Ok(client.execute_typed(REMOVE_ENDED, &params).await?)
}

fn read(row: &Row) -> Result<Delivery, DbError> {
    let unreadable = |error: Invalid| DbError::Unreadable(format!("a delivery's word {error}"));
    Ok(Delivery {
        id: DeliveryId(row.try_get("id")?),
        webhook: WebhookId(row.try_get("webhook_id")?),
        event: EventType::parse(row.try_get("event")?).map_err(unreadable)?,
        chain: row.try_get("chain")?,
        sequence: row.try_get("sequence")?,
        status: DeliveryStatus::parse(row.try_get("status")?).map_err(unreadable)?,
        n_attempts: row.try_get("n_attempts")?,
        due_at: row.try_get("due_at")?,
        created_at: row.try_get("created_at")?,
        last_attempt_at: row.try_get("last_attempt_at")?,
        last_status: row.try_get("last_status")?,
        last_error: row.try_get("last_error")?,
        ended_at: row.try_get("ended_at")?,
    })
}
