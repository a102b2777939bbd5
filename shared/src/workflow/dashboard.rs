//! The dashboard and the analysis: live within a second, else as they were last kept, and then said to be stale.
//!
//! A dashboard that fails when the queue is full fails when it is looked at. So a live answer that takes too long, or
//! fails, gives way to the schedule's last snapshot, and that to this process's last copy.

use super::access::Session;
use super::entropy;
use crate::db::connection::Connection;
use crate::db::dashboard::{self as counts, RankedBy};
use crate::db::snapshots::{self, Snapshot, SnapshotKind};
use crate::domain::dashboard::{Analysis, Buckets, Dashboard, N_DAYS};
use crate::domain::ids::ModelId;
use crate::error::{Error, ErrorKind, causes};
use crate::state::AppState;
use arc_swap::ArcSwapOption;
use futures_util::try_join;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;

/// What a live answer may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// A snapshot is shown for this long.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Figures, and whether they are from before.
#[derive(Debug, Clone)]
pub struct Told<T> {
    /// The figures.
    pub figures: Arc<T>,
    /// Whether a live answer was not to be had.
    pub is_stale: bool,
}

/// The dashboard.
///
/// # Errors
/// 503 when the database gives neither a live answer nor a snapshot, and this process has no copy.
pub async fn dashboard(state: &AppState, session: Session) -> Result<Told<Dashboard>, Error> {
    let source = Source { kind: SnapshotKind::Dashboard, copy: &state.copies.dashboard };
    told(state, session, source, async |connection, now| live(connection, now).await).await
}

/// What the alerts of the last 30 days turned out to be.
///
/// # Errors
/// As [`dashboard`].
pub async fn analysis(state: &AppState, session: Session) -> Result<Told<Analysis>, Error> {
    let source = Source { kind: SnapshotKind::Analysis, copy: &state.copies.analysis };
    told(state, session, source, async |connection, now| analyse(connection, now).await).await
}

/// Where figures are to be had when they cannot be counted.
struct Source<'a, T> {
    kind: SnapshotKind,
    copy: &'a ArcSwapOption<T>,
}

async fn told<T: DeserializeOwned>(
    state: &AppState,
    mut session: Session,
    source: Source<'_, T>,
    live: impl AsyncFnOnce(&Connection, Timestamp) -> Result<T, Error>,
) -> Result<Told<T>, Error> {
    let counting = counted(&mut session.connection, session.now, live);
    let answer = tokio::time::timeout(PATIENCE, counting).await;
    let error = match answer {
        Ok(Ok(figures)) => {
            let figures = Arc::new(figures);
            source.copy.store(Some(Arc::clone(&figures)));
            return Ok(Told { figures, is_stale: false });
        }
        Ok(Err(error)) => error,
        Err(_) => Error::new(
            ErrorKind::DeadlineExceeded,
            "the figures could not be counted within a second, and no earlier ones could be had; try again shortly",
        ),
    };
    // A statement may still be under way on it.
    session.connection.discard();
    tracing::warn!(kind = source.kind.as_str(), "the dashboard was not counted: {}", causes(&error));
    let kept = match kept(state, source.kind, session.now).await {
        Ok(kept) => kept,
        Err(failed) => {
            tracing::warn!(kind = source.kind.as_str(), "no snapshot could be read: {}", causes(&failed));
            None
        }
    };
    let figures = kept.map(Arc::new).or_else(|| source.copy.load_full()).ok_or(error)?;
    Ok(Told { figures, is_stale: true })
}

/// The live figures. The server gives up with the reader: what nobody waits for would hold a pooled connection, which the
/// snapshot needs.
async fn counted<T>(
    connection: &mut Connection,
    now: Timestamp,
    live: impl AsyncFnOnce(&Connection, Timestamp) -> Result<T, Error>,
) -> Result<T, Error> {
    connection.begin_within(PATIENCE).await?;
    let figures = live(connection, now).await?;
    connection.commit().await?;
    Ok(figures)
}

/// The newest snapshot; one of another version of the service is as good as none.
async fn kept<T: DeserializeOwned>(
    state: &AppState,
    kind: SnapshotKind,
    now: Timestamp,
) -> Result<Option<T>, Error> {
    let connection = state.database.connect().await?;
    let stored = snapshots::newest(connection.client()?, kind, now - KEPT).await?;
    Ok(stored.and_then(|figures| serde_json::from_value(figures).ok()))
}

async fn live(connection: &Connection, now: Timestamp) -> Result<Dashboard, Error> {
    let client = connection.client()?;
    let (hours, days) = (Buckets::hours(now), Buckets::days(now));
    let (open, hours, days, outcomes) = try_join!(
        counts::open(client, now),
        counts::activity(client, &hours),
        counts::activity(client, &days),
        counts::outcomes(client, since(now)),
    )?;
    Ok(Dashboard { as_of: now, open, hours, days, outcomes })
}

async fn analyse(connection: &Connection, now: Timestamp) -> Result<Analysis, Error> {
    let client = connection.client()?;
    let since = since(now);
    let (detectors, reasons, pairs, accounts, counterparties) = try_join!(
        counts::ranking(client, RankedBy::Detector, since),
        counts::ranking(client, RankedBy::Reason, since),
        counts::pairs(client, since),
        counts::ranking(client, RankedBy::Account, since),
        counts::ranking(client, RankedBy::Counterparty, since),
    )?;
    Ok(Analysis { as_of: now, detectors, reasons, pairs, accounts, counterparties })
}

fn since(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_hours(N_DAYS * 24)
}

/// Counts both and keeps them, for the schedule: it has minutes where a reader has a second. What is too old to be
/// shown is removed.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(state: &AppState, now: Timestamp) -> Result<(), Error> {
    let connection = state.database.connect().await?;
    let dashboard = live(&connection, now).await?;
    let analysis = analyse(&connection, now).await?;
    store(&connection, SnapshotKind::Dashboard, (now, &dashboard)).await?;
    store(&connection, SnapshotKind::Analysis, (now, &analysis)).await
}

async fn store(
    connection: &Connection,
    kind: SnapshotKind,
    (as_of, figures): (Timestamp, &impl Serialize),
) -> Result<(), Error> {
    let figures = serde_json::to_value(figures).map_err(Error::internal)?;
    let id = ModelId::mint(as_of, entropy::for_id()?).0;
    let client = connection.client()?;
    snapshots::insert(client, &Snapshot { id, kind, as_of, figures }).await?;
    snapshots::remove_old(client, kind, as_of - KEPT).await?;
    Ok(())
}
