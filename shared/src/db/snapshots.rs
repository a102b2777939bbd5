//! Figures as of a moment that cost too much to ask for each time.

use super::error::DbError;
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// What kind of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotKind {
    /// How far scores and features moved.
    Drift,
    /// A team's day in figures.
    Dashboard,
    /// What alerts turned out to be.
    Analysis,
    /// How far the audit trail is verified, and what is wrong with it.
    AuditVerification,
}

impl SnapshotKind {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::Dashboard => "dashboard",
            Self::Analysis => "analysis",
            Self::AuditVerification => "audit_verification",
        }
    }
}

/// Figures to keep.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Minted from the server's clock.
    pub id: Uuid,
    /// What of.
    pub kind: SnapshotKind,
    /// The moment they are of.
    pub as_of: Timestamp,
    /// The figures.
    pub figures: Value,
}

const INSERT: &str = "
insert into metrics_snapshots (id, kind, as_of, figures)
values ($1, $2, $3, $4)";

/// Writes figures.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, snapshot: &Snapshot) -> Result<(), DbError> {
    let kind = snapshot.kind.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 4] = [
        (&snapshot.id, Type::UUID),
        (&kind, Type::TEXT),
        (&snapshot.as_of, Type::TIMESTAMPTZ),
        (&snapshot.figures, Type::JSONB),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const NEWEST: &str = "
select figures
from metrics_snapshots
where kind = $1 and as_of >= $2
order by as_of desc
limit 1";

/// The newest figures of a kind that are of `since` or later.
///
/// # Errors
/// When the database does not answer.
pub async fn newest(
    client: &impl GenericClient,
    kind: SnapshotKind,
    since: Timestamp,
) -> Result<Option<Value>, DbError> {
    let kind = kind.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&kind, Type::TEXT), (&since, Type::TIMESTAMPTZ)];
    let rows = client.query_typed(NEWEST, &params).await?;
    Ok(rows.first().map(|row| row.try_get("figures")).transpose()?)
}

const REMOVE_OLD: &str = "
delete from metrics_snapshots
where kind = $1 and as_of < $2";

/// Removes the figures of a kind that are of before a moment; how many.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_old(
    client: &impl GenericClient,
    kind: SnapshotKind,
    before: Timestamp,
) -> Result<u64, DbError> {
    let kind = kind.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&kind, Type::TEXT), (&before, Type::TIMESTAMPTZ)];
    Ok(client.execute_typed(REMOVE_OLD, &params).await?)
}
