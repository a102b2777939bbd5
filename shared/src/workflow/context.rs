//! One alert with everything an analyst looks at before a decision, in one call.
//!
//! What explains it is frozen with its assessment; what surrounds it (history, other alerts, who shares) is as it is now,
//! each to a bound.

use super::alerts::{AlertDetail, StoredEvent, detail};
use super::ingest::decode_profile;
use crate::db::alert_queue::{self, AlertFilter, Page, Position, QueueOrder, QueuedAlert, SortKey};
use crate::db::assessments::StoredAssessment;
use crate::db::context::{self, Comparable, MOST_TRANSACTIONS};
pub use crate::db::context::{DayOfAccount, Sharer};
use crate::db::label_pages::{self, ListedLabel};
use crate::db::{alerts, error::DbError};
use crate::detection::features::FeatureVector;
use crate::detection::portrait::Portrait;
use crate::detection::profile::AccountProfile;
use crate::detection::similarity::{Alike, nearest};
use crate::domain::alert::{Alert, Trigger};
use crate::domain::ids::AlertId;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::access::Session;
use jiff::Timestamp;
use std::collections::HashMap;
use tokio_postgres::Client;

/// Earlier alerts of the account that are shown.
const MAX_EARLIER: i64 = 20;
/// Similar alerts that are shown.
const MAX_SIMILAR: usize = 10;
/// Labels of an alert's transactions that are shown.
const MAX_LABELS: i64 = 200;

/// What an analyst looks at.
#[derive(Debug)]
pub struct Context {
    /// The alert, its transaction, explanation, assessments and trail.
    pub detail: AlertDetail,
    /// What the account usually did just before the transaction; none where its profile was not kept.
    pub profile_before: Option<Portrait>,
    /// The account's 90 days until the alert was last seen, by day and currency, oldest first.
    pub history: Vec<DayOfAccount>,
    /// Whether older transactions of the 90 days are left out.
    pub is_history_capped: bool,
    /// The account's alerts before this one, newest first, at most 20.
    pub earlier: Vec<QueuedAlert>,
    /// Decided alerts for the same reasons whose features are nearest, nearest first, at most 10.
    pub similar: Vec<SimilarAlert>,
    /// How many decided alerts were compared.
    pub n_compared: usize,
    /// Other accounts that use the transaction's counterparty.
    pub counterparty_sharers: Vec<Sharer>,
    /// Other accounts that use the transaction's device.
    pub device_sharers: Vec<Sharer>,
    /// Labels of the alert's transactions, oldest first.
    pub labels: Vec<ListedLabel>,
}

/// A decided alert that is like this one.
#[derive(Debug)]
pub struct SimilarAlert {
    /// The alert.
    pub alert: Alert,
    /// In spreads, at most 3; 0 is the same.
    pub distance: f64,
}

/// One entry of the alert's timeline.
#[derive(Debug)]
pub enum Moment<'a> {
    /// Something was done.
    Event(&'a StoredEvent),
    /// A transaction was assessed and raised the alert or folded into it.
    Assessment(&'a StoredAssessment, Timestamp),
    /// Something became known of one of its transactions.
    Label(&'a ListedLabel),
}

impl Moment<'_> {
    /// When, by the server's clock.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Event(event) => event.at,
            Self::Assessment(_, at) => *at,
            Self::Label(label) => label.recorded_at,
        }
    }
}

impl Context {
    /// Trail, assessments and labels merged, oldest first; an assessment before what it caused.
    pub fn timeline(&self) -> Vec<Moment<'_>> {
        let assessments = self.detail.assessments.iter();
        let mut moments: Vec<Moment<'_>> = assessments
            .map(|stored| Moment::Assessment(stored, stored.record.id.minted_at()))
            .chain(self.detail.audit.iter().map(Moment::Event))
            .chain(self.labels.iter().map(Moment::Label))
            .collect();
        // An id holds milliseconds, the others microseconds: the assessment so comes first.
        moments.sort_by_key(Moment::at);
        moments
    }
}

