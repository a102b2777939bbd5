//! The next alert of the queue, locked for whoever takes it: of many who ask at once each gets another.

use super::alerts::{alert_columns, read};
use super::error::DbError;
use crate::domain::alert::Alert;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

/// Alerts looked at of each severity and order: enough that many callers at once find one that is free.
const N_CANDIDATES: i64 = 100;

/// The part of the priority that time does not change, as the index has it: risk score 0.30, confirmed fraud on the
/// account before 0.15 (two are enough).
macro_rules! standing_priority {
    () => {
        "(0.30 * a.risk_score + 0.15 * least(a.n_confirmed_before / 2.0, 1))"
    };
}

// Of the order's columns none but the status is changed by a claim, and that one is asked again of the locked row.
const OF_SEVERITIES: &str = concat!(
    "
with candidates as (
  select c.id
  from unnest($1::text[]) as s (severity)
  cross join lateral (
    (
      select a.id
      from alerts a
      where a.status = 'active' and a.severity = s.severity
      order by ",
    standing_priority!(),
    " desc
      limit $3
    )
    union
    (
      select a.id
      from alerts a
      where a.status = 'active' and a.severity = s.severity
      order by a.created_at
      limit $3
    )
  ) as c
)
select ",
    alert_columns!(),
    "
from alerts a
where a.id in (select c.id from candidates c) and a.status = 'active'
order by
  0.40 * case a.severity
    when 'low' then 0.25 when 'medium' then 0.5 when 'high' then 0.75 when 'needs_review' then 0.9 else 1
  end + ",
    standing_priority!(),
    " + 0.15 * least(greatest(
    extract(epoch from $2 - a.created_at) / greatest(extract(epoch from a.resolve_by - a.created_at), 1), 0), 1) desc,
  a.id
limit 1
for update of a skip locked"
);

/// Locks the most urgent of the active alerts that nobody else has locked: of each severity the 100 of the highest
/// score and the 100 oldest are compared. None when all of them are locked, or there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_most_urgent(
    client: &impl GenericClient,
    severities: &[&str],
    now: Timestamp,
) -> Result<Option<Alert>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&severities, Type::TEXT_ARRAY), (&now, Type::TIMESTAMPTZ), (&N_CANDIDATES, Type::INT8)];
    let rows = client.query_typed(OF_SEVERITIES, &params).await?;
    rows.first().map(read).transpose()
}

const OF_ACCOUNT: &str = concat!(
    "select ",
    alert_columns!(),
    "
from alerts a
where a.account_id = $2 and a.kind = 'transaction' and a.status = 'active' and a.severity = any ($1)
for update of a skip locked"
);

/// The same of one account, which has at most one active alert.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_of_account(
    client: &impl GenericClient,
    severities: &[&str],
    account: &str,
) -> Result<Option<Alert>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&severities, Type::TEXT_ARRAY), (&account, Type::TEXT)];
    let rows = client.query_typed(OF_ACCOUNT, &params).await?;
    rows.first().map(read).transpose()
}

const IS_WAITING: &str = "
select exists (
  select
  from alerts a
  where a.status = 'active' and a.severity = any ($1) and ($2::text is null or a.account_id = $2)
) as is_waiting";

/// Whether an alert waits, locked or not.
///
/// # Errors
/// When the database does not answer.
pub async fn is_waiting(
    client: &impl GenericClient,
    severities: &[&str],
    account: Option<&str>,
) -> Result<bool, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&severities, Type::TEXT_ARRAY), (&account, Type::TEXT)];
    let rows = client.query_typed(IS_WAITING, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("whether an alert waits has no row".into()))?;
    Ok(row.try_get("is_waiting")?)
}

/// How the server finds the next alert: a line each of its plan.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "testing")]
pub async fn plan(
    client: &impl GenericClient,
    severities: &[&str],
    now: Timestamp,
) -> Result<Vec<String>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&severities, Type::TEXT_ARRAY), (&now, Type::TIMESTAMPTZ), (&N_CANDIDATES, Type::INT8)];
    let statement = format!("explain (analyze, timing off) {OF_SEVERITIES}");
    let rows = client.query_typed(&statement, &params).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
