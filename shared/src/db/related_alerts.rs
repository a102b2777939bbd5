//! Alerts that share something with one alert: its counterparty, its device or its IP address.

use super::alerts::{alert_columns, read};
use super::error::DbError;
use crate::domain::alert::{Alert, Trigger};
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// An alert and what it shares.
#[derive(Debug, Clone)]
pub struct RelatedAlert {
    /// The alert.
    pub alert: Alert,
    /// counterparty, device, ip_address: at least one of them.
    pub shares: Vec<String>,
}

macro_rules! linked {
    ($column:literal, $parameter:literal) => {
        concat!(
            "(
    select a.id, '",
            $column,
            "' as link
    from alerts a
    where a.",
            $column,
            " = ",
            $parameter,
            " and a.id <> $1
    order by a.id desc
    limit $5
  )"
        )
    };
}

const RELATED: &str = concat!(
    "
select ",
    alert_columns!(),
    ", linked.links
from (
  select l.id, array_agg(case l.link when 'counterparty_id' then 'counterparty' else l.link end order by l.link) as links
  from (
  ",
    linked!("counterparty_id", "$2::text"),
    "
  union all
  ",
    linked!("device", "$3::text"),
    "
  union all
  ",
    linked!("ip_address", "$4::text"),
    "
  ) as l
  group by l.id
  order by l.id desc
  limit $5
) as linked
join alerts a on a.id = linked.id
order by a.id desc"
);

/// The newest alerts that share something with the trigger of `alert`, at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn related(
    client: &impl GenericClient,
    alert: Uuid,
    trigger: &Trigger,
    limit: i64,
) -> Result<Vec<RelatedAlert>, DbError> {
    let counterparty = trigger.counterparty.as_str();
    let device = trigger.device.as_ref().map(super::super::domain::text::Text::as_str);
    let address = trigger.ip_address.map(|address| address.to_string());
    let params: [(&(dyn ToSql + Sync), Type); 5] = [
        (&alert, Type::UUID),
        (&counterparty, Type::TEXT),
        (&device, Type::TEXT),
        (&address, Type::TEXT),
        (&limit, Type::INT8),
    ];
    let rows = client.query_typed(RELATED, &params).await?;
    rows.iter().map(|row| Ok(RelatedAlert { alert: read(row)?, shares: row.try_get("links")? })).collect()
}