/// Reads one alert with what surrounds it.
///
/// # Errors
/// 404 when there is no such alert.
pub async fn read(state: &AppState, session: &Session, id: AlertId) -> Result<Context, Error> {
    let detail = detail(state, session, id).await?;
    let client = session.connection.client()?;
    let alert = &detail.alert;
    let account = alert.account.as_deref();
    let content = &detail.transaction.content;
    // The system's alert is about no account, so nothing surrounds it.
    let history = async {
        match account {
            Some(account) => context::history(client, account, alert.last_seen_at).await,
            None => Ok(Vec::new()),
        }
    };
    let counterparty_sharers = async {
        match account {
            Some(_) => context::sharers_of_counterparty(client, content.counterparty.as_str(), account).await,
            None => Ok(Vec::new()),
        }
    };
    let device_sharers = async {
        match account.and(content.device.as_ref()) {
            Some(device) => context::sharers_of_device(client, device.as_str(), account).await,
            None => Ok(Vec::new()),
        }
    };
    let (history, earlier, compared, counterparty_sharers, device_sharers, labels) = futures_util::join!(
        history,
        earlier(client, account, (id, session.now)),
        comparable(client, id, alert.trigger.as_ref()),
        counterparty_sharers,
        device_sharers,
        label_pages::of_alert(client, id.0, MAX_LABELS),
    );
    let (history, compared) = (history?, compared?);
    let n_compared = compared.len();
    let similar = similar(client, &detail, compared).await?;
    let profile_before = profile_before(&detail)?;
    Ok(Context {
        is_history_capped: history.iter().map(|day| day.n).sum::<i64>() >= MOST_TRANSACTIONS,
        profile_before,
        history,
        earlier: earlier?,
        similar,
        n_compared,
        counterparty_sharers: counterparty_sharers?,
        device_sharers: device_sharers?,
        labels: labels?,
        detail,
    })
}

async fn earlier(
    client: &Client,
    account: Option<&str>,
    (id, as_of): (AlertId, Timestamp),
) -> Result<Vec<QueuedAlert>, DbError> {
    let Some(account) = account else {
        return Ok(Vec::new());
    };
    let filter = AlertFilter { account: Some(account.to_owned()), ..AlertFilter::default() };
    let before = Position { key: SortKey::Id, id: id.0 };
    let page = Page { as_of, after: Some(before), limit: MAX_EARLIER };
    alert_queue::page(client, &filter, QueueOrder::Newest, page).await
}

async fn comparable(
    client: &Client,
    id: AlertId,
    trigger: Option<&Trigger>,
) -> Result<Vec<Comparable>, DbError> {
    match trigger {
        Some(trigger) if !trigger.reasons.is_empty() => {
            context::comparable(client, &trigger.reasons, id.0).await
        }
        Some(_) | None => Ok(Vec::new()),
    }
}

/// Those of an older feature schema cannot be compared and are left out.
async fn similar(
    client: &Client,
    detail: &AlertDetail,
    compared: Vec<Comparable>,
) -> Result<Vec<SimilarAlert>, Error> {
    let assessment = &detail.explanation.assessment;
    let Ok(one) = FeatureVector::from_bytes(assessment.record.versions.feature_schema, &assessment.features)
    else {
        return Ok(Vec::new());
    };
    let alike = tokio::task::spawn_blocking(move || {
        let readable = compared.into_iter().filter_map(|it| {
            let vector = FeatureVector::from_bytes(it.feature_schema_id, &it.features).ok()?;
            Some((AlertId(it.alert), vector))
        });
        let (ids, vectors): (Vec<AlertId>, Vec<FeatureVector>) = readable.unzip();
        let found = nearest(&one, &vectors, MAX_SIMILAR).into_iter();
        found.filter_map(|Alike { position, distance }| Some((*ids.get(position)?, distance))).collect()
    });
    let alike: Vec<(AlertId, f64)> = alike.await.map_err(Error::internal)?;
    let ids: Vec<AlertId> = alike.iter().map(|(id, _)| *id).collect();
    let found = alerts::find_many(client, &ids).await?;
    let mut found: HashMap<AlertId, Alert> = found.into_iter().map(|alert| (alert.id, alert)).collect();
    let similar = alike
        .into_iter()
        .filter_map(|(id, distance)| Some(SimilarAlert { alert: found.remove(&id)?, distance }));
    Ok(similar.collect())
}

fn profile_before(detail: &AlertDetail) -> Result<Option<Portrait>, Error> {
    let owner = detail.transaction.content.account.as_str();
    let bytes = detail.explanation.assessment.account_profile_before.as_deref();
    let profile = bytes.map(|bytes| decode_profile(bytes, AccountProfile::decode, owner)).transpose()?;
    Ok(profile.as_ref().map(Portrait::of))
}
