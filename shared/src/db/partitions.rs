//! Monthly partitions of transactions and assessments.

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

const MAKE: &str = "select make_partitions($1, $2) as made";

/// Makes the missing partitions from the month of `from` to `months_ahead` later; returns their names.
///
/// # Errors
/// When the database does not answer.
pub async fn make(
    client: &impl GenericClient,
    from: Timestamp,
    months_ahead: i32,
) -> Result<Vec<String>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&from, Type::TIMESTAMPTZ), (&months_ahead, Type::INT4)];
    let rows = client.query_typed(MAKE, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("make_partitions has no answer".into()))?;
    Ok(row.try_get("made")?)
}

const N_IN_DEFAULT: &str = "
select (select count(*) from transactions_default) + (select count(*) from assessments_default) as n_stray";

/// Rows that no month's partition took; there should be none.
///
/// # Errors
/// When the database does not answer.
pub async fn n_in_default(client: &impl GenericClient) -> Result<i64, DbError> {
    let rows = client.query_typed(N_IN_DEFAULT, &[]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a count has no row".into()))?;
    Ok(row.try_get("n_stray")?)
}
