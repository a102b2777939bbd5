//! Pages of the audit trail over all chains, newest first.

use super::error::DbError;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Which events; an absent filter lets all through.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// One chain.
    pub chain: Option<String>,
    /// Who.
    pub actor: Option<String>,
    /// What.
    pub action: Option<String>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}

/// An event with its chain.
#[derive(Debug, Clone)]
pub struct ChainedEvent {
    /// Its chain.
    pub chain: String,
    /// Its place in the chain.
    pub sequence: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// When.
    pub at: Timestamp,
    /// Which request.
    pub request_id: String,
    /// From what.
    pub before: Value,
    /// To what.
    pub after: Value,
}

/// After which event a page begins.
#[derive(Debug, Clone)]
pub struct AfterEvent {
    /// When it was.
    pub at: Timestamp,
    /// Its chain.
    pub chain: String,
    /// Its place there.
    pub sequence: i64,
}

const PAGE: &str = "
select e.chain, e.sequence, e.actor, e.action, e.at, e.request_id, e.before, e.after
from audit_events e
where ($1::text is null or e.chain = $1)
  and ($2::text is null or e.actor = $2)
  and ($3::text is null or e.action = $3)
  and ($4::timestamptz is null or e.at >= $4)
  and ($5::timestamptz is null or e.at < $5)
  and ($6::timestamptz is null or (e.at, e.chain, e.sequence) < ($6, $7::text, $8::int8))
order by e.at desc, e.chain desc, e.sequence desc
limit $9";

/// A page.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    filter: &AuditFilter,
    after: Option<&AfterEvent>,
    limit: i64,
) -> Result<Vec<ChainedEvent>, DbError> {
    let at = after.map(|after| after.at);
    let chain = after.map(|after| after.chain.as_str());
    let sequence = after.map(|after| after.sequence);
    let params: [(&(dyn ToSql + Sync), Type); 9] = [
        (&filter.chain, Type::TEXT),
        (&filter.actor, Type::TEXT),
        (&filter.action, Type::TEXT),
        (&filter.from, Type::TIMESTAMPTZ),
        (&filter.to, Type::TIMESTAMPTZ),
        (&at, Type::TIMESTAMPTZ),
        (&chain, Type::TEXT),
        (&sequence, Type::INT8),
        (&limit, Type::INT8),
    ];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(ChainedEvent {
                chain: row.try_get("chain")?,
                sequence: row.try_get("sequence")?,
                actor: row.try_get("actor")?,
                action: row.try_get("action")?,
                at: row.try_get("at")?,
                request_id: row.try_get("request_id")?,
                before: row.try_get("before")?,
                after: row.try_get("after")?,
            })
        })
        .collect()
}

const HELD_SINCE: &str = "
select w.id, e.at
from unnest($1::uuid[]) as w (id)
cross join lateral (
  select at
  from audit_events
  where chain = 'alert:alr_' || w.id::text and after ->> 'assignee' is not null
    and (before ->> 'assignee') is distinct from (after ->> 'assignee')
  order by sequence desc
  limit 1
) as e";

/// Since when each of these alerts has had its holder: the newest event that gave it one.
///
/// # Errors
/// When the database does not answer.
pub async fn held_since(
    client: &impl GenericClient,
    alerts: &[Uuid],
) -> Result<HashMap<Uuid, Timestamp>, DbError> {
    let rows = client.query_typed(HELD_SINCE, &[(&alerts, Type::UUID_ARRAY)]).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.try_get("at")?))).collect()
}
