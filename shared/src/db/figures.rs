//! What the metrics ask of the database: a few numbers, each at a bounded cost however much is stored.

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

/// Alerts that are looked at, newest first. Past it the figures are of that many, which is enough for a rate, and a
/// queue of 100,000 needs no exact number.
const MOST_ALERTS: i64 = 100_000;
/// Open alerts of one status whose times are looked at, oldest first.
const MOST_LATE: i64 = 10_000;
/// Stray rows that are counted: one is too many.
const MOST_STRAY: i64 = 1_000;

/// The open alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenAlerts {
    /// Those that wait to be claimed.
    pub n_active: i64,
    /// Those past their time to respond or to resolve.
    pub n_late: i64,
}

// Which are late is a matter of their rows, of which the oldest are read: they are the first to be late. An active alert
// past its time to resolve is past its time to respond, too.
const OPEN: &str = "
select
  (select count(*) from (select from alerts where status = 'active' limit $2) as a) as n_active,
  (
    select count(*)
    from (
      (select respond_by as due from alerts where status = 'active' order by id limit $3)
      union all
      (select resolve_by as due from alerts where status = 'in_review' order by id limit $3)
    ) as a
    where a.due < $1
  ) as n_late";

/// Counts the open alerts at `now`.
///
/// # Errors
/// When the database does not answer.
pub async fn open_alerts(client: &impl GenericClient, now: Timestamp) -> Result<OpenAlerts, DbError> {
    let rows = client.query_typed(OPEN, &of_open(&now)).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    Ok(OpenAlerts { n_active: row.try_get("n_active")?, n_late: row.try_get("n_late")? })
}

fn of_open(now: &Timestamp) -> [(&(dyn ToSql + Sync), Type); 3] {
    [(now, Type::TIMESTAMPTZ), (&MOST_ALERTS, Type::INT8), (&MOST_LATE, Type::INT8)]
}

/// How alerts ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decisions {
    /// Those that say fraud or not.
    pub n_conclusive: i64,
    /// Those that say the alert was wrong.
    pub n_false_positive: i64,
    /// The median from raise to decision; none without a decision lately.
    pub resolution_seconds: Option<f64>,
}

// By the time of the raise, since an alert's id holds it and an index leads there.
const DECIDED: &str = "
select
  count(*) filter (where a.disposition in ('confirmed_fraud', 'false_positive', 'benign_positive')) as n_conclusive,
  count(*) filter (where a.disposition = 'false_positive') as n_false_positive,
  percentile_cont(0.5)
    within group (order by extract(epoch from a.decided_at - a.created_at)::float8)
    filter (where a.decided_at >= $1 - interval '7 days') as resolution_seconds
from (
  select disposition, created_at, decided_at
  from alerts
  where id >= lowest_id_at($1 - interval '30 days')
  order by id desc
  limit $2
) as a";

/// How the alerts ended that were raised in the 30 days before `now`; the time it took, of those decided in the last 7.
///
/// # Errors
/// When the database does not answer.
pub async fn decisions(client: &impl GenericClient, now: Timestamp) -> Result<Decisions, DbError> {
    let rows = client.query_typed(DECIDED, &of_decided(&now)).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    Ok(Decisions {
        n_conclusive: row.try_get("n_conclusive")?,
        n_false_positive: row.try_get("n_false_positive")?,
        resolution_seconds: row.try_get("resolution_seconds")?,
    })
}

const CHAMPION_MADE_AT: &str = "
select m.created_at
from active_versions v
join models m on m.id = v.model_id";

/// When the ml layer's champion was made; none before the first.
///
/// # Errors
/// When the database does not answer.
pub async fn champion_made_at(client: &impl GenericClient) -> Result<Option<Timestamp>, DbError> {
    let rows = client.query_typed(CHAMPION_MADE_AT, &[]).await?;
    Ok(rows.first().map(|row| row.try_get("created_at")).transpose()?)
}

const STRAY: &str = "
select
  (select count(*) from (select from transactions_default limit $1) as t)
  + (select count(*) from (select from assessments_default limit $1) as a) as n_stray";

/// Rows that no month's partition took, counted to the most that matters.
///
/// # Errors
/// When the database does not answer.
pub async fn n_stray(client: &impl GenericClient) -> Result<i64, DbError> {
    let rows = client.query_typed(STRAY, &[(&MOST_STRAY, Type::INT8)]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    Ok(row.try_get("n_stray")?)
}

fn of_decided(now: &Timestamp) -> [(&(dyn ToSql + Sync), Type); 2] {
    [(now, Type::TIMESTAMPTZ), (&MOST_ALERTS, Type::INT8)]
}

/// The plans of the two statements that read alerts, for the test that holds them to their indexes.
///
/// # Errors
/// When the database does not answer.
pub async fn plans(client: &impl GenericClient, now: Timestamp) -> Result<Vec<String>, DbError> {
    let explained = |statement: &str| format!("explain (analyze, timing off) {statement}");
    let open = client.query_typed(&explained(OPEN), &of_open(&now)).await?;
    let decided = client.query_typed(&explained(DECIDED), &of_decided(&now)).await?;
    open.iter().chain(&decided).map(|row| Ok(row.try_get(0)?)).collect()
}
