//! What an auditor asks of one alert: its trail, verified, and everything behind it as it was stored.

use super::access::Session;
use crate::db::assessments::{self, StoredAssessment};
use crate::db::labels::StoredLabel;
use crate::db::models::{self, ModelFacts};
use crate::db::{alerts, anchors, attachments, audit, configurations, labels, notes, transactions};
use crate::domain::alert::Alert;
use crate::domain::attachment::Attachment;
use crate::domain::audit::StoredEvent;
use crate::domain::audit::anchor::{Anchor, Inclusion};
use crate::domain::audit::told_attachments::ToldAttachments;
use crate::domain::audit::told_notes::ToldNotes;
use crate::domain::audit::verify::{ChainWalk, Fault};
use crate::domain::configuration::Configuration;
use crate::domain::ids::{AlertId, ModelId, TransactionId};
use crate::domain::note::Note;
use crate::domain::transaction::Transaction;
use crate::error::Error;
use std::collections::BTreeSet;
use tokio_postgres::Client;
use uuid::Uuid;

/// Assessments in a bundle; a longer list is cut, and the one with the highest score is always there.
const MOST_ASSESSMENTS: i64 = 200;

/// An alert's audit chain.
#[derive(Debug)]
pub struct Trail {
    /// The alert, whose head the chain was held to.
    pub alert: Alert,
    /// From the first to the one that the alert's head names.
    pub events: Vec<StoredEvent>,
    /// The first thing that is wrong with them.
    pub fault: Option<Fault>,
    /// The newest anchor that covers the chain, and its place among the heads under it.
    pub anchor: Option<(Anchor, usize)>,
}

/// Reads an alert's chain and verifies it.
///
/// # Errors
/// 404 when there is no such alert.
pub async fn trail(session: &Session, id: AlertId) -> Result<Trail, Error> {
    let client = session.connection.client()?;
    let alert = alerts::find(client, id).await?.ok_or_else(|| Error::not_found("alert"))?;
    let chain = alert.chain();
    // The events are read after the head, so that all it knows of are there; those since are of a later state.
    let (events, anchor) =
        futures_util::join!(audit::of_chain(client, &chain), anchors::covering(client, &chain));
    let (mut events, anchor) = (events?, anchor?);
    events.retain(|event| event.sequence <= alert.head.sequence);
    let fault = first_fault(&alert, &events);
    Ok(Trail { alert, events, fault, anchor })
}

/// The first thing that is wrong with an alert's events, which were read after its head.
pub(super) fn first_fault(alert: &Alert, events: &[StoredEvent]) -> Option<Fault> {
    let mut walk = ChainWalk::begin(alert.chain(), alert.head);
    let walked = events.iter().try_for_each(|event| walk.step(event));
    walked.and_then(|()| walk.end()).err()
}

/// A configuration version that an assessment names.
#[derive(Debug)]
pub struct NamedConfiguration {
    /// Its number.
    pub version: i64,
    /// Who made it: environment, deployment, person or adaptation.
    pub origin: String,
    /// Its values.
    pub values: Configuration,
}

/// Everything about one alert, as it is stored.
#[derive(Debug)]
pub struct Evidence {
    /// The alert and its chain.
    pub trail: Trail,
    /// The assessments folded in, oldest first, at most 200.
    pub assessments: Vec<StoredAssessment>,
    /// Their transactions.
    pub transactions: Vec<Transaction>,
    /// The configurations that they name.
    pub configurations: Vec<NamedConfiguration>,
    /// The baselines and models that they name.
    pub models: Vec<ModelFacts>,
    /// What is said of their transactions, by transaction.
    pub labels: Vec<(TransactionId, StoredLabel)>,
    /// Every version of the notes that the trail tells of.
    pub notes: Vec<Note>,
    /// What is known of its files; never their content.
    pub attachments: Vec<Attachment>,
    /// How the chain is shown to be under the anchor's root.
    pub inclusion: Option<Inclusion>,
}

