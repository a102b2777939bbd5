//! All audit chains, in pages: for whoever verifies them without holding them all.

use super::audit::{self, read_head};
use super::error::DbError;
use crate::domain::audit::{ChainHead, StoredEvent};
use crate::domain::ids::AlertId;
use jiff::Timestamp;
use std::collections::HashMap;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// What the chain of an alert begins with, before its id.
const OF_ALERT: &str = "alert:";

const AFTER: &str = "
select distinct chain
from audit_events
where chain > $1
order by chain
limit $2";

/// The chains that have events, in order, from after `after`; at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn after(client: &impl GenericClient, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&after, Type::TEXT), (&limit, Type::INT8)];
    let rows = client.query_typed(AFTER, &params).await?;
    rows.iter().map(|row| Ok(row.try_get("chain")?)).collect()
}

const CHANGED: &str = "
select distinct chain
from audit_events
where at >= $1 and chain > $2
order by chain
limit $3";

/// The same of the chains that got an event at or after a moment of the server's clock.
///
/// # Errors
/// When the database does not answer.
pub async fn changed(
    client: &impl GenericClient,
    since: Timestamp,
    (after, limit): (&str, i64),
) -> Result<Vec<String>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&since, Type::TIMESTAMPTZ), (&after, Type::TEXT), (&limit, Type::INT8)];
    let rows = client.query_typed(CHANGED, &params).await?;
    rows.iter().map(|row| Ok(row.try_get("chain")?)).collect()
}

/// The alerts whose chains are among these.
pub fn alerts_of(chains: &[String]) -> Vec<Uuid> {
    let ids = chains.iter().filter_map(|chain| AlertId::parse(chain.strip_prefix(OF_ALERT)?).ok());
    ids.map(|id| id.0).collect()
}

const HEADS: &str = "
select chain, sequence, hash
from chain_heads
where chain = any ($1)
union all
select 'alert:alr_' || id, audit_sequence, audit_hash
from alerts
where id = any ($2)";

/// The heads of these chains, on the rows that own them; a chain that nothing owns is left out.
///
/// # Errors
/// When the database does not answer.
pub async fn heads(
    client: &impl GenericClient,
    chains: &[String],
) -> Result<HashMap<String, ChainHead>, DbError> {
    let ids = alerts_of(chains);
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&chains, Type::TEXT_ARRAY), (&ids, Type::UUID_ARRAY)];
    let rows = client.query_typed(HEADS, &params).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("chain")?, read_head(row.try_get("sequence")?, row.try_get("hash")?)?)))
        .collect()
}

const EVENTS: &str = "
select chain, sequence, actor, action, at, request_id, before, after, prev_hash, canonical, hash
from audit_events
where chain = any ($1) and (chain, sequence) > ($2, $3)
order by chain, sequence
limit $4";

/// The events of these chains, chain by chain and oldest first, from after an event; at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn events(
    client: &impl GenericClient,
    chains: &[String],
    (chain, sequence): (&str, i64),
    limit: i64,
) -> Result<Vec<(String, StoredEvent)>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&chains, Type::TEXT_ARRAY), (&chain, Type::TEXT), (&sequence, Type::INT8), (&limit, Type::INT8)];
    let rows = client.query_typed(EVENTS, &params).await?;
    rows.iter().map(|row| Ok((row.try_get("chain")?, audit::read(row)?))).collect()
}

/// The head on an owning row, and whether its event is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedHead {
    /// The chain.
    pub chain: String,
    /// The event that the head names.
    pub sequence: i64,
    /// Whether there is such an event.
    pub is_there: bool,
}

const ALERTS: &str = "
select
  a.id, 'alert:alr_' || a.id as chain, a.audit_sequence as sequence,
  exists (
    select
    from audit_events e
    where e.chain = 'alert:alr_' || a.id and e.sequence = a.audit_sequence
  ) as is_there
from alerts a
where a.id > $1
order by a.id
limit $2";

/// A page of alerts' heads by id, from after `after`: whether the events that they name are there. With the page's last
/// id; none behind the last page.
///
/// # Errors
/// When the database does not answer.
pub async fn of_alerts(
    client: &impl GenericClient,
    after: Uuid,
    limit: i64,
) -> Result<(Vec<OwnedHead>, Option<Uuid>), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&after, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(ALERTS, &params).await?;
    let last = rows.last().map(|row| row.try_get("id")).transpose()?;
    let heads = rows.iter().map(|row| {
        Ok(OwnedHead {
            chain: row.try_get("chain")?,
            sequence: row.try_get("sequence")?,
            is_there: row.try_get("is_there")?,
        })
    });
    Ok((heads.collect::<Result<_, DbError>>()?, last))
}

const NAMED: &str = "
select
  h.chain, h.sequence,
  h.sequence = 0 or exists (
    select
    from audit_events e
    where e.chain = h.chain and e.sequence = h.sequence
  ) as is_there
from chain_heads h";

/// The same of the heads that stand in a row of their own: a handful.
///
/// # Errors
/// When the database does not answer.
pub async fn named(client: &impl GenericClient) -> Result<Vec<OwnedHead>, DbError> {
    let rows = client.query_typed(NAMED, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(OwnedHead {
                chain: row.try_get("chain")?,
                sequence: row.try_get("sequence")?,
                is_there: row.try_get("is_there")?,
            })
        })
        .collect()
}
