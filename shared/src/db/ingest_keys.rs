//! Natural keys: who came first with a `(source, external_id)`.

use super::access::is_proven;
use super::error::DbError;
use crate::domain::access::Credentials;
use crate::domain::transaction::Transaction;
use std::collections::{BTreeSet, HashSet};
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// The keys of a chunk as columns, in the order of the key, so that locks are always taken in one order.
#[derive(Debug)]
pub struct Claims<'a> {
    sources: Vec<&'a str>,
    external_ids: Vec<&'a str>,
    ids: Vec<Uuid>,
    hashes: Vec<Vec<u8>>,
    accounts: Vec<&'a str>,
    counterparties: Vec<&'a str>,
    parties: BTreeSet<(&'static str, String)>,
}

impl<'a> Claims<'a> {
    /// Columns of these transactions, sorted by key; no key may stand twice among them.
    pub fn new(transactions: &'a [Transaction]) -> Self {
        let mut sorted: Vec<&Transaction> = transactions.iter().collect();
        sorted.sort_by(|one, other| one.content.key.cmp(&other.content.key));
        Self {
            sources: sorted.iter().map(|t| t.content.key.source.as_str()).collect(),
            external_ids: sorted.iter().map(|t| t.content.key.external_id.as_str()).collect(),
            ids: sorted.iter().map(|t| t.id.0).collect(),
            hashes: sorted.iter().map(|t| t.content.content_hash().to_vec()).collect(),
            accounts: sorted.iter().map(|t| t.content.account.as_str()).collect(),
            counterparties: sorted.iter().map(|t| t.content.counterparty.as_str()).collect(),
            parties: sorted
                .iter()
                .flat_map(|t| t.content.parties())
                .map(|(subject, value)| (subject.as_str(), value))
                .collect(),
        }
    }

    /// What lists may name: subjects' words and values, as two columns.
    pub(super) fn parties(&self) -> (Vec<&'static str>, Vec<&str>) {
        self.parties.iter().map(|(subject, value)| (*subject, value.as_str())).unzip()
    }

    /// `$1` to `$5` of every statement that begins with [`won_claims!`].
    pub(super) fn params(&self) -> [(&(dyn ToSql + Sync), Type); 5] {
        [
            (&self.sources, Type::TEXT_ARRAY),
            (&self.external_ids, Type::TEXT_ARRAY),
            (&self.ids, Type::UUID_ARRAY),
            (&self.accounts, Type::TEXT_ARRAY),
            (&self.counterparties, Type::TEXT_ARRAY),
        ]
    }
}

/// The claims that this SQL transaction won: the key's row carries our id. A refused caller and a replay won
/// none, and so lock nothing further.
///
/// Fenced (`materialized`, `offset 0`, and `= any (array(..))` where it is used): on a table that has grown
/// since it was last analysed the planner would else begin from the wrong end, and a chunk take seconds.
macro_rules! won_claims {
    ($($rest:tt)+) => {
        concat!(
            "
with won as materialized (
  select t.account_id, t.counterparty_id
  from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[])
    as t (source, external_id, transaction_id, account_id, counterparty_id)
  cross join lateral (
    select k.transaction_id
    from ingest_keys k
    where k.source = t.source and k.external_id = t.external_id
    offset 0
  ) as k
  where k.transaction_id = t.transaction_id
)
",
            $($rest)+
        )
    };
}
pub(super) use won_claims;

/// Who may claim.
#[derive(Debug, Clone)]
pub enum ClaimGate<'a> {
    /// A caller admitted before, by an earlier round trip or because no key is asked of it.
    Admitted {
        /// The sources that the caller is bound to; none for all.
        bound_sources: Option<&'a [String]>,
    },
    /// A caller whose key is checked by the statement itself.
    Presented {
        /// What the caller showed.
        credentials: &'a Credentials,
        /// The limit of keys that have none of their own.
        default_requests: i64,
        /// The server's clock.
        now: jiff::Timestamp,
    },
}

macro_rules! claim_where {
    ($($condition:tt)+) => {
        concat!(
            "
insert into ingest_keys (source, external_id, content_hash, transaction_id)
select t.source, t.external_id, t.content_hash, t.transaction_id
from unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[]) as t (source, external_id, content_hash, transaction_id)
where ",
            $($condition)+,
            "
order by t.source, t.external_id
on conflict (source, external_id) do nothing
returning transaction_id"
        )
    };
}

/// Reads no keys: the role of bulk ingestion has no right to.
const CLAIM_ADMITTED: &str = claim_where!("$5::text[] is null or t.source = any ($5)");

const CLAIM_PRESENTED: &str = claim_where!(
    "exists (
  select
  from api_keys k
  left join rate_counters c on c.subject = 'key:' || k.id
  where k.id = $5
    and ",
    is_proven!("$6", "$8", "$9", "$10"),
    "
    and k.role in ('ingest', 'admin')
    and k.revoked_at is null
    and (k.expires_at is null or k.expires_at > $8)
    and (k.is_unlimited or c.n_requests <= coalesce(k.rate_limit_requests, $7))
    and (k.sources is null or t.source = any (k.sources))
)"
);

