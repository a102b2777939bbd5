//! What surrounds an alert: the account's history by day, decided alerts to compare with, and who else uses its
//! counterparty or device. Each statement reads a bounded number of rows.

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Transactions of the account's 90 days that are counted, newest first.
pub const MOST_TRANSACTIONS: i64 = 5_000;
/// Decided alerts that are compared, newest first.
const MOST_COMPARED: i64 = 2_000;
/// Transactions of a counterparty or device that are looked at, newest received first.
const MOST_SHARED: i64 = 1_000;
/// Accounts shown of them.
const MOST_ACCOUNTS: i64 = 20;

/// What an account moved on one day in one currency.
#[derive(Debug, Clone)]
pub struct DayOfAccount {
    /// The day, UTC, such as 2026-06-03.
    pub day: String,
    /// ISO 4217.
    pub currency: String,
    /// How many transactions.
    pub n: i64,
    /// Their sum in minor units, as text: it may pass 64 bits.
    pub sum_minor: String,
}

const HISTORY: &str = "
select to_char(t.occurred_at at time zone 'utc', 'YYYY-MM-DD') as day, t.currency, count(*) as n,
  sum(t.amount_minor)::text as sum_minor
from (
  select occurred_at, currency, amount_minor
  from transactions
  where account_id = $1 and occurred_at > $2::timestamptz - interval '90 days' and occurred_at <= $2
  order by occurred_at desc
  limit $3
) as t
group by 1, 2
order by 1, 2";

/// An account's 90 days until a moment of event time, a row for each day and currency, oldest first; of its newest
/// 5,000 transactions.
///
/// # Errors
/// When the database does not answer.
pub async fn history(
    client: &impl GenericClient,
    account: &str,
    until: Timestamp,
) -> Result<Vec<DayOfAccount>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&account, Type::TEXT), (&until, Type::TIMESTAMPTZ), (&MOST_TRANSACTIONS, Type::INT8)];
    let rows = client.query_typed(HISTORY, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(DayOfAccount {
                day: row.try_get("day")?,
                currency: row.try_get("currency")?,
                n: row.try_get("n")?,
                sum_minor: row.try_get("sum_minor")?,
            })
        })
        .collect()
}

/// A decided alert to compare with.
#[derive(Debug, Clone)]
pub struct Comparable {
    /// The alert.
    pub alert: Uuid,
    /// The schema of `features`.
    pub feature_schema_id: i16,
    /// The bytes of its highest assessment's feature vector.
    pub features: Vec<u8>,
}

const COMPARABLE: &str = "
select d.id, s.feature_schema_id, s.features
from (
  select a.id, a.top_assessment_id
  from alerts a
  where a.reason_codes && $1 and a.id <> $2 and a.status in ('resolved', 'closed') and a.disposition is not null
  order by a.id desc
  limit $3
) as d
join assessments s on s.id = d.top_assessment_id
order by d.id desc";

/// The newest 2,000 decided alerts that share one of these reasons, without one alert.
///
/// # Errors
/// When the database does not answer.
pub async fn comparable(
    client: &impl GenericClient,
    reasons: &[String],
    without: Uuid,
) -> Result<Vec<Comparable>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&reasons, Type::TEXT_ARRAY), (&without, Type::UUID), (&MOST_COMPARED, Type::INT8)];
    let rows = client.query_typed(COMPARABLE, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(Comparable {
                alert: row.try_get("id")?,
                feature_schema_id: row.try_get("feature_schema_id")?,
                features: row.try_get("features")?,
            })
        })
        .collect()
}

/// Another account that uses the same counterparty or device.
#[derive(Debug, Clone)]
pub struct Sharer {
    /// The account.
    pub account: String,
    /// Its transactions among those looked at.
    pub n_transactions: i64,
    /// Event time of the newest of them.
    pub last_occurred_at: Timestamp,
    /// Its alerts that ended as confirmed fraud, counted to 100.
    pub n_confirmed: i64,
}

