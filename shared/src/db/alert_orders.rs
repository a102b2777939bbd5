//! The statements of the queue, one an order. Each but newest first reads the head of every status it wants from an index
//! of its own and merges them, so a page costs what it shows.

use super::alert_filter::{AlertFilter, matching};
use super::alert_queue::QueueOrder;
use super::alerts::alert_columns;

/// The part of a priority that stays, as an index has it.
macro_rules! lasting {
    () => {
        "alert_lasting_priority(a.severity, a.risk_score, a.n_confirmed_before)"
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
            lasting!(),
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
limit $24"
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
    and ($25::uuid is null or a.id < $25)
order by a.id desc
limit $24"
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
    and ($25::uuid is null or a.id < $25)
  order by a.id desc
  limit $24"
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
    and ($25::uuid is null or (a.risk_score, a.id) < ($26::float8, $25))
  order by a.risk_score desc, a.id desc
  limit $24"
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
    and ($25::uuid is null or (a.amount_minor, a.id) < ($26::int8, $25))
  order by a.amount_minor desc, a.id desc
  limit $24"
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
    and ($25::uuid is null or (a.",
            $due,
            ", a.id) > ($26::timestamptz, $25))
  order by a.",
            $due,
            ", a.id
  limit $24
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
limit $24"
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

// An alert past its time to resolve has all that age adds, so those are in the order of what lasts, which an index has:
// `overdue`. The others may rise by up to 0.15, so of them all are looked at that may still come before the last of a page
// of `overdue` alone: `ahead`. They were raised within the longest deadline.
const BY_PRIORITY: &str = concat!(
    "
with overdue as materialized (
  ",
    ranked!(concat!(
        "a.resolve_by <= $22
      and ($25::uuid is null or (",
        lasting!(),
        ", a.id) < ($26::int8 - ",
        oldest!(),
        ", $25))
    order by ",
        lasting!(),
        " desc, a.id desc
    limit $24"
    )),
    "
),
last as materialized (
  select case when count(*) >= $24 then (array_agg(o.rank order by o.rank desc))[$24] else 0 end as rank
  from overdue o
),
ahead as materialized (
  ",
    ranked!(concat!(
        "a.resolve_by > $22
      and ",
        lasting!(),
        " >= (select l.rank from last l) - ",
        oldest!(),
        "
      and ($25::uuid is null or (",
        rank!(),
        ", a.id) < ($26, $25))"
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
  limit $24
) as page
join alerts a on a.id = page.id
order by page.rank desc, page.id desc"
);

/// The statement of a page, with the filter as $1 to $23, $24 rows, and the last id and key as $25 and $26.
pub(super) fn statement(filter: &AlertFilter, order: QueueOrder) -> &'static str {
    match order {
        QueueOrder::Newest if filter.statuses.is_some() || filter.sla.is_some() => NEWEST_OF_STATUSES,
        QueueOrder::Newest => NEWEST,
        QueueOrder::Priority => BY_PRIORITY,
        QueueOrder::Score => BY_SCORE,
        QueueOrder::Amount => BY_AMOUNT,
        QueueOrder::Deadline => BY_DEADLINE,
    }
}
