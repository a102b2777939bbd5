//! The queue: a page of alerts by filters, in one of five orders, and how many there are.
//!
//! Each order but newest first reads the head of every status it wants from an index of its own and merges them. So a
//! page costs what it shows, however many alerts there are.

pub use super::alert_filter::{AlertFilter, Assignee, Beginning, Facet, KINDS};
use super::alert_filter::{FilterParams, matching};
use super::alerts::{alert_columns, read};
use super::error::DbError;
use crate::domain::alert::Alert;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Ranks are whole numbers, so that sums of them are exact in any order: 1 is a priority of 1e-12.
const RANKS: f64 = 1e12;

/// The order of a listing; equals are newest first, but those with the same deadline oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueOrder {
    /// Newest raised first.
    Newest,
    /// Highest priority first.
    Priority,
    /// Highest risk score first.
    Score,
    /// Largest amount first, of one currency.
    Amount,
    /// Soonest deadline first, of the open alerts.
    Deadline,
}

/// An alert and its priority in the queue, in [0, 1].
#[derive(Debug, Clone)]
pub struct QueuedAlert {
    /// The alert.
    pub alert: Alert,
    /// As of the page's moment.
    pub priority: f64,
    /// Where a page after it begins.
    pub position: Position,
}

/// Where a page begins: after the alert with this key and id, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// What the order is by.
    pub key: SortKey,
    /// The last id seen.
    pub id: Uuid,
}

/// What an order is by, beside the id.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SortKey {
    /// The id alone.
    Id,
    /// A rank, or an amount in minor units.
    Whole(i64),
    /// A risk score.
    Score(f64),
    /// A deadline.
    At(Timestamp),
}

/// The order of a page and its size.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The moment that ages are taken at; fixed over the pages of one listing.
    pub as_of: Timestamp,
    /// Where the page begins; the start when absent.
    pub after: Option<Position>,
    /// Rows.
    pub limit: i64,
}

/// The part of a priority that stays, as an index has it.
macro_rules! standing {
    () => {
        "alert_standing(a.severity, a.risk_score, a.n_confirmed_before)"
    };
}

/// What the age against the deadline adds at most: 0.15.
macro_rules! oldest {
    () => {
        "150000000000"
    };
}

/// The priority at $22 as a rank: what stays, and the share of the time to resolve that has passed.
macro_rules! rank {
    () => {
        concat!(
            standing!(),
            " + case
      when a.resolve_by <= $22 then ",
            oldest!(),
            "
      else round(",
            oldest!(),
            " * least(
        greatest(date_part('epoch', $22 - a.created_at), 0)
          / greatest(date_part('epoch', a.resolve_by - a.created_at), 0.000001), 1))::int8
    end"
        )
    };
}

macro_rules! shown {
    () => {
        concat!(alert_columns!(), ", ", rank!(), " as rank")
    };
}

/// The statuses that are wanted: of alerts with a deadline only the open ones have any to show.
macro_rules! wanted_statuses {
    () => {
        "(
  select distinct unnest(coalesce($1, case
    when $21::text[] is null then array['active', 'in_review', 'resolved', 'closed']
    else array['active', 'in_review']
  end)) as status
) as s"
    };
}

/// The heads of the wanted statuses, merged.
macro_rules! of_each_status {
    ($head:expr, $order:literal) => {
        concat!(
            "
select p.*
from ",
            wanted_statuses!(),
            "
cross join lateral (
  ",
            $head,
            "
) as p
order by ",
            $order,
            "
limit $23"
        )
    };
}

const NEWEST: &str = concat!(
    "
select ",
    shown!(),
    "
from alerts a
where ",
    matching!(),
    "
    and ($24::uuid is null or a.id < $24)
order by a.id desc
limit $23"
);

// Where few alerts have the wanted statuses, or the newest have none of them, the listing above would read far.
const NEWEST_OF_STATUSES: &str = of_each_status!(
    concat!(
        "select ",
        shown!(),
        "
  from alerts a
  where a.status = s.status and ",
        matching!(),
        "
    and ($24::uuid is null or a.id < $24)
  order by a.id desc
  limit $23"
    ),
    "p.id desc"
);