macro_rules! sharers {
    ($column:literal) => {
        concat!(
            "
select x.account_id, x.n, x.newest, f.n_confirmed
from (
  select t.account_id, count(*) as n, max(t.occurred_at) as newest
  from (
    select account_id, occurred_at from transactions where ",
            $column,
            " = $1 order by id desc limit $3
  ) as t
  where t.account_id is distinct from $2
  group by t.account_id
) as x
cross join lateral (
  select count(*) as n_confirmed
  from (
    select from alerts d where d.account_id = x.account_id and d.disposition = 'confirmed_fraud' limit 100
  ) as c
) as f
order by f.n_confirmed desc, x.newest desc, x.account_id
limit $4"
        )
    };
}

const OF_COUNTERPARTY: &str = sharers!("counterparty_id");

/// Other accounts among the newest 1,000 transactions of a counterparty: those with confirmed fraud first, at most 20.
///
/// # Errors
/// When the database does not answer.
pub async fn sharers_of_counterparty(
    client: &impl GenericClient,
    counterparty: &str,
    without: Option<&str>,
) -> Result<Vec<Sharer>, DbError> {
    read_sharers(client, OF_COUNTERPARTY, (counterparty, without)).await
}

const OF_DEVICE: &str = sharers!("device");

/// Other accounts among the newest 1,000 transactions of a device: those with confirmed fraud first, at most 20.
///
/// # Errors
/// When the database does not answer.
pub async fn sharers_of_device(
    client: &impl GenericClient,
    device: &str,
    without: Option<&str>,
) -> Result<Vec<Sharer>, DbError> {
    read_sharers(client, OF_DEVICE, (device, without)).await
}

async fn read_sharers(
    client: &impl GenericClient,
    statement: &str,
    (shared, without): (&str, Option<&str>),
) -> Result<Vec<Sharer>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 4] = [
        (&shared, Type::TEXT),
        (&without, Type::TEXT),
        (&MOST_SHARED, Type::INT8),
        (&MOST_ACCOUNTS, Type::INT8),
    ];
    let rows = client.query_typed(statement, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(Sharer {
                account: row.try_get("account_id")?,
                n_transactions: row.try_get("n")?,
                last_occurred_at: row.try_get("newest")?,
                n_confirmed: row.try_get("n_confirmed")?,
            })
        })
        .collect()
}

/// What the server does for each statement here: a line each of its plan.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "testing")]
pub async fn plans(
    client: &impl GenericClient,
    (account, counterparty, device): (&str, &str, &str),
    until: Timestamp,
) -> Result<Vec<String>, DbError> {
    let explained = |statement: &str| format!("explain (analyze) {statement}");
    let none = Uuid::nil();
    let reasons = [counterparty.to_owned()];
    let of_history: [(&(dyn ToSql + Sync), Type); 3] =
        [(&account, Type::TEXT), (&until, Type::TIMESTAMPTZ), (&MOST_TRANSACTIONS, Type::INT8)];
    let of_alerts: [(&(dyn ToSql + Sync), Type); 3] =
        [(&reasons.as_slice(), Type::TEXT_ARRAY), (&none, Type::UUID), (&MOST_COMPARED, Type::INT8)];
    let of_counterparty: [(&(dyn ToSql + Sync), Type); 4] = [
        (&counterparty, Type::TEXT),
        (&account, Type::TEXT),
        (&MOST_SHARED, Type::INT8),
        (&MOST_ACCOUNTS, Type::INT8),
    ];
    let of_device: [(&(dyn ToSql + Sync), Type); 4] = [
        (&device, Type::TEXT),
        (&account, Type::TEXT),
        (&MOST_SHARED, Type::INT8),
        (&MOST_ACCOUNTS, Type::INT8),
    ];
    let mut lines = Vec::new();
    lines.extend(client.query_typed(&explained(HISTORY), &of_history).await?);
    lines.extend(client.query_typed(&explained(COMPARABLE), &of_alerts).await?);
    lines.extend(client.query_typed(&explained(OF_COUNTERPARTY), &of_counterparty).await?);
    lines.extend(client.query_typed(&explained(OF_DEVICE), &of_device).await?);
    lines.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
