//! What the dashboard counts: each at a cost that is bounded by the days it shows, and none by all there ever was.

use super::error::DbError;
use crate::domain::dashboard::{Activity, Buckets, Judged, OpenAlerts, Outcomes, Pair};
use crate::domain::share::Share;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

/// Open alerts of one status that are looked at, newest first.
const MOST_OPEN: i64 = 100_000;
/// Alerts of the days shown that are looked at, newest first: enough for a rate.
const MOST_ALERTS: i64 = 100_000;
/// Rows of a ranking.
const MOST_RANKED: i64 = 20;

const OPEN: &str = "
select a.status, a.severity, count(*) as n,
  count(*) filter (where a.is_escalated) as n_escalated,
  count(*) filter (where $1 < a.due and $1 >= a.due - (a.due - a.created_at) / 4) as n_near,
  count(*) filter (where $1 >= a.due) as n_breached
from (
  (
    select status, severity, is_escalated, created_at, respond_by as due
    from alerts
    where status = 'active'
    order by id desc
    limit $2
  )
  union all
  (
    select status, severity, is_escalated, created_at, resolve_by as due
    from alerts
    where status = 'in_review'
    order by id desc
    limit $2
  )
) as a
group by a.status, a.severity
order by a.status, a.severity";

/// The open alerts at `now`, by status and severity.
///
/// # Errors
/// When the database does not answer.
pub async fn open(client: &impl GenericClient, now: Timestamp) -> Result<Vec<OpenAlerts>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&now, Type::TIMESTAMPTZ), (&MOST_OPEN, Type::INT8)];
    let rows = client.query_typed(OPEN, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(OpenAlerts {
                status: row.try_get("status")?,
                severity: row.try_get("severity")?,
                n: row.try_get("n")?,
                n_escalated: row.try_get("n_escalated")?,
                n_near: row.try_get("n_near")?,
                n_breached: row.try_get("n_breached")?,
            })
        })
        .collect()
}

// An id holds its time, so that each count is a range of an index alone.
const ACTIVITY: &str = "
select b.begins_at,
  (
    select count(*)
    from assessments s
    where s.id >= lowest_id_at(b.begins_at) and s.id < lowest_id_at(b.ends_at)
  ) as n_transactions,
  (
    select count(*)
    from assessments s
    where s.gate is not null and s.id >= lowest_id_at(b.begins_at) and s.id < lowest_id_at(b.ends_at)
  ) as n_held_back,
  r.n_alerts
from unnest($1::timestamptz[], $2::timestamptz[]) as b (begins_at, ends_at)
cross join lateral (
  select array[
    count(*) filter (where a.severity = 'low'),
    count(*) filter (where a.severity = 'medium'),
    count(*) filter (where a.severity = 'high'),
    count(*) filter (where a.severity = 'needs_review'),
    count(*) filter (where a.severity = 'critical')
  ] as n_alerts
  from alerts a
  where a.id >= lowest_id_at(b.begins_at) and a.id < lowest_id_at(b.ends_at) and a.kind = 'transaction'
) as r
order by b.begins_at";

/// What came in during each of the times.
///
/// # Errors
/// When the database does not answer.
pub async fn activity(client: &impl GenericClient, buckets: &Buckets) -> Result<Vec<Activity>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] =
        [(&buckets.from, Type::TIMESTAMPTZ_ARRAY), (&buckets.to, Type::TIMESTAMPTZ_ARRAY)];
    let rows = client.query_typed(ACTIVITY, &params).await?;
    rows.iter().map(read_activity).collect()
}

fn read_activity(row: &Row) -> Result<Activity, DbError> {
    let counts: Vec<i64> = row.try_get("n_alerts")?;
    Ok(Activity {
        from: row.try_get("begins_at")?,
        n_transactions: row.try_get("n_transactions")?,
        n_held_back: row.try_get("n_held_back")?,
        n_alerts: counts
            .try_into()
            .map_err(|_| DbError::Unreadable("alerts are not counted by five severities".into()))?,
    })
}

const OUTCOMES: &str = "
select
  count(*) filter (where a.disposition in ('confirmed_fraud', 'false_positive', 'benign_positive')) as n_conclusive,
  count(*) filter (where a.disposition = 'confirmed_fraud') as n_confirmed_fraud,
  count(*) filter (where a.disposition = 'false_positive') as n_false_positive,
  count(*) filter (where a.disposition = 'benign_positive') as n_benign_positive,
  count(*) filter (where a.seconds is not null) as n_decided,
  count(*) filter (where a.decided_at <= a.resolve_by and a.seconds is not null) as n_in_time,
  percentile_cont(0.5) within group (order by a.seconds) as median_seconds,
  percentile_cont(0.9) within group (order by a.seconds) as p90_seconds
