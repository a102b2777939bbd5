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
    /// When it was claimed, as it is stored: what comes of the attempt is told by it.
    pub claimed_at: Timestamp,
    /// Where it goes.
    pub url: String,
    /// What it is signed with.
    pub secrets: Secrets,
    /// What it tells.
    pub told: Told,
}

/// The secrets of a webhook that have not ended, the newest first, two at most.
#[derive(Clone)]
pub struct Secrets(pub Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// How much is claimed at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits<'a> {
    /// Of all webhooks.
    pub at_most: i64,
    /// Of one webhook, so that one that does not answer leaves room for the others.
    pub of_one: i64,
    /// Seconds from the end of the first, second and further attempt to the next one; as many attempts and one more are made.
    pub pauses: &'a [f64],
}

/// Each webhook's first comes before any webhook's second, so that those that do not answer leave room for the others. An
/// event of a later version's kind waits for that version.
const CLAIM: &str = "
with due as (
  select d.id
  from (
    select d.id, d.due_at, row_number() over (partition by w.id order by d.due_at) as place
    from webhooks w
    cross join lateral (
      select d.id, d.due_at
      from deliveries d
      where d.webhook_id = w.id
        and d.status = 'pending'
        and d.due_at <= $1
        and d.n_attempts <= cardinality($5::float8[])
        and d.event = any ($6::text[])
      order by d.due_at
      limit $4
      for update skip locked
    ) as d
    where w.removed_at is null
  ) as d
  order by d.place, d.due_at
  limit $3
),
claimed as (
  update deliveries d
  set
    n_attempts = d.n_attempts + 1,
    due_at = $2 + make_interval(secs => coalesce(($5::float8[])[d.n_attempts + 1], 0)),
    last_attempt_at = $1
  from due
  where d.id = due.id
  returning d.id, d.webhook_id, d.event, d.chain, d.sequence, d.n_attempts, d.last_attempt_at
)
select
  c.id, c.n_attempts, c.event, c.last_attempt_at, w.url, s.secrets, e.at, e.actor, e.before, e.after, a.id as alert_id,
  a.account_id
from claimed c
join webhooks w on w.id = c.webhook_id
join audit_events e on e.chain = c.chain and e.sequence = c.sequence
left join alerts a on a.id = case when c.chain like 'alert:alr_%' then substr(c.chain, 11)::uuid end
cross join lateral (
  select coalesce(array_agg(s.secret order by s.generation desc), '{}') as secrets
  from (
    select s.secret, s.generation
    from webhook_secrets s
    where s.webhook_id = c.webhook_id
      and (s.ends_at is null or s.ends_at > $1)
    order by s.generation desc
    limit 2
  ) as s
) as s
order by e.at, c.id";

/// Claims deliveries that are due at `now`. Until something is written of them they count as failed when the lease ends,
/// and are due again after the pause that a failure has.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(
    client: &impl GenericClient,
    (now, lease_ends): (Timestamp, Timestamp),
    limits: Limits<'_>,
) -> Result<Vec<Claimed>, DbError> {
    let known = EventType::ALL.map(EventType::as_str);
    let params: [(&(dyn ToSql + Sync), Type); 6] = [
        (&now, Type::TIMESTAMPTZ),
        (&lease_ends, Type::TIMESTAMPTZ),
        (&limits.at_most, Type::INT8),
        (&limits.of_one, Type::INT8),
        (&limits.pauses, Type::FLOAT8_ARRAY),
        (&known.as_slice(), Type::TEXT_ARRAY),
    ];
    let rows = client.query_typed(CLAIM, &params).await?;
    rows.iter().map(read).collect()
}

/// The number of attempts stands here as it does in the index.
const END_UNHEARD: &str = "
update deliveries d
set status = 'dead', ended_at = $1, last_error = 'nothing was heard of the last attempt'
where d.id in (
  select d.id
  from webhooks w
  cross join lateral (
    select d.id
    from deliveries d
    where d.webhook_id = w.id
      and d.status = 'pending'
      and d.n_attempts >= 8
      and d.due_at <= $1
    order by d.due_at
    limit 100
    for update skip locked
  ) as d
)
returning d.id";

/// Gives up deliveries whose last attempt was begun and of which nothing was heard: those.
///
/// # Errors
/// When the database does not answer.
pub async fn end_unheard(client: &impl GenericClient, now: Timestamp) -> Result<Vec<DeliveryId>, DbError> {
    let rows = client.query_typed(END_UNHEARD, &[(&now, Type::TIMESTAMPTZ)]).await?;
    rows.iter().map(|row| Ok(DeliveryId(row.try_get("id")?))).collect()
}

const END_OF_REMOVED: &str = "
update deliveries d
set status = 'dead', ended_at = $1, last_error = 'the webhook was removed'
where d.id in (
  select d.id
  from webhooks w
  cross join lateral (
    select d.id
    from deliveries d
    where d.webhook_id = w.id
      and d.status = 'pending'
    order by d.due_at
    limit 1000
    for update skip locked
  ) as d
  where w.removed_at is not null
)";

/// Gives up what is on its way to removed webhooks, some at a time; how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_of_removed(client: &impl GenericClient, now: Timestamp) -> Result<u64, DbError> {
    Ok(client.execute_typed(END_OF_REMOVED, &[(&now, Type::TIMESTAMPTZ)]).await?)
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Of which delivery.
    pub id: DeliveryId,
    /// Of which attempt: when it was claimed.
    pub claimed_at: Timestamp,
    /// How the delivery stands now.
    pub status: DeliveryStatus,
    /// When the next attempt is due, of one that is pending.
    pub due_at: Timestamp,
    /// The HTTP status of the answer.
    pub answered: Option<i16>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Locked in the order of ids, so that two that write the same do not wait for each other.
const RECORD: &str = "
with locked as (
  select d.id
  from deliveries d
  where d.id = any ($1::uuid[])
  order by d.id
  for update
)
update deliveries d
set
  status = o.status,
  due_at = o.due_at,
  last_status = o.answered,
  last_error = o.error,
  ended_at = case when o.status = 'pending' then null else $7 end
from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::timestamptz[], $5::int2[], $6::text[])
  as o (id, claimed_at, status, due_at, answered, error)
join locked l on l.id = o.id
where d.id = o.id
  and d.status = 'pending'
  and d.last_attempt_at = o.claimed_at
returning d.id";

/// Writes what came of attempts. What is told twice, or after a later attempt has begun, changes nothing: those that it
/// changed.
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
    let claims = column(outcomes, |outcome| outcome.claimed_at);
    let statuses = column(outcomes, |outcome| outcome.status.as_str());
    let dues = column(outcomes, |outcome| outcome.due_at);
    let answered = column(outcomes, |outcome| outcome.answered);
    let errors = column(outcomes, |outcome| outcome.error.as_deref());
    let params: [(&(dyn ToSql + Sync), Type); 7] = [
        (&ids, Type::UUID_ARRAY),
        (&claims, Type::TIMESTAMPTZ_ARRAY),
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
        claimed_at: row.try_get("last_attempt_at")?,
        url: row.try_get("url")?,
        secrets: Secrets(row.try_get("secrets")?),
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
