//! What a supervised model learns from: assessed transactions, read by pages of everything received.
//!
//! A page is so many rows read, not so many found: where few of them are wanted, one statement would else read
//! millions and meet the statement timeout.

use super::error::DbError;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Which of the rows are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Event times: `[from, to)`.
    pub span: (Timestamp, Timestamp),
    /// Those whose id ends in a byte below this one; 256 is all of them.
    pub share: i32,
}

/// One assessed transaction.
#[derive(Debug, Clone)]
pub struct LessonRow {
    /// Its id.
    pub id: Uuid,
    /// Event time.
    pub occurred_at: Timestamp,
    /// The risk score it was given.
    pub risk_score: f64,
    /// The schema of `features`.
    pub feature_schema_id: i16,
    /// The feature vector's bytes.
    pub features: Vec<u8>,
}

/// The wanted rows of one page.
#[derive(Debug, Clone, Default)]
pub struct LessonPage {
    /// Newest received first.
    pub rows: Vec<LessonRow>,
    /// The id of the last row read, wanted or not; none when there was none left.
    pub last: Option<Uuid>,
}

// A row that is not wanted has no id to look its assessment up by.
const PAGE: &str = "
with received as (
  select id, occurred_at,
    occurred_at >= $2 and occurred_at < $3 and get_byte(uuid_send(id), 15) < $4 as is_wanted
  from transactions
  where id < $1
    and id >= lowest_id_at($2 - interval '10 minutes')
  order by id desc
  limit $5
)
select r.id, r.occurred_at, a.risk_score, a.feature_schema_id, a.features
from received r
left join assessments a on a.id = case when r.is_wanted then r.id end
order by r.id desc";

/// A page of `limit` rows, newest received first, from before `before`. Nothing is received more than 10
/// minutes before it occurred, which bounds how far back ids are read.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    before: Uuid,
    wanted: Wanted,
    limit: i64,
) -> Result<LessonPage, DbError> {
    let (from, to) = wanted.span;
    let params: [(&(dyn ToSql + Sync), Type); 5] = [
        (&before, Type::UUID),
        (&from, Type::TIMESTAMPTZ),
        (&to, Type::TIMESTAMPTZ),
        (&wanted.share, Type::INT4),
        (&limit, Type::INT8),
    ];
    let mut page = LessonPage::default();
    for row in client.query_typed(PAGE, &params).await? {
        let id = row.try_get("id")?;
        page.last = Some(id);
        if let Some(features) = row.try_get("features")? {
            let occurred_at = row.try_get("occurred_at")?;
            let risk_score = row.try_get("risk_score")?;
            let feature_schema_id = row.try_get("feature_schema_id")?;
            page.rows.push(LessonRow { id, occurred_at, risk_score, feature_schema_id, features });
        }
    }
    Ok(page)
}