/// Claims the keys; returns the ids whose key is now theirs. Waits for a concurrent claim of the same key.
///
/// # Errors
/// [`DbError::Busy`] when the same key is being ingested for longer than the lock timeout.
pub async fn claim(
    client: &impl GenericClient,
    claims: &Claims<'_>,
    gate: &ClaimGate<'_>,
) -> Result<HashSet<Uuid>, DbError> {
    let mut params: Vec<(&(dyn ToSql + Sync), Type)> = vec![
        (&claims.sources, Type::TEXT_ARRAY),
        (&claims.external_ids, Type::TEXT_ARRAY),
        (&claims.hashes, Type::BYTEA_ARRAY),
        (&claims.ids, Type::UUID_ARRAY),
    ];
    let (hash, generation, session): (Vec<u8>, Option<i64>, Option<Uuid>);
    let rows = match gate {
        ClaimGate::Admitted { bound_sources } => {
            params.push((bound_sources, Type::TEXT_ARRAY));
            client.query_typed(CLAIM_ADMITTED, &params).await?
        }
        ClaimGate::Presented { credentials, default_requests, now } => {
            hash = credentials.secret_hash().to_vec();
            generation = credentials.session().map(|session| session.generation);
            session = credentials.session().map(|session| session.id.0);
            params.extend([
                (&credentials.key_id as &(dyn ToSql + Sync), Type::TEXT),
                (&hash, Type::BYTEA),
                (default_requests, Type::INT8),
                (now, Type::TIMESTAMPTZ),
                (&generation, Type::INT8),
                (&session, Type::UUID),
            ]);
            client.query_typed(CLAIM_PRESENTED, &params).await?
        }
    };
    rows.iter().map(|row| Ok(row.try_get("transaction_id")?)).collect()
}

/// A key that was taken before.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The transaction that has it.
    pub transaction_id: Uuid,
    /// The content it was taken with.
    pub content_hash: Vec<u8>,
}

const TAKEN: &str = "
select k.source, k.external_id, k.transaction_id, k.content_hash
from unnest($1::text[], $2::text[], $3::uuid[]) as t (source, external_id, transaction_id)
cross join lateral (
  select k.source, k.external_id, k.transaction_id, k.content_hash
  from ingest_keys k
  where k.source = t.source and k.external_id = t.external_id
  offset 0
) as k
where k.transaction_id <> t.transaction_id";

/// The claims that somebody else won, with `(source, external_id)`.
///
/// # Errors
/// When the database does not answer.
pub async fn taken(
    client: &impl GenericClient,
    claims: &Claims<'_>,
) -> Result<Vec<((String, String), Taken)>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] = [
        (&claims.sources, Type::TEXT_ARRAY),
        (&claims.external_ids, Type::TEXT_ARRAY),
        (&claims.ids, Type::UUID_ARRAY),
    ];
    let rows = client.query_typed(TAKEN, &params).await?;
    rows.iter()
        .map(|row| {
            let key = (row.try_get("source")?, row.try_get("external_id")?);
            let taken = Taken {
                transaction_id: row.try_get("transaction_id")?,
                content_hash: row.try_get("content_hash")?,
            };
            Ok((key, taken))
        })
        .collect()
}

const COMMITTED: &str = "
select count(*) as n_committed
from unnest($1::text[], $2::text[], $3::uuid[]) as t (source, external_id, transaction_id)
cross join lateral (
  select k.transaction_id
  from ingest_keys k
  where k.source = t.source and k.external_id = t.external_id
  offset 0
) as k
where k.transaction_id = t.transaction_id";

/// How many of these claims are committed as ours; asked on another connection after a lost reply.
///
/// # Errors
/// When the database does not answer.
pub async fn n_committed(client: &impl GenericClient, claims: &Claims<'_>) -> Result<i64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] = [
        (&claims.sources, Type::TEXT_ARRAY),
        (&claims.external_ids, Type::TEXT_ARRAY),
        (&claims.ids, Type::UUID_ARRAY),
    ];
    let rows = client.query_typed(COMMITTED, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    Ok(row.try_get("n_committed")?)
}

const IDS_OF_KEYS: &str = "
select t.position, k.transaction_id
from unnest($1::text[], $2::text[]) with ordinality as t (source, external_id, position)
cross join lateral (
  select k.transaction_id
  from ingest_keys k
  where k.source = t.source and k.external_id = t.external_id
  offset 0
) as k";

/// The transactions of natural keys: `(position from 0, transaction id)` for those that exist.
///
/// # Errors
/// When the database does not answer.
pub async fn ids_of(
    client: &impl GenericClient,
    sources: &[&str],
    external_ids: &[&str],
) -> Result<Vec<(usize, Uuid)>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] =
        [(&sources, Type::TEXT_ARRAY), (&external_ids, Type::TEXT_ARRAY)];
    let rows = client.query_typed(IDS_OF_KEYS, &params).await?;
    rows.iter()
        .map(|row| {
            let position: i64 = row.try_get("position")?;
            let position = usize::try_from(position - 1)
                .map_err(|_| DbError::Unreadable("a position is below one".into()))?;
            Ok((position, row.try_get("transaction_id")?))
        })
        .collect()
}
