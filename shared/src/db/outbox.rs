//! The outbox: what is due is claimed with the event it tells of, and what came of it is written. Several may claim at
//! once; none gets what another has.

use super::error::DbError;
use crate::domain::Invalid;
use crate::domain::ids::{AlertId, DeliveryId};
use crate::domain::webhook::message::{Told, ToldAlert};
use crate::domain::webhook::{DeliveryStatus, EventType};
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};

/// A delivery whose next attempt begins.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Which.
    pub id: DeliveryId,
    /// The how manieth attempt this is, from 1.
    pub n_attempts: i64,
    /// Where it goes.
    pub url: String,
    /// What it is signed with: every secret that has not ended, the newest first.
    pub secrets: Vec<String>,
    /// What it tells.
    pub told: Told,
}

/// How much is claimed at once.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// Of all webhooks.
    pub at_most: i64,
    /// Of one webhook, so that one that does not answer leaves room for the others.
    pub of_one: i64,
    /// Attempts after which a delivery is claimed no more.
    pub max_attempts: i64,
}

const CLAIM: &str = "
with due as (
  select d.id
  from webhooks w
  cross join lateral (
    select d.id, d.due_at
    from deliveries d
    where d.webhook_id = w.id
      and d.status = 'pending'
      and d.due_at <= $1
      and d.n_attempts < $5
    order by d.due_at
    limit $4
    for update skip locked
  ) as d
  where w.removed_at is null
  order by d.due_at
  limit $3
),
claimed as (
  update deliveries d
  set n_attempts = d.n_attempts + 1, due_at = $2, last_attempt_at = $1
  from due
  where d.id = due.id
  returning d.id, d.webhook_id, d.event, d.chain, d.sequence, d.n_attempts
)
select
  c.id, c.n_attempts, c.event, w.url, s.secrets, e.at, e.actor, e.before, e.after, a.id as alert_id, a.account_id
from claimed c
join webhooks w on w.id = c.webhook_id
join audit_events e on e.chain = c.chain and e.sequence = c.sequence
left join alerts a on a.id = case when c.chain like 'alert:alr_%' then substr(c.chain, 11)::uuid end
cross join lateral (
  select coalesce(array_agg(s.secret order by s.generation desc), '{}') as secrets
  from webhook_secrets s
  where s.webhook_id = c.webhook_id
    and (s.ends_at is null or s.ends_at > $1)
) as s
order by e.at, c.id";

/// Claims deliveries that are due at `now`, those that have waited longest first; they are due again at `lease_ends`
/// unless something is written of them before.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(
    client: &impl GenericClient,
    (now, lease_ends): (Timestamp, Timestamp),
    share: Share,
) -> Result<Vec<Claimed>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 5] = [
        (&now, Type::TIMESTAMPTZ),
        (&lease_ends, Type::TIMESTAMPTZ),
        (&share.at_most, Type::INT8),
        (&share.of_one, Type::INT8),
        (&share.max_attempts, Type::INT8),
    ];
    let rows = client.query_typed(CLAIM, &params).await?;
    rows.iter().map(read).collect()
}

const END_UNHEARD: &str = "
update deliveries
set status = 'dead', ended_at = $1, last_error = 'nothing was heard of the last attempt'
where id in (
  select d.id
  from webhooks w
  cross join lateral (
    select d.id
    from deliveries d
    where d.webhook_id = w.id
      and d.status = 'pending'
      and d.due_at <= $1
      and d.n_attempts >= $2
    order by d.due_at
    limit 100
    for update skip locked
  ) as d
)";

/// Gives up deliveries whose last attempt was begun and of which nothing was heard; how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_unheard(
    client: &impl GenericClient,
    now: Timestamp,
    max_attempts: i64,
) -> Result<u64, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&now, Type::TIMESTAMPTZ), (&max_attempts, Type::INT8)];
    Ok(client.execute_typed(END_UNHEARD, &params).await?)
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Of which delivery.
    pub id: DeliveryId,
    /// Of which attempt.
    pub n_attempts: i64,
    /// How the delivery stands now.
    pub status: DeliveryStatus,
    /// When the next attempt is due, of one that is pending.
    pub due_at: Timestamp,
    /// The HTTP status of the answer.
    pub answered: Option<i16>,
    /// Why it failed.
    pub error: Option<String>,
}

const RECORD: &str = "
update deliveries d
set
  status = o.status,
  due_at = o.due_at,
  last_status = o.answered,
  last_error = o.error,
  ended_at = case when o.status = 'pending' then null else $7 end
from unnest($1::uuid[], $2::int8[], $3::text[], $4::timestamptz[], $5::int2[], $6::text[])
  as o (id, n_attempts, status, due_at, answered, error)
where d.id = o.id
  and d.status = 'pending'
  and d.n_attempts = o.n_attempts
returning d.id";

/// Writes what came of attempts. What is told twice, or too late, changes nothing: those that it changed.
///
/// # Errors
/// When the database does not answer.
pub async fn record(
    client: &impl GenericClient,
    outcomes: &[Outcome],
    now: Timestamp,
) -> Result<Vec<DeliveryId>, DbError> {
    fn column<'a, T>(outcomes: &'a [Outcome], value: impl Fn(&'a Outcome) -> T) -> Vec<T> {
        outcomes.iter().map(value).collect()
    }
    let ids = column(outcomes, |outcome| outcome.id.0);
    let attempts = column(outcomes, |outcome| outcome.n_attempts);
    let statuses = column(outcomes, |outcome| outcome.status.as_str());
    let dues = column(outcomes, |outcome| outcome.due_at);
    let answered = column(outcomes, |outcome| outcome.answered);
    let errors = column(outcomes, |outcome| outcome.error.as_deref());
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&ids, Type::UUID_ARRAY),
        (&attempts, Type::INT8_ARRAY),
        (&statuses, Type::TEXT_ARRAY),
        (&dues, Type::TIMESTAMPTZ_ARRAY),
        (&answered, Type::INT2_ARRAY),
        (&errors, Type::TEXT_ARRAY),
        (&now, Type::TIMESTAMPTZ),
    ];
    let rows = client.query_typed(RECORD, &params).await?;
    rows.iter().map(|row| Ok(DeliveryId(row.try_get("id")?))).collect()
}

fn read(row: &Row) -> Result<Claimed, DbError> {
    let unreadable = |error: Invalid| DbError::Unreadable(format!("a delivery's event {error}"));
    let alert: Option<uuid::Uuid> = row.try_get("alert_id")?;
    let account: Option<String> = row.try_get("account_id")?;
    Ok(Claimed {
        id: DeliveryId(row.try_get("id")?),
        n_attempts: row.try_get("n_attempts")?,
        url: row.try_get("url")?,
        secrets: row.try_get("secrets")?,
        told: Told {
            event: EventType::parse(row.try_get("event")?).map_err(unreadable)?,
            at: row.try_get("at")?,
            actor: row.try_get("actor")?,
            before: row.try_get("before")?,
            after: row.try_get("after")?,
            alert: alert.map(|id| ToldAlert { id: AlertId(id).to_string(), account }),
        },
    })
}
