//! What a list's entry or a snooze would have done to what was assessed lately, and what it has held back. Each look is
//! bounded: it says how many it looked at.

use super::error::DbError;
use crate::domain::gate::Gate;
use crate::domain::ids::{AlertId, AssessmentId};
use crate::domain::lists::ListSubject;
use crate::domain::score::RiskScore;
use crate::domain::severity::Severity;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// Transactions of one account that are looked at, newest first.
pub const OF_ACCOUNT: i64 = 2_000;
/// Alerted assessments of everybody that are looked at, newest first.
pub const ALERTED: i64 = 10_000;
/// Transactions of everybody that are looked at, newest first.
pub const NEWEST: i64 = 20_000;

/// One assessment of the party, as it was.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Which.
    pub id: AssessmentId,
    /// Its score.
    pub risk: RiskScore,
    /// Its own severity.
    pub severity: Severity,
    /// The alert that it raised or folded into.
    pub alert: Option<AlertId>,
    /// Whether a gate held an alert back.
    pub is_withheld: bool,
    /// Event time.
    pub occurred_at: Timestamp,
}

/// The party's assessments among those that were looked at.
#[derive(Debug, Clone)]
pub struct Seen {
    /// How many were looked at, of whatever party.
    pub n_seen: i64,
    /// The party's, newest first.
    pub candidates: Vec<Candidate>,
}

/// Chooses the party's out of `seen`, and says how many were seen even where none is the party's.
macro_rules! chosen {
    ($($seen:tt)+) => {
        concat!(
            "
with seen as materialized (",
            $($seen)+,
            "
)
select n.n_seen, c.id, c.risk_score, c.severity, c.alert_id, c.is_withheld, c.occurred_at
from (select count(*) as n_seen from seen) as n
left join lateral (
  select a.id, a.risk_score, a.severity, a.alert_id, a.gate is not null as is_withheld, a.occurred_at
  from seen s
  join assessments a on a.id = s.id
  where s.party = $1
  order by a.id desc
) as c on true"
        )
    };
}

const OF_ACCOUNT_LATELY: &str = chosen!(
    "
  select t.id, t.account_id as party
  from transactions t
  where t.account_id = $1 and t.id >= lowest_id_at($2)
  order by t.occurred_at desc
  limit $3"
);

/// What of a transaction a subject names.
macro_rules! party {
    () => {
        "case $4
      when 'account' then t.account_id
      when 'counterparty' then t.counterparty_id
      when 'device' then t.device
      else t.ip_address
    end"
    };
}

const ALERTED_LATELY: &str = chosen!(
    "
  select t.id, ",
    party!(),
    " as party
  from (
    select a.id
    from assessments a
    where a.alert_id is not null and a.id >= lowest_id_at($2)
    order by a.alert_id desc, a.id desc
    limit $3
  ) as a
  join transactions t on t.id = a.id"
);

const NEWEST_LATELY: &str = chosen!(
    "
  select t.id, ",
    party!(),
    " as party
  from transactions t
  where t.id >= lowest_id_at($2)
  order by t.id desc
  limit $3"
);

/// The newest transactions of an account since a moment.
///
/// # Errors
/// When the database does not answer.
pub async fn of_account(
    client: &impl GenericClient,
    account: &str,
    since: Timestamp,
) -> Result<Seen, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&account, Type::TEXT), (&since, Type::TIMESTAMPTZ), (&OF_ACCOUNT, Type::INT8)];
    seen(&client.query_typed(OF_ACCOUNT_LATELY, &params).await?)
}

/// A party's among the newest alerted assessments since a moment.
///
/// # Errors
/// When the database does not answer.
pub async fn alerted(
    client: &impl GenericClient,
    (subject, value): (ListSubject, &str),
    since: Timestamp,
) -> Result<Seen, DbError> {
    let subject = subject.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&value, Type::TEXT), (&since, Type::TIMESTAMPTZ), (&ALERTED, Type::INT8), (&subject, Type::TEXT)];
    seen(&client.query_typed(ALERTED_LATELY, &params).await?)
}

/// A party's among the newest transactions since a moment.
///
/// # Errors
/// When the database does not answer.
pub async fn newest(
    client: &impl GenericClient,
    (subject, value): (ListSubject, &str),
    since: Timestamp,
) -> Result<Seen, DbError> {
    let subject = subject.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&value, Type::TEXT), (&since, Type::TIMESTAMPTZ), (&NEWEST, Type::INT8), (&subject, Type::TEXT)];
    seen(&client.query_typed(NEWEST_LATELY, &params).await?)
}

fn seen(rows: &[Row]) -> Result<Seen, DbError> {
    let first = rows.first().ok_or_else(|| DbError::Unreadable("a look has no row".into()))?;
    let candidates = rows.iter().filter_map(|row| candidate(row).transpose()).collect::<Result<_, _>>()?;
    Ok(Seen { n_seen: first.try_get("n_seen")?, candidates })
}

/// None in the one row of a look that found nothing.
fn candidate(row: &Row) -> Result<Option<Candidate>, DbError> {
    let Some(id) = row.try_get::<_, Option<Uuid>>("id")? else {
        return Ok(None);
    };
    let unreadable = |error: crate::domain::Invalid| DbError::Unreadable(format!("an assessment's {error}"));
    Ok(Some(Candidate {
        id: AssessmentId(id),
        risk: RiskScore::try_new(row.try_get("risk_score")?).map_err(unreadable)?,
        severity: Severity::parse(row.try_get("severity")?).map_err(unreadable)?,
        alert: row.try_get::<_, Option<Uuid>>("alert_id")?.map(AlertId),
        is_withheld: row.try_get("is_withheld")?,
        occurred_at: row.try_get("occurred_at")?,
    }))
}

const N_HELD: &str = "
select count(*) as n_held
from (
  select a.held_by
  from assessments a
  where a.gate = $1 and a.id >= lowest_id_at($2)
  order by a.id desc
  limit $4
) as ledger
where ledger.held_by = $3";

/// How many alerts an entry or a snooze has held back since it was made, among the newest of its gate's ledger.
///
/// # Errors
/// When the database does not answer.
pub async fn n_held(
    client: &impl GenericClient,
    gate: Gate,
    (id, made_at): (Uuid, Timestamp),
) -> Result<i64, DbError> {
    let gate = gate.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 4] =
        [(&gate, Type::TEXT), (&made_at, Type::TIMESTAMPTZ), (&id, Type::UUID), (&ALERTED, Type::INT8)];
    let rows = client.query_typed(N_HELD, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    Ok(row.try_get("n_held")?)
}
