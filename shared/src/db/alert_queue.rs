//! The queue: a page of alerts by filters, in one of five orders, and how many there are.
//!
//! Each order but newest first reads the head of every status it wants from an index of its own and merges them. So a
//! page costs what it shows, however many alerts there are.

pub use super::alert_filter::{AlertFilter, Assignee, Beginning, Facet, KINDS};
use super::alert_filter::{FilterParams, matching};
use super::alert_orders::statement;
use super::alerts::read;
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
  limit $24
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
