//! Reading alerts: a page of the queue, and one alert with everything that explains it.

use super::explanation::{self, Explanation};
use crate::db::alert_queue;
pub use crate::db::alert_queue::{AlertFilter, Page, Position, QueuedAlert};
use crate::db::assessments::{self, StoredAssessment};
use crate::db::audit;
pub use crate::db::audit::StoredEvent;
use crate::db::{alerts, transactions};
use crate::domain::alert::Alert;
use crate::domain::ids::AlertId;
use crate::domain::transaction::Transaction;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::access::Session;

/// Assessments shown with an alert; a longer list is cut at the oldest of them.
const MAX_SHOWN: i64 = 100;

/// The order of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueOrder {
    /// Newest raised first.
    Newest,
    /// Highest priority first.
    Priority,
}

/// A page of the queue.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    session: &Session,
    filter: &AlertFilter,
    order: QueueOrder,
    page: Page,
) -> Result<Vec<QueuedAlert>, Error> {
    let client = session.connection.client()?;
    Ok(match order {
        QueueOrder::Newest => alert_queue::newest(client, filter, page).await?,
        QueueOrder::Priority => alert_queue::by_priority(client, filter, page).await?,
    })
}

/// One alert, and what explains it.
#[derive(Debug)]
pub struct AlertDetail {
    /// The alert.
    pub alert: Alert,
    /// The transaction of its highest assessment.
    pub transaction: Transaction,
    /// Its highest assessment, explained.
    pub explanation: Explanation,
    /// The assessments folded in, as stored, oldest first, at most 100.
    pub assessments: Vec<StoredAssessment>,
    /// The audit chain, oldest first.
    pub audit: Vec<StoredEvent>,
}

/// Reads one alert with everything that explains it.
///
/// # Errors
/// 404 when there is no such alert.
pub async fn detail(state: &AppState, session: &Session, id: AlertId) -> Result<AlertDetail, Error> {
    let client = session.connection.client()?;
    let alert = alerts::find(client, id).await?.ok_or_else(|| Error::not_found("alert"))?;
    let top = [alert.top_assessment.0];
    let chain = alert.chain();
    let (transaction, assessment, folded, events) = futures_util::join!(
        transactions::find(client, &top),
        assessments::find(client, &top),
        assessments::of_alert(client, id, MAX_SHOWN),
        audit::of_chain(client, &chain),
    );
    let missing = || Error::internal(format!("alert {id} names an assessment that is missing"));
    let transaction = transaction?.into_iter().next().ok_or_else(missing)?;
    let assessment = assessment?.into_iter().next().ok_or_else(missing)?;
    let explanation = explanation::explain(state, session, (&transaction, assessment)).await?;
    Ok(AlertDetail { alert, transaction, explanation, assessments: folded?, audit: events? })
}
