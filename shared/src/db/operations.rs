//! Bulk operations and what came of each of their alerts; append-only.

use super::error::DbError;
use crate::domain::ids::{AlertId, OperationId};
use crate::domain::operation::ItemOutcome;
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// An operation as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Minted from the server's clock.
    pub id: OperationId,
    /// claim, assign, decide, close or undo.
    pub action: String,
    /// The key that asked for it.
    pub actor: String,
    /// The request that did it.
    pub request_id: String,
    /// The server's clock.
    pub made_at: Timestamp,
    /// What was asked beside the alerts.
    pub details: Value,
    /// The operation that this one undid.
    pub undoes: Option<OperationId>,
    /// The operation that undid this one.
    pub undone_by: Option<OperationId>,
    /// How many alerts were moved, stood there already, and were refused.
    pub counts: Counts,
}

/// How many items had each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Moved.
    pub n_done: i64,
    /// Their decision waits for a second person.
    pub n_proposed: i64,
    /// Stood there already.
    pub n_unchanged: i64,
    /// Not moved.
    pub n_refused: i64,
}

/// What came of one alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The alert, which a refused item need not have.
    pub alert: AlertId,
    /// What came of it.
    pub outcome: ItemOutcome,
    /// The alert's version after it, where there is such an alert.
    pub version: Option<i64>,
    /// How many transactions its decision labelled.
    pub n_labelled: Option<i64>,
    /// Type and message of the refusal.
    pub error: Option<(String, String)>,
    /// Where the alert stood before, of one that was moved.
    pub before: Option<Value>,
}

const INSERT: &str = "
insert into bulk_operations (
  id, action, actor, request_id, made_at, details, undoes, n_done, n_unchanged, n_refused, n_proposed
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Writes an operation; its items follow.
///
/// # Errors
/// [`DbError::UniqueViolation`] when it undoes what was undone already.
pub async fn insert(client: &impl GenericClient, operation: &Operation) -> Result<(), DbError> {
    let undoes = operation.undoes.map(|id| id.0);
    let params: [(&(dyn ToSql + Sync), Type); 11] = [
        (&operation.id.0, Type::UUID),
        (&operation.action, Type::TEXT),
        (&operation.actor, Type::TEXT),
        (&operation.request_id, Type::TEXT),
        (&operation.made_at, Type::TIMESTAMPTZ),
        (&operation.details, Type::JSONB),
        (&undoes, Type::UUID),
        (&operation.counts.n_done, Type::INT8),
        (&operation.counts.n_unchanged, Type::INT8),
        (&operation.counts.n_refused, Type::INT8),
        (&operation.counts.n_proposed, Type::INT8),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const INSERT_ITEMS: &str = "
insert into bulk_operation_items (
  operation_id, position, alert_id, outcome, version, n_labelled, error_type, error_message, before
)
select $1, u.position - 1, u.alert_id, u.outcome, u.version, u.n_labelled, u.error_type, u.error_message, u.before
from unnest($2::uuid[], $3::text[], $4::int8[], $5::int8[], $6::text[], $7::text[], $8::jsonb[])
  with ordinality as u (alert_id, outcome, version, n_labelled, error_type, error_message, before, position)";

/// Writes the items of an operation, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_items(
    client: &impl GenericClient,
    operation: OperationId,
    items: &[Item],
) -> Result<(), DbError> {
    fn column<'a, T>(items: &'a [Item], value: impl Fn(&'a Item) -> T) -> Vec<T> {
        items.iter().map(value).collect()
    }
    let alerts = column(items, |item| item.alert.0);
    let outcomes = column(items, |item| item.outcome.as_str());
    let versions = column(items, |item| item.version);
    let labelled = column(items, |item| item.n_labelled);
    let types = column(items, |item| item.error.as_ref().map(|(kind, _)| kind.as_str()));
    let messages = column(items, |item| item.error.as_ref().map(|(_, message)| message.as_str()));
    let befores = column(items, |item| item.before.as_ref());
    let params: [(&(dyn ToSql + Sync), Type); 8] = [
        (&operation.0, Type::UUID),
        (&alerts, Type::UUID_ARRAY),
        (&outcomes, Type::TEXT_ARRAY),
        (&versions, Type::INT8_ARRAY),
        (&labelled, Type::INT8_ARRAY),
        (&types, Type::TEXT_ARRAY),
        (&messages, Type::TEXT_ARRAY),
        (&befores, Type::JSONB_ARRAY),
    ];
    client.execute_typed(INSERT_ITEMS, &params).await?;
    Ok(())
}

macro_rules! operation_columns {
    () => {
        "select o.id, o.action, o.actor, o.request_id, o.made_at, o.details, o.undoes, o.n_done, o.n_unchanged,
  o.n_refused, o.n_proposed, u.id as undone_by
from bulk_operations o
left join bulk_operations u on u.undoes = o.id"
    };
}

const FIND: &str = concat!(operation_columns!(), "\nwhere o.id = $1");

/// Reads one operation.
///
/// # Errors
/// When the database does not answer.
pub async fn find(client: &impl GenericClient, id: OperationId) -> Result<Option<Operation>, DbError> {
    let rows = client.query_typed(FIND, &[(&id.0, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

const PAGE: &str =
    concat!(operation_columns!(), "\nwhere $1::uuid is null or o.id < $1\norder by o.id desc\nlimit $2");

/// A page of operations, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    before: Option<OperationId>,
    limit: i64,
) -> Result<Vec<Operation>, DbError> {
    let before = before.map(|id| id.0);
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&before, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter().map(read).collect()
}

const ITEMS: &str = "
select i.alert_id, i.outcome, i.version, i.n_labelled, i.error_type, i.error_message, i.before
from bulk_operation_items i
where i.operation_id = $1
order by i.position";

/// The items of an operation, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn items(client: &impl GenericClient, operation: OperationId) -> Result<Vec<Item>, DbError> {
    let rows = client.query_typed(ITEMS, &[(&operation.0, Type::UUID)]).await?;
    rows.iter().map(read_item).collect()
}

fn read(row: &Row) -> Result<Operation, DbError> {
    let reference = |name| Ok::<_, DbError>(row.try_get::<_, Option<Uuid>>(name)?.map(OperationId));
    Ok(Operation {
        id: OperationId(row.try_get("id")?),
        action: row.try_get("action")?,
        actor: row.try_get("actor")?,
        request_id: row.try_get("request_id")?,
        made_at: row.try_get("made_at")?,
        details: row.try_get("details")?,
        undoes: reference("undoes")?,
        undone_by: reference("undone_by")?,
        counts: Counts {
            n_done: row.try_get("n_done")?,
            n_proposed: row.try_get("n_proposed")?,
            n_unchanged: row.try_get("n_unchanged")?,
            n_refused: row.try_get("n_refused")?,
        },
    })
}

fn read_item(row: &Row) -> Result<Item, DbError> {
    let word: &str = row.try_get("outcome")?;
    let outcome = ItemOutcome::parse(word)
        .ok_or_else(|| DbError::Unreadable(format!("an item's outcome is {word}")))?;
    let error: Option<String> = row.try_get("error_type")?;
    let message: Option<String> = row.try_get("error_message")?;
    Ok(Item {
        alert: AlertId(row.try_get("alert_id")?),
        outcome,
        version: row.try_get("version")?,
        n_labelled: row.try_get("n_labelled")?,
        error: error.map(|kind| (kind, message.unwrap_or_default())),
        before: row.try_get("before")?,
    })
}
