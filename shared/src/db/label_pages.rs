//! Pages of labels: who said what of which transaction, newest recorded first.

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// Which labels; an absent filter lets all through.
#[derive(Debug, Clone, Default)]
pub struct LabelFilter {
    /// Of one transaction.
    pub transaction: Option<Uuid>,
    /// The verdict's word.
    pub verdict: Option<String>,
    /// The source's word.
    pub source: Option<String>,
    /// Recorded at or after.
    pub from: Option<Timestamp>,
    /// Recorded before.
    pub to: Option<Timestamp>,
}

/// A label as its history shows it.
#[derive(Debug, Clone)]
pub struct ListedLabel {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    pub transaction: Uuid,
    /// fraud or genuine.
    pub verdict: String,
    /// analyst, chargeback or supervisor.
    pub source: String,
    /// When it became known.
    pub observed_at: Timestamp,
    /// When we took it.
    pub recorded_at: Timestamp,
    /// Who sent it.
    pub actor: String,
    /// The label in force before it.
    pub supersedes: Option<Uuid>,
    /// Whose profile it was counted in: account or counterparty.
    pub attributed_to: String,
}

// A label's id is minted from the moment it is recorded at.
const PAGE: &str = "
select l.id, l.transaction_id, l.verdict, l.source, l.observed_at, l.recorded_at, l.actor, l.supersedes, l.attributed_to
from labels l
where ($1::uuid is null or l.transaction_id = $1)
  and ($2::text is null or l.verdict = $2)
  and ($3::text is null or l.source = $3)
  and ($4::timestamptz is null or l.id >= lowest_id_at(greatest($4, 'epoch')))
  and ($5::timestamptz is null or l.id < lowest_id_at(greatest($5, 'epoch')))
  and ($6::uuid is null or l.id < $6)
order by l.id desc
limit $7";

/// A page.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    filter: &LabelFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ListedLabel>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&filter.transaction, Type::UUID),
        (&filter.verdict, Type::TEXT),
        (&filter.source, Type::TEXT),
        (&filter.from, Type::TIMESTAMPTZ),
        (&filter.to, Type::TIMESTAMPTZ),
        (&after, Type::UUID),
        (&limit, Type::INT8),
    ];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<ListedLabel, DbError> {
    Ok(ListedLabel {
        id: row.try_get("id")?,
        transaction: row.try_get("transaction_id")?,
        verdict: row.try_get("verdict")?,
        source: row.try_get("source")?,
        observed_at: row.try_get("observed_at")?,
        recorded_at: row.try_get("recorded_at")?,
        actor: row.try_get("actor")?,
        supersedes: row.try_get("supersedes")?,
        attributed_to: row.try_get("attributed_to")?,
    })
}

const OF_ALERT: &str = "
select l.id, l.transaction_id, l.verdict, l.source, l.observed_at, l.recorded_at, l.actor, l.supersedes, l.attributed_to
from (select a.id from assessments a where a.alert_id = $1 order by a.id limit $2) as folded
join labels l on l.transaction_id = folded.id
order by l.id
limit $2";

/// The labels of the transactions that are folded into an alert, oldest first, at most `limit` of as many transactions.
///
/// # Errors
/// When the database does not answer.
pub async fn of_alert(
    client: &impl GenericClient,
    alert: Uuid,
    limit: i64,
) -> Result<Vec<ListedLabel>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&alert, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(OF_ALERT, &params).await?;
    rows.iter().map(read).collect()
}