/// Gathers the evidence of an alert.
///
/// # Errors
/// 404 when there is no such alert.
pub async fn gather(session: &Session, id: AlertId) -> Result<Evidence, Error> {
    let (attachments, trail) = told_attachments(session, id).await?;
    let client = session.connection.client()?;
    let assessments = assessments_of(client, &trail.alert).await?;
    let ids: Vec<Uuid> = assessments.iter().map(|stored| stored.record.id.0).collect();
    let (transactions, labels) =
        futures_util::join!(transactions::find(client, &ids), labels::of_transactions(client, &ids));
    let mut labels: Vec<(TransactionId, StoredLabel)> = labels?
        .into_iter()
        .flat_map(|(id, labels)| labels.into_iter().map(move |label| (TransactionId(id), label)))
        .collect();
    labels.sort_by_key(|(transaction, label)| (*transaction, label.id));
    Ok(Evidence {
        configurations: configurations_of(client, &assessments).await?,
        models: models_of(client, &assessments).await?,
        inclusion: inclusion(client, trail.anchor.as_ref()).await?,
        notes: told_notes(client, &trail).await?,
        transactions: transactions?,
        attachments,
        trail,
        assessments,
        labels,
    })
}

/// A note that was written since the trail was read belongs to a later state.
async fn told_notes(client: &Client, trail: &Trail) -> Result<Vec<Note>, Error> {
    let mut told = ToldNotes::default();
    for event in &trail.events {
        told.add(&trail.alert.chain(), event);
    }
    let stored = notes::of_alerts(client, &[trail.alert.id.0]).await?;
    Ok(stored.into_iter().filter(|note| told.has(note)).collect())
}

/// An alert's files, and the trail that tells of them. They are read again where the trail tells of something else: most
/// likely it was done between the two readings.
async fn told_attachments(session: &Session, id: AlertId) -> Result<(Vec<Attachment>, Trail), Error> {
    let client = session.connection.client()?;
    let read =
        async || Ok::<_, Error>((attachments::of_alerts(client, &[id.0]).await?, trail(session, id).await?));
    let (attachments, trail) = read().await?;
    let told = ToldAttachments::of(&trail.alert.chain(), &trail.events);
    let is_told =
        attachments.iter().all(|it| told.check(it).is_ok()) && told.missing(&attachments).is_empty();
    if is_told { Ok((attachments, trail)) } else { read().await }
}

async fn assessments_of(client: &Client, alert: &Alert) -> Result<Vec<StoredAssessment>, Error> {
    let mut folded = assessments::of_alert(client, alert.id, MOST_ASSESSMENTS).await?;
    let top = alert.top_assessment;
    if folded.iter().all(|stored| stored.record.id != top) {
        folded.extend(assessments::find(client, &[top.0]).await?);
    }
    Ok(folded)
}

async fn configurations_of(
    client: &Client,
    assessments: &[StoredAssessment],
) -> Result<Vec<NamedConfiguration>, Error> {
    let versions: BTreeSet<i64> =
        assessments.iter().map(|stored| stored.record.versions.configuration).collect();
    let mut named = Vec::new();
    for version in versions {
        let (values, making) = futures_util::try_join!(
            configurations::find(client, version),
            configurations::making(client, version)
        )?;
        let origin = making.map(|making| making.origin).unwrap_or_default();
        named.push(NamedConfiguration { version, origin, values });
    }
    Ok(named)
}

async fn models_of(client: &Client, assessments: &[StoredAssessment]) -> Result<Vec<ModelFacts>, Error> {
    let versions = assessments.iter().map(|stored| stored.record.versions);
    let ids: BTreeSet<ModelId> =
        versions.flat_map(|versions| [versions.baseline, versions.model]).flatten().collect();
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    Ok(models::facts(client, &ids).await?)
}

async fn inclusion(client: &Client, anchor: Option<&(Anchor, usize)>) -> Result<Option<Inclusion>, Error> {
    let Some((anchor, position)) = anchor else {
        return Ok(None);
    };
    let leaves = anchors::leaves(client, anchor.number).await?;
    Ok(Inclusion::prove(anchor.clone(), &leaves, *position))
}
