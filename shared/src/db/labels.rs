//! Labels, append-only.

use super::error::DbError;
use crate::domain::label::{LabelClaim, LabelSource, Verdict};
use jiff::Timestamp;
use std::collections::HashMap;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// A label as it is kept.
#[derive(Debug, Clone)]
pub struct StoredLabel {
    /// Its id.
    pub id: Uuid,
    /// What it says, who says so, and when.
    pub claim: LabelClaim,
    /// Whose profile it was counted in: account or counterparty.
    pub attributed_to: String,
}

const OF_TRANSACTIONS: &str = "
select id, transaction_id, verdict, source, observed_at, recorded_at, attributed_to
from labels l
where transaction_id = any ($1)
  and not exists (select from label_withdrawals w where w.label_id = l.id)
order by transaction_id, recorded_at, id";

/// The labels of these transactions, without those that were withdrawn.
///
/// # Errors
/// When the database does not answer or a row cannot be read.
pub async fn of_transactions(
    client: &impl GenericClient,
    transactions: &[Uuid],
) -> Result<HashMap<Uuid, Vec<StoredLabel>>, DbError> {
    let rows = client.query_typed(OF_TRANSACTIONS, &[(&transactions, Type::UUID_ARRAY)]).await?;
    let mut labels: HashMap<Uuid, Vec<StoredLabel>> = HashMap::new();
    for row in &rows {
        let unreadable = |error: crate::domain::Invalid| DbError::Unreadable(format!("a label {error}"));
        let claim = LabelClaim {
            verdict: Verdict::parse(row.try_get("verdict")?).map_err(unreadable)?,
            source: LabelSource::parse(row.try_get("source")?).map_err(unreadable)?,
            observed_at: row.try_get("observed_at")?,
            recorded_at: row.try_get("recorded_at")?,
        };
        let label =
            StoredLabel { id: row.try_get("id")?, claim, attributed_to: row.try_get("attributed_to")? };
        labels.entry(row.try_get("transaction_id")?).or_default().push(label);
    }
    Ok(labels)
}

/// A label to store.
#[derive(Debug, Clone)]
pub struct NewLabel {
    /// Minted from the server's clock.
    pub id: Uuid,
    /// What it is about.
    pub transaction_id: Uuid,
    /// What it says, who says so, and when.
    pub claim: LabelClaim,
    /// The key that sent it.
    pub actor: String,
    /// The label in force before it.
    pub supersedes: Option<Uuid>,
    /// Whose profile it is counted in: account or counterparty.
    pub attributed_to: &'static str,
}

const INSERT: &str = "
insert into labels (id, transaction_id, verdict, source, observed_at, recorded_at, actor, supersedes, attributed_to)
select *
from unnest(
  $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::uuid[],
  $9::text[]
)";

/// Writes labels.
///
/// # Errors
/// [`DbError::UniqueViolation`] when the same claim was recorded by a concurrent request.
pub async fn insert(client: &impl GenericClient, labels: &[NewLabel]) -> Result<(), DbError> {
    fn column<'a, T>(labels: &'a [NewLabel], value: impl Fn(&'a NewLabel) -> T) -> Vec<T> {
        labels.iter().map(value).collect()
    }
    let ids = column(labels, |label| label.id);
    let transactions = column(labels, |label| label.transaction_id);
    let verdicts = column(labels, |label| label.claim.verdict.as_str());
    let sources = column(labels, |label| label.claim.source.as_str());
    let observed: Vec<Timestamp> = column(labels, |label| label.claim.observed_at);
    let recorded: Vec<Timestamp> = column(labels, |label| label.claim.recorded_at);
    let actors = column(labels, |label| label.actor.as_str());
    let supersedes = column(labels, |label| label.supersedes);
    let attributed = column(labels, |label| label.attributed_to);
    let params: [(&(dyn ToSql + Sync), Type); 9] = [
        (&ids, Type::UUID_ARRAY),
        (&transactions, Type::UUID_ARRAY),
        (&verdicts, Type::TEXT_ARRAY),
        (&sources, Type::TEXT_ARRAY),
        (&observed, Type::TIMESTAMPTZ_ARRAY),
        (&recorded, Type::TIMESTAMPTZ_ARRAY),
        (&actors, Type::TEXT_ARRAY),
        (&supersedes, Type::UUID_ARRAY),
        (&attributed, Type::TEXT_ARRAY),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const WITHDRAW: &str = "
insert into label_withdrawals (label_id, withdrawn_at, actor, request_id)
select u.label_id, $2, $3, $4
from unnest($1::uuid[]) as u (label_id)";

/// Withdraws labels: they stay, and count no more.
///
/// # Errors
/// [`DbError::UniqueViolation`] when one was withdrawn already.
pub async fn withdraw(
    client: &impl GenericClient,
    labels: &[Uuid],
    (actor, at, request_id): (&str, Timestamp, &str),
) -> Result<(), DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 4] = [
        (&labels, Type::UUID_ARRAY),
        (&at, Type::TIMESTAMPTZ),
        (&actor, Type::TEXT),
        (&request_id, Type::TEXT),
    ];
    client.execute_typed(WITHDRAW, &params).await?;
    Ok(())
}

const OF_PARTIES: &str = "
select p.transaction_id
from (
  select l.transaction_id from labels l where l.account_id = any ($1)
  union
  select l.transaction_id from labels l where l.counterparty_id = any ($2)
) as p
order by p.transaction_id
limit $3";

/// The labelled transactions of accounts and of counterparties, withdrawn labels included, at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn of_parties(
    client: &impl GenericClient,
    accounts: &[&str],
    counterparties: &[&str],
    limit: i64,
) -> Result<Vec<Uuid>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&accounts, Type::TEXT_ARRAY), (&counterparties, Type::TEXT_ARRAY), (&limit, Type::INT8)];
    let rows = client.query_typed(OF_PARTIES, &params).await?;
    rows.iter().map(|row| Ok(row.try_get("transaction_id")?)).collect()
}
