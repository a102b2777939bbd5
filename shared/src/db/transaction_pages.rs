//! Pages of transactions, each with what its assessment says.

use super::error::DbError;
use super::transactions::read;
use crate::domain::transaction::Transaction;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// Which transactions; an absent filter lets all through.
#[derive(Debug, Clone, Default)]
pub struct TransactionFilter {
    /// One account.
    pub account: Option<String>,
    /// One counterparty.
    pub counterparty: Option<String>,
    /// One feed.
    pub source: Option<String>,
    /// The feed's id of one transaction; with `source` only.
    pub external_id: Option<String>,
    /// Occurred at or after.
    pub from: Option<Timestamp>,
    /// Occurred before.
    pub to: Option<Timestamp>,
    /// At least this risk score.
    pub min_risk_score: Option<f64>,
}

/// A transaction and what its assessment says.
#[derive(Debug, Clone)]
pub struct AssessedTransaction {
    /// The transaction.
    pub transaction: Transaction,
    /// In [0, 1].
    pub risk_score: f64,
    /// The severity's word.
    pub severity: String,
    /// The alert that it raised or folded into.
    pub alert: Option<Uuid>,
    /// The gate that held an alert back.
    pub gate: Option<String>,
}

/// After which transaction a page begins.
#[derive(Debug, Clone, Copy)]
pub struct AfterTransaction {
    /// When it occurred; what pages of one account are ordered by.
    pub occurred_at: Timestamp,
    /// Its id.
    pub id: Uuid,
}

macro_rules! assessed {
    ($condition:literal, $order:literal) => {
        concat!(
            "
select t.id, t.received_at, t.source, t.external_id, t.account_id, t.counterparty_id, t.amount_minor, t.currency,
  t.occurred_at, t.channel, t.entity_type, t.country, t.city, t.latitude, t.longitude, t.device, t.ip_address,
  t.category, t.attributes, a.risk_score, a.severity, a.alert_id, a.gate
from transactions t
join assessments a on a.id = t.id
where ($1::text is null or t.account_id = $1)
  and ($2::text is null or t.counterparty_id = $2)
  and ($3::text is null or t.source = $3)
  and (
    $4::text is null
    or t.id = (select k.transaction_id from ingest_keys k where k.source = $3 and k.external_id = $4)
  )
  and ($5::timestamptz is null or t.occurred_at >= $5)
  and ($6::timestamptz is null or t.occurred_at < $6)
  and ($7::float8 is null or a.risk_score >= $7)
  and ",
            $condition,
            "
order by ",
            $order,
            "
limit $8"
        )
    };
}

const NEWEST_RECEIVED: &str = assessed!("($9::uuid is null or t.id < $9)", "t.id desc");

const NEWEST_OF_ACCOUNT: &str = assessed!(
    "($9::uuid is null or (t.occurred_at, t.id) < ($10::timestamptz, $9))",
    "t.occurred_at desc, t.id desc"
);

/// A page: of one account by event time, otherwise newest received first.
///
/// # Errors
/// When the database does not answer or a row cannot be read.
pub async fn page(
    client: &impl GenericClient,
    filter: &TransactionFilter,
    after: Option<AfterTransaction>,
    limit: i64,
) -> Result<Vec<AssessedTransaction>, DbError> {
    let statement = if filter.account.is_some() { NEWEST_OF_ACCOUNT } else { NEWEST_RECEIVED };
    let rows = send(client, statement, (filter, after, limit)).await?;
    rows.iter().map(read_assessed).collect()
}

/// What the server does for a page: a line each of its plan.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "testing")]
pub async fn plan_of_page(
    client: &impl GenericClient,
    filter: &TransactionFilter,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    let statement = if filter.account.is_some() { NEWEST_OF_ACCOUNT } else { NEWEST_RECEIVED };
    let rows = send(client, &format!("explain (analyze) {statement}"), (filter, None, limit)).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn send(
    client: &impl GenericClient,
    statement: &str,
    (filter, after, limit): (&TransactionFilter, Option<AfterTransaction>, i64),
) -> Result<Vec<Row>, DbError> {
    let id = after.map(|after| after.id);
    let occurred_at = after.map(|after| after.occurred_at);
    let mut params: Vec<(&(dyn ToSql + Sync), Type)> = vec![
        (&filter.account, Type::TEXT),
        (&filter.counterparty, Type::TEXT),
        (&filter.source, Type::TEXT),
        (&filter.external_id, Type::TEXT),
        (&filter.from, Type::TIMESTAMPTZ),
        (&filter.to, Type::TIMESTAMPTZ),
        (&filter.min_risk_score, Type::FLOAT8),
        (&limit, Type::INT8),
        (&id, Type::UUID),
    ];
    if filter.account.is_some() {
        params.push((&occurred_at, Type::TIMESTAMPTZ));
    }
    Ok(client.query_typed(statement, &params).await?)
}

fn read_assessed(row: &Row) -> Result<AssessedTransaction, DbError> {
    Ok(AssessedTransaction {
        transaction: read(row)?,
        risk_score: row.try_get("risk_score")?,
        severity: row.try_get("severity")?,
        alert: row.try_get("alert_id")?,
        gate: row.try_get("gate")?,
    })
}
