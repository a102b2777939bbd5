//! What a decision asks of the assessments folded into alerts: their transactions and how they scored, no more.

use super::error::DbError;
use crate::domain::ids::{AlertId, TransactionId};
use std::collections::BTreeMap;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// One transaction folded into an alert.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Folded {
    /// The transaction.
    pub transaction: TransactionId,
    /// The risk score of its assessment.
    pub risk_score: f64,
    /// The configuration that it was scored with.
    pub configuration: i64,
}

const OF_ALERTS: &str = "
select f.alert_id, f.id, f.risk_score, f.configuration_version
from unnest($1::uuid[]) as w (alert_id)
cross join lateral (
  select a.alert_id, a.id, a.risk_score, a.configuration_version
  from assessments a
  where a.alert_id = w.alert_id
  order by a.id
  limit $2
) as f
order by f.alert_id, f.id";

/// The transactions folded into each alert, oldest first, at most `limit` of each.
///
/// # Errors
/// When the database does not answer.
pub async fn of_alerts(
    client: &impl GenericClient,
    alerts: &[AlertId],
    limit: i64,
) -> Result<BTreeMap<AlertId, Vec<Folded>>, DbError> {
    let ids: Vec<Uuid> = alerts.iter().map(|alert| alert.0).collect();
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&ids, Type::UUID_ARRAY), (&limit, Type::INT8)];
    let mut folded: BTreeMap<AlertId, Vec<Folded>> = BTreeMap::new();
    for row in client.query_typed(OF_ALERTS, &params).await? {
        let one = Folded {
            transaction: TransactionId(row.try_get("id")?),
            risk_score: row.try_get("risk_score")?,
            configuration: row.try_get("configuration_version")?,
        };
        folded.entry(AlertId(row.try_get("alert_id")?)).or_default().push(one);
    }
    Ok(folded)
}
