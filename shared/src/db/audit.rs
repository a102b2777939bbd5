//! Audit events and the heads of the chains that no row of their own carries.

use super::error::DbError;
pub use crate::domain::audit::StoredEvent;
use crate::domain::audit::{AuditEvent, AuditHash, ChainHead};
use crate::domain::webhook::EventType;
use serde_json::Value;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

/// The outbox is written by the same statement: whoever tells the trail tells the webhooks, and pays no round trip for it.
const INSERT: &str = "
with written as (
  insert into audit_events (
    chain, sequence, prev_hash, hash, canonical, actor, action, at, request_id, before, after
  )
  select *
  from unnest(
    $1::text[], $2::int8[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[], $7::text[], $8::timestamptz[],
    $9::text[], $10::jsonb[], $11::jsonb[]
  )
)
insert into deliveries (webhook_id, event, chain, sequence, due_at, created_at)
select w.id, e.event, e.chain, e.sequence, e.at, e.at
from unnest($12::text[], $1::text[], $2::int8[], $8::timestamptz[]) as e (event, chain, sequence, at)
join webhooks w on e.event = any (w.events)
where w.removed_at is null";

/// Writes events, and a delivery for each webhook that asked for one of them; the SQL transaction holds the lock of each
/// chain's owning row.
///
/// # Errors
/// [`DbError::UniqueViolation`] when a chain would fork.
pub async fn insert(client: &impl GenericClient, events: &[AuditEvent]) -> Result<(), DbError> {
    fn column<'a, T>(events: &'a [AuditEvent], value: impl Fn(&'a AuditEvent) -> T) -> Vec<T> {
        events.iter().map(value).collect()
    }
    let chains = column(events, |event| event.entry.chain.as_str());
    let sequences = column(events, |event| event.sequence);
    let prev_hashes = column(events, |event| event.prev_hash.as_slice());
    let hashes = column(events, |event| event.hash.as_slice());
    let canonicals = column(events, |event| event.canonical.as_slice());
    let actors = column(events, |event| event.entry.actor.as_str());
    let actions = column(events, |event| event.entry.action.as_str());
    let times = column(events, |event| event.entry.at);
    let requests = column(events, |event| event.entry.request_id.as_str());
    let befores = column(events, |event| &event.entry.before);
    let afters = column(events, |event| &event.entry.after);
    let told = column(events, |event| EventType::of(&event.entry).map(EventType::as_str));
    let params: [(&(dyn ToSql + Sync), Type); 12] = [
        (&chains, Type::TEXT_ARRAY),
        (&sequences, Type::INT8_ARRAY),
        (&prev_hashes, Type::BYTEA_ARRAY),
        (&hashes, Type::BYTEA_ARRAY),
        (&canonicals, Type::BYTEA_ARRAY),
        (&actors, Type::TEXT_ARRAY),
        (&actions, Type::TEXT_ARRAY),
        (&times, Type::TIMESTAMPTZ_ARRAY),
        (&requests, Type::TEXT_ARRAY),
        (&befores, Type::JSONB_ARRAY),
        (&afters, Type::JSONB_ARRAY),
        (&told, Type::TEXT_ARRAY),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const OF_CHAIN: &str = "
select sequence, actor, action, at, request_id, before, after, prev_hash, canonical, hash
from audit_events
where chain = $1
order by sequence";

/// Reads a chain from its first event.
///
/// # Errors
/// When the database does not answer.
pub async fn of_chain(client: &impl GenericClient, chain: &str) -> Result<Vec<StoredEvent>, DbError> {
    let rows = client.query_typed(OF_CHAIN, &[(&chain, Type::TEXT)]).await?;
    rows.iter().map(read).collect()
}

const NEWEST_AFTER: &str = "
select after
from audit_events
where chain = $1 and action = $2
order by sequence desc
limit 1";

/// What a chain's newest event of this action says of afterwards; none where there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn newest_after(
    client: &impl GenericClient,
    (chain, action): (&str, &str),
) -> Result<Option<Value>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&chain, Type::TEXT), (&action, Type::TEXT)];
    let rows = client.query_typed(NEWEST_AFTER, &params).await?;
    Ok(rows.first().map(|row| row.try_get("after")).transpose()?)
}

/// Reads a row that has every column but the chain's.
pub(super) fn read(row: &Row) -> Result<StoredEvent, DbError> {
    Ok(StoredEvent {
        sequence: row.try_get("sequence")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        at: row.try_get("at")?,
        request_id: row.try_get("request_id")?,
        before: row.try_get("before")?,
        after: row.try_get("after")?,
        prev_hash: row.try_get("prev_hash")?,
        canonical: row.try_get("canonical")?,
        hash: row.try_get("hash")?,
    })
}

const LOCK_HEAD: &str = "select sequence, hash from chain_heads where chain = $1 for update";

/// Locks and reads the head of a chain that no row of its own carries.
///
/// # Errors
/// When the chain is unknown or the database does not answer.
pub async fn lock_head(client: &impl GenericClient, chain: &str) -> Result<ChainHead, DbError> {
    let rows = client.query_typed(LOCK_HEAD, &[(&chain, Type::TEXT)]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable(format!("chain {chain} has no head")))?;
    read_head(row.try_get("sequence")?, row.try_get("hash")?)
}

/// A head from its columns.
///
/// # Errors
/// When the hash has not 32 bytes.
pub fn read_head(sequence: i64, hash: &[u8]) -> Result<ChainHead, DbError> {
    let hash: AuditHash =
        hash.try_into().map_err(|_| DbError::Unreadable("an audit hash has not 32 bytes".into()))?;
    Ok(ChainHead { sequence, hash })
}

const STORE_HEAD: &str = "update chain_heads set sequence = $2, hash = $3 where chain = $1";

/// Moves the head of a chain that the SQL transaction has locked.
///
/// # Errors
/// When the database does not answer.
pub async fn store_head(client: &impl GenericClient, chain: &str, head: ChainHead) -> Result<(), DbError> {
    let hash: &[u8] = &head.hash;
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&chain, Type::TEXT), (&head.sequence, Type::INT8), (&hash, Type::BYTEA)];
    client.execute_typed(STORE_HEAD, &params).await?;
    Ok(())
}