const BY_SCORE: &str = of_each_status!(
    concat!(
        "select ",
        shown!(),
        "
  from alerts a
  where a.status = s.status and ",
        matching!(),
        "
    and ($24::uuid is null or (a.risk_score, a.id) < ($25::float8, $24))
  order by a.risk_score desc, a.id desc
  limit $23"
    ),
    "p.risk_score desc, p.id desc"
);

const BY_AMOUNT: &str = of_each_status!(
    concat!(
        "select ",
        shown!(),
        "
  from alerts a
  where a.status = s.status and ",
        matching!(),
        "
    and ($24::uuid is null or (a.amount_minor, a.id) < ($25::int8, $24))
  order by a.amount_minor desc, a.id desc
  limit $23"
    ),
    "p.amount_minor desc, p.id desc"
);

macro_rules! soonest {
    ($status:literal, $due:literal) => {
        concat!(
            "(
  select ",
            shown!(),
            ", a.",
            $due,
            " as due
  from alerts a
  where a.status = '",
            $status,
            "' and ",
            matching!(),
            "
    and ($24::uuid is null or (a.",
            $due,
            ", a.id) > ($25::timestamptz, $24))
  order by a.",
            $due,
            ", a.id
  limit $23
)"
        )
    };
}

const BY_DEADLINE: &str = concat!(
    "
select p.*
from (",
    soonest!("active", "respond_by"),
    "union all ",
    soonest!("in_review", "resolve_by"),
    ") as p
order by p.due, p.id
limit $23"
);

/// Rows of each wanted status, with their rank.
macro_rules! ranked {
    ($rest:expr) => {
        concat!(
            "select h.id, h.rank
  from ",
            wanted_statuses!(),
            "
  cross join lateral (
    select a.id, ",
            rank!(),
            " as rank
    from alerts a
    where a.status = s.status and ",
            matching!(),
            "
      and ",
            $rest,
            "
  ) as h"
        )
    };
}

// An alert past its time to resolve has all that age adds, so those are in the order of what stays, which an index has.
// The others may rise by up to 0.15. `first` are as many of them as a page has, by what stays; whoever is on the page ranks
// no lower than the last of a page made of `overdue` and `first` alone, and so stays within 0.15 of it: `ahead`.
const BY_PRIORITY: &str = concat!(
    "
with overdue as materialized (
  ",
    ranked!(concat!(
        "a.resolve_by <= $22
      and ($24::uuid is null or (",
        standing!(),
        ", a.id) < ($25::int8 - ",
        oldest!(),
        ", $24))
    order by ",
        standing!(),
        " desc, a.id desc
    limit $23"
    )),
    "
),
first as materialized (
  ",
    ranked!(concat!(
        "a.resolve_by > $22
      and ($24::uuid is null or ",
        standing!(),
        " <= $25 and (",
        rank!(),
        ", a.id) < ($25, $24))
    order by ",
        standing!(),
        " desc, a.id desc
    limit $23"
    )),
    "
),
last as materialized (
  select case when count(*) = $23 then min(u.rank) else 0 end as rank
  from (
    select k.rank from (select rank from overdue union all select rank from first) as k order by k.rank desc limit $23
  ) as u
),
ahead as materialized (
  ",
    ranked!(concat!(
        "a.resolve_by > $22
      and ",
        standing!(),
        " >= (select l.rank from last l) - ",
        oldest!(),
        "
      and ($24::uuid is null or ",
        standing!(),
        " <= $25 and (",
        rank!(),
        ", a.id) < ($25, $24))"
    )),
    "
)
select ",
    alert_columns!(),
    ", page.rank
from (
  select k.id, k.rank
  from (select id, rank from overdue union all select id, rank from ahead) as k
  order by k.rank desc, k.id desc
  limit $23
) as page
join alerts a on a.id = page.id
order by page.rank desc, page.id desc"
);

fn statement(filter: &AlertFilter, order: QueueOrder) -> &'static str {
    match order {
        QueueOrder::Newest if filter.statuses.is_some() || filter.sla.is_some() => NEWEST_OF_STATUSES,
        QueueOrder::Newest => NEWEST,
        QueueOrder::Priority => BY_PRIORITY,
        QueueOrder::Score => BY_SCORE,
        QueueOrder::Amount => BY_AMOUNT,
        QueueOrder::Deadline => BY_DEADLINE,
    }
}

/// A page in an order.
///
/// # Errors
/// When the database does not answer, or the position is of another order.
pub async fn page(
    client: &impl GenericClient,
    filter: &AlertFilter,
    order: QueueOrder,
    page: Page,
) -> Result<Vec<QueuedAlert>, DbError> {
    let rows = send(client, statement(filter, order), (filter, order, page)).await?;
    rows.iter()
        .map(|row| {
            let alert = read(row)?;
            let rank: i64 = row.try_get("rank")?;
            let key = match order {
                QueueOrder::Newest => SortKey::Id,
                QueueOrder::Priority => SortKey::Whole(rank),
                QueueOrder::Score => SortKey::Score(alert.risk.value()),
                QueueOrder::Amount => SortKey::Whole(row.try_get("amount_minor")?),
                QueueOrder::Deadline => SortKey::At(row.try_get("due")?),
            };
            let position = Position { key, id: alert.id.0 };
            Ok(QueuedAlert { alert, priority: rank as f64 / RANKS, position })
        })
        .collect()
}

/// What the server does for a page: a line each of its plan, with the rows that were read.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "testing")]
pub async fn plan_of_page(
    client: &impl GenericClient,
    filter: &AlertFilter,
    order: QueueOrder,
    page: Page,
) -> Result<Vec<String>, DbError> {
    let statement = format!("explain (analyze, buffers) {}", statement(filter, order));
    let rows = send(client, &statement, (filter, order, page)).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn send(
    client: &impl GenericClient,
    statement: &str,
    (filter, order, page): (&AlertFilter, QueueOrder, Page),
) -> Result<Vec<tokio_postgres::Row>, DbError> {
    let filter = FilterParams::new(filter, page.as_of);
    let after = page.after.map(|position| position.id);
    let key = page.after.map(|position| position.key);
    let whole = key.and_then(|key| if let SortKey::Whole(whole) = key { Some(whole) } else { None });
    let score = key.and_then(|key| if let SortKey::Score(score) = key { Some(score) } else { None });
    let at = key.and_then(|key| if let SortKey::At(at) = key { Some(at) } else { None });
    let mut params = filter.params();
    params.push((&page.limit, Type::INT8));
    params.push((&after, Type::UUID));
    let key: Option<(&(dyn ToSql + Sync), Type)> = match order {
        QueueOrder::Newest => None,
        QueueOrder::Priority | QueueOrder::Amount => Some((&whole, Type::INT8)),
        QueueOrder::Score => Some((&score, Type::FLOAT8)),
        QueueOrder::Deadline => Some((&at, Type::TIMESTAMPTZ)),
    };
    params.extend(key);
    Ok(client.query_typed(statement, &params).await?)
}

const COUNT: &str = concat!(
    "
select count(*) as n
from (
  select
  from alerts a
  where ",
    matching!(),
    "
  limit $23
) as counted"
);

/// How many alerts pass a filter at a moment, counted to `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn count(
    client: &impl GenericClient,
    filter: &AlertFilter,
    as_of: Timestamp,
    most: i64,
) -> Result<i64, DbError> {
    let filter = FilterParams::new(filter, as_of);
    let mut params = filter.params();
    params.push((&most, Type::INT8));
    let rows = client.query_typed(COUNT, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    Ok(row.try_get("n")?)
}

// From one holder to the next by index: as many steps as there are holders, however many alerts each has.
const HOLDERS: &str = "
with recursive holders as (
  (select a.assignee from alerts a where a.assignee is not null order by a.assignee limit 1)
  union all
  select (select a.assignee from alerts a where a.assignee > h.assignee order by a.assignee limit 1)
  from holders h
  where h.assignee is not null
)
select h.assignee
from holders h
where h.assignee is not null
limit $1";

/// The keys that hold alerts or held them to their end, at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn holders(client: &impl GenericClient, limit: i64) -> Result<Vec<String>, DbError> {
    let rows = client.query_typed(HOLDERS, &[(&limit, Type::INT8)]).await?;
    rows.iter().map(|row| Ok(row.try_get("assignee")?)).collect()
}
