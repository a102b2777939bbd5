//! Anchors and the heads that each covers; append-only.

use super::audit::read_head;
use super::error::DbError;
use crate::domain::audit::AuditHash;
use crate::domain::audit::anchor::{Anchor, Leaf};
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

const NEWEST: &str = "
select number, at, n_chains, root, prev_hash, hash
from audit_anchors
order by number desc
limit 1";

/// The newest anchor; none before the first.
///
/// # Errors
/// When the database does not answer.
pub async fn newest(client: &impl GenericClient) -> Result<Option<Anchor>, DbError> {
    let rows = client.query_typed(NEWEST, &[]).await?;
    rows.first().map(read).transpose()
}

const AFTER: &str = "
select number, at, n_chains, root, prev_hash, hash
from audit_anchors
where number > $1
order by number
limit $2";

/// Anchors in order, from after `number`; at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn after(client: &impl GenericClient, number: i64, limit: i64) -> Result<Vec<Anchor>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&number, Type::INT8), (&limit, Type::INT8)];
    let rows = client.query_typed(AFTER, &params).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Anchor, DbError> {
    Ok(Anchor {
        number: row.try_get("number")?,
        at: row.try_get("at")?,
        n_chains: row.try_get("n_chains")?,
        root: read_hash(row, "root")?,
        prev_hash: read_hash(row, "prev_hash")?,
        hash: read_hash(row, "hash")?,
    })
}

fn read_hash(row: &Row, column: &str) -> Result<AuditHash, DbError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| DbError::Unreadable(format!("an anchor's {column} has not 32 bytes")))
}

const LEAVES: &str = "
select chain, sequence, hash
from audit_anchor_leaves
where anchor = $1
order by position";

/// The heads that an anchor covers, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn leaves(client: &impl GenericClient, number: i64) -> Result<Vec<Leaf>, DbError> {
    let rows = client.query_typed(LEAVES, &[(&number, Type::INT8)]).await?;
    rows.iter().map(read_leaf).collect()
}

fn read_leaf(row: &Row) -> Result<Leaf, DbError> {
    Ok(Leaf {
        chain: row.try_get("chain")?,
        head: read_head(row.try_get("sequence")?, row.try_get("hash")?)?,
    })
}

const GROWN: &str = "
select c.chain, h.sequence, h.hash
from (select distinct e.chain from audit_events e where e.at >= $1) as c
cross join lateral (
  select e.sequence, e.hash
  from audit_events e
  where e.chain = c.chain
  order by e.sequence desc
  limit 1
) as h
where not exists (
  select
  from audit_anchor_leaves l
  where l.chain = c.chain and l.sequence = h.sequence
)
order by c.chain
limit $2";

/// The newest events of the chains that got one at or after `since` and whose newest no anchor covers yet; at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn grown(client: &impl GenericClient, since: Timestamp, limit: i64) -> Result<Vec<Leaf>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&since, Type::TIMESTAMPTZ), (&limit, Type::INT8)];
    let rows = client.query_typed(GROWN, &params).await?;
    rows.iter().map(read_leaf).collect()
}

const INSERT: &str = "
insert into audit_anchors (number, at, n_chains, root, prev_hash, hash)
values ($1, $2, $3, $4, $5, $6)";

const INSERT_LEAVES: &str = "
insert into audit_anchor_leaves (anchor, position, chain, sequence, hash)
select $1, u.position, u.chain, u.sequence, u.hash
from unnest($2::text[], $3::int8[], $4::bytea[]) with ordinality as u (chain, sequence, hash, position)";

/// Writes an anchor and the heads that it covers.
///
/// # Errors
/// [`DbError::UniqueViolation`] when another anchor followed the same one.
pub async fn insert(client: &impl GenericClient, anchor: &Anchor, leaves: &[Leaf]) -> Result<(), DbError> {
    let [root, prev_hash, hash] = [&anchor.root, &anchor.prev_hash, &anchor.hash].map(<[u8; 32]>::as_slice);
    let params: [(&(dyn ToSql + Sync), Type); 6] = [
        (&anchor.number, Type::INT8),
        (&anchor.at, Type::TIMESTAMPTZ),
        (&anchor.n_chains, Type::INT8),
        (&root, Type::BYTEA),
        (&prev_hash, Type::BYTEA),
        (&hash, Type::BYTEA),
    ];
    client.execute_typed(INSERT, &params).await?;
    let chains: Vec<&str> = leaves.iter().map(|leaf| leaf.chain.as_str()).collect();
    let sequences: Vec<i64> = leaves.iter().map(|leaf| leaf.head.sequence).collect();
    let hashes: Vec<&[u8]> = leaves.iter().map(|leaf| leaf.head.hash.as_slice()).collect();
    let params: [(&(dyn ToSql + Sync), Type); 4] = [
        (&anchor.number, Type::INT8),
        (&chains, Type::TEXT_ARRAY),
        (&sequences, Type::INT8_ARRAY),
        (&hashes, Type::BYTEA_ARRAY),
    ];
    client.execute_typed(INSERT_LEAVES, &params).await?;
    Ok(())
}

const UNFOUND: &str = "
select l.chain, l.sequence, l.hash
from audit_anchor_leaves l
left join audit_events e on e.chain = l.chain and e.sequence = l.sequence
where l.anchor = $1 and e.hash is distinct from l.hash
order by l.position
limit $2";

/// The heads that an anchor covers and that are not among the events; at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn unfound(client: &impl GenericClient, number: i64, limit: i64) -> Result<Vec<Leaf>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&number, Type::INT8), (&limit, Type::INT8)];
    let rows = client.query_typed(UNFOUND, &params).await?;
    rows.iter().map(read_leaf).collect()
}

const UNFOUND_OF: &str = "
select l.anchor, l.chain, l.sequence, l.hash
from audit_anchor_leaves l
left join audit_events e on e.chain = l.chain and e.sequence = l.sequence
where l.chain = any ($1) and e.hash is distinct from l.hash
order by l.chain, l.sequence";

/// The same of every anchor that covers one of these chains, with its number.
///
/// # Errors
/// When the database does not answer.
pub async fn unfound_of(client: &impl GenericClient, chains: &[String]) -> Result<Vec<(i64, Leaf)>, DbError> {
    let rows = client.query_typed(UNFOUND_OF, &[(&chains, Type::TEXT_ARRAY)]).await?;
    rows.iter().map(|row| Ok((row.try_get("anchor")?, read_leaf(row)?))).collect()
}

const COVERING: &str = "
select a.number, a.at, a.n_chains, a.root, a.prev_hash, a.hash, l.position
from audit_anchor_leaves l
join audit_anchors a on a.number = l.anchor
where l.chain = $1
order by l.sequence desc
limit 1";

/// The newest anchor that covers a chain, and the chain's position among its leaves, from 0.
///
/// # Errors
/// When the database does not answer.
pub async fn covering(client: &impl GenericClient, chain: &str) -> Result<Option<(Anchor, usize)>, DbError> {
    let rows = client.query_typed(COVERING, &[(&chain, Type::TEXT)]).await?;
    rows.first()
        .map(|row| {
            let position: i64 = row.try_get("position")?;
            let position = usize::try_from(position - 1)
                .map_err(|_| DbError::Unreadable("a leaf's position is below 1".into()))?;
            Ok((read(row)?, position))
        })
        .transpose()
}