from (
  select disposition, decided_at, resolve_by,
    case when status in ('resolved', 'closed')
      then extract(epoch from decided_at - created_at)::float8
    end as seconds
  from alerts
  where id >= lowest_id_at($1)
  order by id desc
  limit $2
) as a";

/// How the alerts ended that were raised since a moment.
///
/// # Errors
/// When the database does not answer.
pub async fn outcomes(client: &impl GenericClient, since: Timestamp) -> Result<Outcomes, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&since, Type::TIMESTAMPTZ), (&MOST_ALERTS, Type::INT8)];
    let rows = client.query_typed(OUTCOMES, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    let of = row.try_get("n_conclusive")?;
    let share = |name: &str| -> Result<Share, DbError> { Ok(Share { n: row.try_get(name)?, of }) };
    Ok(Outcomes {
        confirmed_fraud: share("n_confirmed_fraud")?,
        false_positive: share("n_false_positive")?,
        benign_positive: share("n_benign_positive")?,
        median_seconds: row.try_get("median_seconds")?,
        p90_seconds: row.try_get("p90_seconds")?,
        in_time: Share { n: row.try_get("n_in_time")?, of: row.try_get("n_decided")? },
    })
}

/// The alerts of accounts raised since `$1`, newest first, counted by something of theirs.
macro_rules! ranked {
    ($name:literal, $from:literal) => {
        concat!(
            "
with recent as (
  select detector, reason_codes, account_id, counterparty_id, disposition
  from alerts
  where id >= lowest_id_at($1) and kind = 'transaction'
  order by id desc
  limit $2
)
select ",
            $name,
            " as name, count(*) as n_alerts,
  count(*) filter (where r.disposition in ('confirmed_fraud', 'false_positive', 'benign_positive')) as n_conclusive,
  count(*) filter (where r.disposition = 'confirmed_fraud') as n_confirmed_fraud
from ",
            $from,
            "
group by 1
order by n_alerts desc, name
limit $3"
        )
    };
}

const BY_DETECTOR: &str = ranked!("r.detector", "recent r\nwhere r.detector is not null");
const BY_REASON: &str = ranked!("c.code", "recent r\ncross join lateral unnest(r.reason_codes) as c (code)");
const BY_ACCOUNT: &str = ranked!("r.account_id", "recent r\nwhere r.account_id is not null");
const BY_COUNTERPARTY: &str = ranked!("r.counterparty_id", "recent r\nwhere r.counterparty_id is not null");
const BY_PAIR: &str = ranked!(
    "array[c.code, d.code]",
    "recent r
cross join lateral unnest(r.reason_codes) as c (code)
cross join lateral unnest(r.reason_codes) as d (code)
where c.code < d.code"
);

/// What alerts are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankedBy {
    /// The layer of the top reason.
    Detector,
    /// Each of the top reasons.
    Reason,
    /// The account.
    Account,
    /// The counterparty.
    Counterparty,
}

/// The alerts raised since a moment, by one thing of theirs, most alerts first.
///
/// # Errors
/// When the database does not answer.
pub async fn ranking(
    client: &impl GenericClient,
    by: RankedBy,
    since: Timestamp,
) -> Result<Vec<Judged>, DbError> {
    let statement = match by {
        RankedBy::Detector => BY_DETECTOR,
        RankedBy::Reason => BY_REASON,
        RankedBy::Account => BY_ACCOUNT,
        RankedBy::Counterparty => BY_COUNTERPARTY,
    };
    let rows = client.query_typed(statement, &of_ranking(&since)).await?;
    rows.iter()
        .map(|row| {
            Ok(Judged {
                name: row.try_get("name")?,
                n_alerts: row.try_get("n_alerts")?,
                confirmed_fraud: confirmed(row)?,
            })
        })
        .collect()
}

/// Reason codes that come together in the alerts raised since a moment, most alerts first.
///
/// # Errors
/// When the database does not answer.
pub async fn pairs(client: &impl GenericClient, since: Timestamp) -> Result<Vec<Pair>, DbError> {
    let rows = client.query_typed(BY_PAIR, &of_ranking(&since)).await?;
    rows.iter()
        .map(|row| {
            let codes: Vec<String> = row.try_get("name")?;
            Ok(Pair {
                codes: codes.try_into().map_err(|_| DbError::Unreadable("a pair is not two codes".into()))?,
                n_alerts: row.try_get("n_alerts")?,
                confirmed_fraud: confirmed(row)?,
            })
        })
        .collect()
}

fn confirmed(row: &Row) -> Result<Share, DbError> {
    Ok(Share { n: row.try_get("n_confirmed_fraud")?, of: row.try_get("n_conclusive")? })
}

fn of_ranking(since: &Timestamp) -> [(&(dyn ToSql + Sync), Type); 3] {
    [(since, Type::TIMESTAMPTZ), (&MOST_ALERTS, Type::INT8), (&MOST_RANKED, Type::INT8)]
}
