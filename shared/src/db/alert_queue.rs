//! The queue: a page of alerts by filters, newest first or by priority.

use super::alerts::{alert_columns, read};
use super::error::DbError;
use crate::domain::alert::Alert;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Which alerts; an absent filter lets all through.
#[derive(Debug, Clone, Default)]
pub struct AlertFilter {
    /// Statuses' words.
    pub statuses: Option<Vec<String>>,
    /// Severities' words.
    pub severities: Option<Vec<String>>,
    /// One account.
    pub account: Option<String>,
    /// Raised at or after.
    pub from: Option<Timestamp>,
    /// Raised before.
    pub to: Option<Timestamp>,
}

/// An alert and its priority in the queue, in [0, 1].
#[derive(Debug, Clone)]
pub struct QueuedAlert {
    /// The alert.
    pub alert: Alert,
    /// As of the page's moment.
    pub priority: f64,
}

/// Where a page begins: after this priority and id, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// The last priority seen; not looked at by newest first.
    pub priority: f64,
    /// The last id seen.
    pub id: Uuid,
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

/// Severity 0.40, risk score 0.30, confirmed fraud on the account before 0.15 (two are enough), age against
/// the deadline 0.15; rounded, so that a cursor finds its place again.
macro_rules! priority {
    () => {
        "round((
    0.40 * case a.severity
      when 'low' then 0.25 when 'medium' then 0.5 when 'high' then 0.75 when 'needs_review' then 0.9 else 1
    end
    + 0.30 * a.risk_score
    + 0.15 * least(a.n_confirmed_before / 2.0, 1)
    + 0.15 * least(greatest(
        extract(epoch from $6 - a.created_at) / greatest(extract(epoch from a.resolve_by - a.created_at), 1), 0), 1)
  )::numeric, 9)::float8"
    };
}

macro_rules! filtered {
    ($($rest:tt)+) => {
        concat!(
            "
select q.*
from (
  select ", alert_columns!(), ", ", priority!(), " as priority
  from alerts a
  where ($1::text[] is null or a.status = any ($1))
    and ($2::text[] is null or a.severity = any ($2))
    and ($3::text is null or a.account_id = $3)
    and ($4::timestamptz is null or a.id >= lowest_id_at(greatest($4, 'epoch')))
    and ($5::timestamptz is null or a.id < lowest_id_at(greatest($5, 'epoch')))
) as q
",
            $($rest)+
        )
    };
}

const NEWEST: &str = filtered!(
    "where $7::uuid is null or q.id < $7
order by q.id desc
limit $8"
);

const BY_PRIORITY: &str = filtered!(
    "where $7::uuid is null or (q.priority, q.id) < ($9, $7)
order by q.priority desc, q.id desc
limit $8"
);

/// A page, newest raised first.
///
/// # Errors
/// When the database does not answer.
pub async fn newest(
    client: &impl GenericClient,
    filter: &AlertFilter,
    page: Page,
) -> Result<Vec<QueuedAlert>, DbError> {
    let after = page.after.map(|position| position.id);
    let params = params(filter, &page, &after);
    read_page(client, NEWEST, &params).await
}

/// How the server would read a page, newest first: a line each of its plan.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "testing")]
pub async fn plan_of_newest(
    client: &impl GenericClient,
    filter: &AlertFilter,
    page: Page,
) -> Result<Vec<String>, DbError> {
    let after = page.after.map(|position| position.id);
    let statement = format!("explain {NEWEST}");
    let rows = client.query_typed(&statement, &params(filter, &page, &after)).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// A page, highest priority first, newest first among equals.
///
/// # Errors
/// When the database does not answer.
pub async fn by_priority(
    client: &impl GenericClient,
    filter: &AlertFilter,
    page: Page,
) -> Result<Vec<QueuedAlert>, DbError> {
    let after = page.after.map(|position| position.id);
    let priority = page.after.map(|position| position.priority);
    let mut params = params(filter, &page, &after).to_vec();
    params.push((&priority, Type::FLOAT8));
    read_page(client, BY_PRIORITY, &params).await
}

fn params<'a>(
    filter: &'a AlertFilter,
    page: &'a Page,
    after: &'a Option<Uuid>,
) -> [(&'a (dyn ToSql + Sync), Type); 8] {
    [
        (&filter.statuses, Type::TEXT_ARRAY),
        (&filter.severities, Type::TEXT_ARRAY),
        (&filter.account, Type::TEXT),
        (&filter.from, Type::TIMESTAMPTZ),
        (&filter.to, Type::TIMESTAMPTZ),
        (&page.as_of, Type::TIMESTAMPTZ),
        (after, Type::UUID),
        (&page.limit, Type::INT8),
    ]
}

async fn read_page(
    client: &impl GenericClient,
    statement: &str,
    params: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<QueuedAlert>, DbError> {
    let rows = client.query_typed(statement, params).await?;
    rows.iter().map(|row| Ok(QueuedAlert { alert: read(row)?, priority: row.try_get("priority")? })).collect()
}
