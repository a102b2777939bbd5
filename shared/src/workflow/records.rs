//! Reading what is stored, a page at a time: transactions, labels, the audit trail, the noise ledger, configuration
//! versions. Accounts are [`super::accounts`]'s, alerts [`super::alerts`]'s.

use crate::db::transaction_pages;
use crate::db::{audit_pages, configurations, label_pages, noise, transactions};
use crate::domain::ids::TransactionId;
use crate::domain::transaction::Transaction;
use crate::error::Error;
use crate::workflow::access::Session;
use uuid::Uuid;

pub use crate::db::audit_pages::{AfterEvent, AuditFilter, ChainedEvent};
pub use crate::db::configurations::ListedVersion;
pub use crate::db::label_pages::{LabelFilter, ListedLabel};
pub use crate::db::noise::{HeldBack, NoiseCount, NoiseFilter};
pub use crate::db::transaction_pages::{AfterTransaction, AssessedTransaction, TransactionFilter};

/// Labels shown with one transaction.
const MAX_LABELS: i64 = 100;

/// A page of transactions: of one account by event time, otherwise newest received first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_transactions(
    session: &Session,
    filter: &TransactionFilter,
    after: Option<AfterTransaction>,
    limit: i64,
) -> Result<Vec<AssessedTransaction>, Error> {
    Ok(transaction_pages::page(session.connection.client()?, filter, after, limit).await?)
}

/// One transaction with what is known of it.
#[derive(Debug)]
pub struct TransactionRecord {
    /// What its assessment says.
    pub assessed: AssessedTransaction,
    /// Its labels, newest first.
    pub labels: Vec<ListedLabel>,
}

/// Reads one transaction.
///
/// # Errors
/// 404 when there is no such transaction.
pub async fn read_transaction(session: &Session, id: TransactionId) -> Result<TransactionRecord, Error> {
    let client = session.connection.client()?;
    let of_transaction = LabelFilter { transaction: Some(id.0), ..LabelFilter::default() };
    let wanted = [id.0];
    let (found, labels) = futures_util::join!(
        transactions::find(client, &wanted),
        label_pages::page(client, &of_transaction, None, MAX_LABELS)
    );
    let Transaction { content, .. } =
        found?.into_iter().next().ok_or_else(|| Error::not_found("transaction"))?;
    let of_key = TransactionFilter {
        source: Some(content.key.source.to_string()),
        external_id: Some(content.key.external_id.to_string()),
        ..TransactionFilter::default()
    };
    let assessed = transaction_pages::page(client, &of_key, None, 1).await?.into_iter().next();
    let assessed = assessed.ok_or_else(|| Error::internal(format!("{id} has no assessment")))?;
    Ok(TransactionRecord { assessed, labels: labels? })
}

/// A page of labels, newest recorded first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_labels(
    session: &Session,
    filter: &LabelFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<ListedLabel>, Error> {
    Ok(label_pages::page(session.connection.client()?, filter, after, limit).await?)
}

/// A page of the audit trail, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_events(
    session: &Session,
    filter: &AuditFilter,
    after: Option<&AfterEvent>,
    limit: i64,
) -> Result<Vec<ChainedEvent>, Error> {
    Ok(audit_pages::page(session.connection.client()?, filter, after, limit).await?)
}

/// A page of what gates held back, newest received first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_noise(
    session: &Session,
    filter: &NoiseFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<HeldBack>, Error> {
    Ok(noise::page(session.connection.client()?, filter, after, limit).await?)
}

/// What gates held back by day, gate and reason, and whether older ones are left out of a gate's count.
///
/// # Errors
/// When the database does not answer.
pub async fn count_noise(session: &Session, filter: &NoiseFilter) -> Result<(Vec<NoiseCount>, bool), Error> {
    let counts = noise::counts(session.connection.client()?, filter).await?;
    let of_gate = |gate: &str| counts.iter().filter(|it| it.gate == gate).map(|it| it.n).sum::<i64>();
    let is_capped = counts.iter().any(|count| of_gate(&count.gate) >= noise::MOST_COUNTED);
    Ok((counts, is_capped))
}

/// A page of the configuration's versions, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_versions(
    session: &Session,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<ListedVersion>, Error> {
    Ok(configurations::page(session.connection.client()?, after, limit).await?)
}
