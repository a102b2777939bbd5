//! The noise ledger: the assessments that a gate held back, and how many there are.

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Assessments of one gate that are counted, newest first.
pub const MOST_COUNTED: i64 = 10_000;

/// Which of them; an absent filter lets all through.
#[derive(Debug, Clone, Default)]
pub struct NoiseFilter {
    /// Gates' words.
    pub gates: Option<Vec<String>>,
    /// Received at or after.
    pub from: Option<Timestamp>,
    /// Received before.
    pub to: Option<Timestamp>,
}

/// An assessment that a gate held back.
#[derive(Debug, Clone)]
pub struct HeldBack {
    /// Of the assessment and its transaction.
    pub id: Uuid,
    /// The account.
    pub account: String,
    /// The other side.
    pub counterparty: String,
    /// When it occurred.
    pub occurred_at: Timestamp,
    /// In [0, 1].
    pub risk_score: f64,
    /// The severity's word.
    pub severity: String,
    /// The gate's word.
    pub gate: String,
    /// Why.
    pub reason: String,
}

/// The gates that are wanted, each read from its own part of the index.
macro_rules! of_each_gate {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            "
from (select distinct unnest(coalesce($1, array['allow_list', 'snooze', 'cap', 'failures'])) as gate) as g
cross join lateral (
  select a.id, a.occurred_at, a.risk_score, a.severity, a.gate, a.gate_reason
  from assessments a
  where a.gate = g.gate
    and ($2::timestamptz is null or a.id >= lowest_id_at(greatest($2, 'epoch')))
    and ($3::timestamptz is null or a.id < lowest_id_at(greatest($3, 'epoch')))
    and ($4::uuid is null or a.id < $4)
  order by a.id desc
  limit $5
) as h
",
            $rest
        )
    };
}

const PAGE: &str = of_each_gate!(
    "
select p.id, t.account_id, t.counterparty_id, p.occurred_at, p.risk_score, p.severity, p.gate, p.gate_reason
from (
select h.*",
    "order by h.id desc
limit $5
) as p
join transactions t on t.id = p.id
order by p.id desc"
);

/// A page, newest received first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    filter: &NoiseFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<HeldBack>, DbError> {
    let rows = client.query_typed(PAGE, &params(filter, &after, &limit)).await?;
    rows.iter()
        .map(|row| {
            Ok(HeldBack {
                id: row.try_get("id")?,
                account: row.try_get("account_id")?,
                counterparty: row.try_get("counterparty_id")?,
                occurred_at: row.try_get("occurred_at")?,
                risk_score: row.try_get("risk_score")?,
                severity: row.try_get("severity")?,
                gate: row.try_get("gate")?,
                reason: row.try_get::<_, Option<String>>("gate_reason")?.unwrap_or_default(),
            })
        })
        .collect()
}

/// How many assessments a gate held back on one day for one reason.
#[derive(Debug, Clone)]
pub struct NoiseCount {
    /// The gate's word.
    pub gate: String,
    /// Why.
    pub reason: String,
    /// The day they were received on, UTC, such as 2026-06-03.
    pub day: String,
    /// How many.
    pub n: i64,
}

// The day stands in the id: its first 48 bits are milliseconds since 1970.
const COUNTS: &str = of_each_gate!(
    "
select h.gate, coalesce(h.gate_reason, '') as reason,
  to_char(
    timestamp '1970-01-01' + ('x' || left(replace(h.id::text, '-', ''), 12))::bit(48)::bigint * interval '1 millisecond',
    'YYYY-MM-DD'
  ) as day,
  count(*) as n",
    "group by 1, 2, 3
order by 3 desc, 1, 4 desc, 2"
);

/// Counts by day, gate and reason, of the newest 10,000 of each gate.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(client: &impl GenericClient, filter: &NoiseFilter) -> Result<Vec<NoiseCount>, DbError> {
    let rows = client.query_typed(COUNTS, &params(filter, &None, &MOST_COUNTED)).await?;
    rows.iter()
        .map(|row| {
            Ok(NoiseCount {
                gate: row.try_get("gate")?,
                reason: row.try_get("reason")?,
                day: row.try_get("day")?,
                n: row.try_get("n")?,
            })
        })
        .collect()
}

fn params<'a>(
    filter: &'a NoiseFilter,
    after: &'a Option<Uuid>,
    limit: &'a i64,
) -> [(&'a (dyn ToSql + Sync), Type); 5] {
    [
        (&filter.gates, Type::TEXT_ARRAY),
        (&filter.from, Type::TIMESTAMPTZ),
        (&filter.to, Type::TIMESTAMPTZ),
        (after, Type::UUID),
        (limit, Type::INT8),
    ]
}
