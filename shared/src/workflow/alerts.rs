//! Reading alerts: a page of the queue, and one alert with everything that explains it.

use super::explanation::{self, Explanation};
use crate::db::alert_queue;
pub use crate::db::alert_queue::{
    AlertFilter, Assignee, Beginning, Facet, KINDS, Page, Position, QueueOrder, QueuedAlert, SortKey,
};
use crate::db::assessments::{self, StoredAssessment};
use crate::db::audit;
pub use crate::db::audit::StoredEvent;
pub use crate::db::related_alerts::RelatedAlert;
use crate::db::{alerts, audit_pages, related_alerts, transactions};
use crate::domain::alert::{Alert, AlertStatus};
use crate::domain::ids::AlertId;
use crate::domain::transaction::Transaction;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::access::Session;
use futures_util::future::join_all;
use jiff::Timestamp;
use uuid::Uuid;

/// Assessments shown with an alert; a longer list is cut at the oldest of them.
const MAX_SHOWN: i64 = 100;

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
    Ok(alert_queue::page(client, filter, order, page).await?)
}

/// Alerts that are counted of each bucket of a facet.
const MOST_COUNTED: i64 = 1_000;
/// Holders that are counted apart.
const MOST_HOLDERS: i64 = 50;

/// A facet of the queue: its name, and how many alerts each of its words would leave.
#[derive(Debug)]
pub struct CountedFacet {
    /// Of the filter that it stands for.
    pub name: &'static str,
    /// In the order of the words.
    pub buckets: Vec<Bucket>,
}

/// How many alerts one word of a facet leaves.
#[derive(Debug)]
pub struct Bucket {
    /// The word.
    pub value: String,
    /// At most 1,000.
    pub n: i64,
    /// Whether there are more than `n`.
    pub is_capped: bool,
}

/// Counts what each word of each facet would leave of the queue, under all the other filters.
///
/// # Errors
/// When the database does not answer.
pub async fn facets(session: &Session, filter: &AlertFilter) -> Result<Vec<CountedFacet>, Error> {
    let client = session.connection.client()?;
    let holders = alert_queue::holders(client, MOST_HOLDERS).await?;
    let held = |assignee| AlertFilter { assignee: Some(assignee), ..filter.clone() };
    let mut wanted: Vec<(&'static str, String, AlertFilter)> = Facet::ALL
        .into_iter()
        .flat_map(|facet| facet.words().into_iter().map(move |word| (facet, word)))
        .map(|(facet, word)| (facet.as_str(), word.to_owned(), filter.narrowed(facet, word)))
        .collect();
    wanted.push(("assignee", "none".to_owned(), held(Assignee::Nobody)));
    wanted.extend(holders.into_iter().map(|key| ("assignee", key.clone(), held(Assignee::Key(key)))));
    // Sent together, answered one after the other.
    let counts = join_all(
        wanted.iter().map(|(.., filter)| alert_queue::count(client, filter, session.now, MOST_COUNTED + 1)),
    );
    let counts = counts.await;
    let mut facets: Vec<CountedFacet> = Vec::new();
    for ((name, value, _), counted) in wanted.into_iter().zip(counts) {
        let counted = counted?;
        let bucket = Bucket { value, n: counted.min(MOST_COUNTED), is_capped: counted > MOST_COUNTED };
        match facets.last_mut().filter(|facet| facet.name == name) {
            Some(facet) => facet.buckets.push(bucket),
            None => facets.push(CountedFacet { name, buckets: vec![bucket] }),
        }
    }
    Ok(facets)
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

/// An alert in review, and since when its holder has it.
#[derive(Debug)]
pub struct Investigation {
    /// The alert.
    pub queued: QueuedAlert,
    /// None while nobody holds it.
    pub held_since: Option<Timestamp>,
}

/// A page of the alerts in review, soonest deadline first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_investigations(
    session: &Session,
    filter: &AlertFilter,
    page: Page,
) -> Result<Vec<Investigation>, Error> {
    let filter = filter.narrowed(Facet::Status, AlertStatus::InReview.as_str());
    let client = session.connection.client()?;
    let alerts = alert_queue::page(client, &filter, QueueOrder::Deadline, page).await?;
    let ids: Vec<Uuid> = alerts.iter().map(|queued| queued.alert.id.0).collect();
    let since = audit_pages::held_since(client, &ids).await?;
    let investigation = |queued: QueuedAlert| {
        let held_since = queued.alert.assignee.as_ref().and(since.get(&queued.alert.id.0)).copied();
        Investigation { queued, held_since }
    };
    Ok(alerts.into_iter().map(investigation).collect())
}

/// Alerts shown as related to one.
const MAX_RELATED: i64 = 50;

/// The newest alerts that share counterparty, device or IP address with one; none for an alert of the system.
///
/// # Errors
/// 404 when there is no such alert.
pub async fn related(session: &Session, id: AlertId) -> Result<Vec<RelatedAlert>, Error> {
    let client = session.connection.client()?;
    let alert = alerts::find(client, id).await?.ok_or_else(|| Error::not_found("alert"))?;
    let Some(trigger) = &alert.trigger else {
        return Ok(Vec::new());
    };
    Ok(related_alerts::related(client, id.0, trigger, MAX_RELATED).await?)
}
