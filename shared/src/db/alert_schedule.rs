//! What the schedule does to alerts: finds those that are late or long decided, locks them, and moves them. Never what
//! people write: its role has no right to those columns.

use super::alerts::{alert_columns, read};
use super::error::DbError;
use crate::domain::alert::Alert;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

// What somebody holds at this moment is being moved already, and is met at the next run.
macro_rules! found {
    ($ids:literal) => {
        concat!(
            "select ",
            alert_columns!(),
            "\nfrom alerts a\nwhere a.id in (\n",
            $ids,
            "\n)\norder by a.id\nfor update of a skip locked"
        )
    };
}

const LATE: &str = found!(
    "  (
    select w.id
    from alerts w
    where w.status = 'active' and not w.is_escalated and w.respond_by < $1
    order by w.respond_by
    limit $2
  )
  union all
  (
    select w.id
    from alerts w
    where w.status = 'in_review' and not w.is_escalated and w.resolve_by < $1
    order by w.resolve_by
    limit $2
  )"
);

/// Locks alerts past their time to respond or to resolve that are not escalated, at most `limit` of either.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_late(
    client: &impl GenericClient,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Alert>, DbError> {
    locked(client, LATE, (now, limit)).await
}

const DECIDED: &str = found!(
    "  select w.id
  from alerts w
  where w.status = 'resolved' and w.decided_at < $1
  order by w.decided_at
  limit $2"
);

/// Locks resolved alerts that were decided before a moment, at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn lock_decided(
    client: &impl GenericClient,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Alert>, DbError> {
    locked(client, DECIDED, (before, limit)).await
}

async fn locked(
    client: &impl GenericClient,
    statement: &str,
    (moment, limit): (Timestamp, i64),
) -> Result<Vec<Alert>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&moment, Type::TIMESTAMPTZ), (&limit, Type::INT8)];
    let rows = client.query_typed(statement, &params).await?;
    rows.iter().map(read).collect()
}

const STORE: &str = "
with stored as (
  update alerts a
  set status = u.status, is_escalated = u.is_escalated, audit_sequence = u.audit_sequence, audit_hash = u.audit_hash
  from unnest($1::uuid[], $2::text[], $3::bool[], $4::int8[], $5::bytea[])
    as u (id, status, is_escalated, audit_sequence, audit_hash)
  where a.id = u.id and a.audit_sequence < u.audit_sequence
  returning 1
)
select require_that((select count(*) from stored) = cardinality($1::uuid[]), 'every alert is stored')";

/// Writes alerts that the SQL transaction has locked. Raises when a chain would go back.
///
/// # Errors
/// When the database does not answer.
pub async fn store(client: &impl GenericClient, alerts: &[Alert]) -> Result<(), DbError> {
    fn column<'a, T>(alerts: &'a [Alert], value: impl Fn(&'a Alert) -> T) -> Vec<T> {
        alerts.iter().map(value).collect()
    }
    let ids = column(alerts, |alert| alert.id.0);
    let statuses = column(alerts, |alert| alert.status.as_str());
    let escalated = column(alerts, |alert| alert.is_escalated);
    let sequences = column(alerts, |alert| alert.head.sequence);
    let hashes = column(alerts, |alert| alert.head.hash.as_slice());
    let params: [(&(dyn ToSql + Sync), Type); 5] = [
        (&ids, Type::UUID_ARRAY),
        (&statuses, Type::TEXT_ARRAY),
        (&escalated, Type::BOOL_ARRAY),
        (&sequences, Type::INT8_ARRAY),
        (&hashes, Type::BYTEA_ARRAY),
    ];
    client.query_typed(STORE, &params).await?;
    Ok(())
}

const BY_WEEK: &str = "
with decided as (
  select to_char(a.decided_at at time zone 'utc', 'IYYY-\"W\"IW') as week, a.severity,
    a.responded_at <= a.respond_by as is_response_in_time, a.decided_at <= a.resolve_by as is_decision_in_time,
    extract(epoch from a.decided_at - a.created_at)::float8 as seconds
  from alerts a
  where a.status in ('resolved', 'closed') and a.decided_at >= $1 and a.decided_at < $2
  order by a.decided_at desc
  limit $3
)
select d.week, d.severity, count(*) as n_decided,
  count(*) filter (where d.is_response_in_time) as n_responded_in_time,
  count(*) filter (where d.is_response_in_time is not null) as n_responded,
  count(*) filter (where d.is_decision_in_time) as n_decided_in_time,
  percentile_cont(0.5) within group (order by d.seconds) as median_seconds,
  percentile_cont(0.9) within group (order by d.seconds) as p90_seconds
from decided d
group by grouping sets ((d.week), (d.week, d.severity))
order by d.week desc, d.severity nulls first";

/// How the alerts of one ISO week, decided then, met their deadlines; of one severity, or of all.
#[derive(Debug, Clone, PartialEq)]
pub struct WeekOfSla {
    /// Such as `2026-W23`, in UTC.
    pub week: String,
    /// The severity's word; none for all together.
    pub severity: Option<String>,
    /// Alerts decided in the week.
    pub n_decided: i64,
    /// Those of them of which it is known when somebody took them on.
    pub n_responded: i64,
    /// Those taken on in time.
    pub n_responded_in_time: i64,
    /// Those decided in time.
    pub n_decided_in_time: i64,
    /// From the raise to the decision, the median.
    pub median_seconds: f64,
    /// The same, the ninth decile.
    pub p90_seconds: f64,
}

/// Compliance and resolution time by week of the alerts decided in `[from, to)`, newest week first; of the newest
/// `limit` decisions.
///
/// # Errors
/// When the database does not answer.
pub async fn by_week(
    client: &impl GenericClient,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<WeekOfSla>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&from, Type::TIMESTAMPTZ), (&to, Type::TIMESTAMPTZ), (&limit, Type::INT8)];
    let rows = client.query_typed(BY_WEEK, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(WeekOfSla {
                week: row.try_get("week")?,
                severity: row.try_get("severity")?,
                n_decided: row.try_get("n_decided")?,
                n_responded: row.try_get("n_responded")?,
                n_responded_in_time: row.try_get("n_responded_in_time")?,
                n_decided_in_time: row.try_get("n_decided_in_time")?,
                median_seconds: row.try_get("median_seconds")?,
                p90_seconds: row.try_get("p90_seconds")?,
            })
        })
        .collect()
}
