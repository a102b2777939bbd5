//! Verifying the audit trail a part at a time: what has grown since the last task, what was found broken before, and
//! then the rest in turn. `telltale audit verify` does all of it at once.

use super::Moment;
use super::anchor::LATE;
use crate::db::audit_chains;
use crate::db::snapshots::{self, Snapshot, SnapshotKind};
use crate::domain::audit::verify::Fault;
use crate::domain::ids::{AlertId, ModelId};
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::verification::{CHAINS, Verified, verify_anchors, verify_chains, verify_heads};
use crate::workflow::{entropy, system_alerts};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

/// Events that one task walks before it leaves the rest of the chains to the next: some tens of seconds.
const MOST_EVENTS: u64 = 200_000;
/// Bytes of files that one task hashes before it does the same.
const MOST_FILE_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Pages of owning rows, and anchors, that one task looks at.
const HEAD_PAGES: usize = 10;
const ANCHORS: i64 = 200;
/// Broken chains that are remembered, and faults that are told.
const MOST_BROKEN: usize = 100;
const MOST_TOLD: usize = 20;
/// The cause of the alert that a broken trail raises.
const CAUSE: &str = "audit_broken";

/// Where the last task stood.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// The last task's moment; none before the first.
    at: Option<Timestamp>,
    /// The chain that was walked last in turn; empty at the start of a round.
    chain: String,
    /// The alert whose head was looked at last in turn; none at the start of a round.
    alert: Option<String>,
    /// The last anchor that is whole with all before it, of this round.
    anchor: i64,
    /// Chains that were broken, which are walked again each time: a broken trail does not mend.
    broken: Vec<String>,
}

/// Verifies a part, keeps how far it came, and raises an alert of the system where something is broken.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn verify(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let mut connection = state.database.connect().await?;
    let client = connection.client()?;
    let mut progress = read_progress(client).await?;
    let mut verified = Verified::default();
    verify_chains(client, &progress.broken, &mut verified).await?;
    verify_grown(client, progress.at.unwrap_or(moment.now) - LATE, &mut verified).await?;
    progress.chain = verify_in_turn(client, progress.chain, &mut verified).await?;
    progress.alert = verify_heads_in_turn(client, progress.alert, &mut verified).await?;
    progress.anchor = verify_anchors_in_turn(client, progress.anchor, &mut verified).await?;
    progress.at = Some(moment.now);
    progress.broken = verified.broken().iter().take(MOST_BROKEN).cloned().collect();
    let told: Vec<String> = verified.faults.iter().take(MOST_TOLD).map(Fault::to_string).collect();
    let mut figures = json!({
        "n_chains": verified.n_chains,
        "n_events": verified.n_events,
        "n_files": verified.n_files,
        "n_anchors": verified.n_anchors,
        "n_broken": verified.broken().len(),
        "faults": told,
    });
    let client = connection.begin().await?;
    store(client, (&figures, &progress), moment).await?;
    if !verified.faults.is_empty() {
        let found = json!({"n_broken": figures["n_broken"], "faults": figures["faults"]});
        let raised = system_alerts::raise_once(client, CAUSE, (&found, moment.now)).await?;
        figures["alert_id"] = json!(raised.map(|id| id.to_string()));
    }
    connection.commit().await?;
    for fault in &told {
        tracing::error!(fault, "the audit trail is broken: {fault}");
    }
    Ok(figures)
}

/// What an older version kept otherwise begins a new round.
async fn read_progress(client: &Client) -> Result<Progress, Error> {
    let stored = snapshots::newest(client, SnapshotKind::AuditVerification, Timestamp::UNIX_EPOCH).await?;
    let progress = stored.and_then(|mut figures| serde_json::from_value(figures["progress"].take()).ok());
    Ok(progress.unwrap_or_default())
}

async fn store(
    client: &Client,
    (figures, progress): (&Value, &Progress),
    moment: Moment,
) -> Result<(), Error> {
    let mut kept = figures.clone();
    kept["progress"] = serde_json::to_value(progress).map_err(Error::internal)?;
    let id = ModelId::mint(moment.now, entropy::for_id()?).0;
    let snapshot = Snapshot { id, kind: SnapshotKind::AuditVerification, as_of: moment.now, figures: kept };
    Ok(snapshots::insert(client, &snapshot).await?)
}

/// All chains that have grown since a moment.
async fn verify_grown(client: &Client, since: Timestamp, verified: &mut Verified) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let chains = audit_chains::changed(client, since, (&after, CHAINS)).await?;
        let Some(last) = chains.last() else { return Ok(()) };
        after.clone_from(last);
        verify_chains(client, &chains, verified).await?;
    }
}

/// Chains in their order from after `chain`, as many as there is time for: the last one, or nothing at the end of a round.
async fn verify_in_turn(client: &Client, chain: String, verified: &mut Verified) -> Result<String, Error> {
    let mut after = chain;
    while verified.n_events < MOST_EVENTS && verified.n_file_bytes < MOST_FILE_BYTES {
        let chains = audit_chains::after(client, &after, CHAINS).await?;
        let Some(last) = chains.last() else { return Ok(String::new()) };
        after.clone_from(last);
        verify_chains(client, &chains, verified).await?;
    }
    Ok(after)
}

async fn verify_heads_in_turn(
    client: &Client,
    alert: Option<String>,
    verified: &mut Verified,
) -> Result<Option<String>, Error> {
    let mut after = alert.and_then(|id| AlertId::parse(&id).ok()).map_or(Uuid::nil(), |id| id.0);
    for _ in 0..HEAD_PAGES {
        match verify_heads(client, after, verified).await? {
            Some(last) => after = last,
            None => return Ok(None),
        }
    }
    Ok(Some(AlertId(after).to_string()))
}

/// A round begins anew behind the newest anchor; a broken one is stayed at.
async fn verify_anchors_in_turn(client: &Client, anchor: i64, verified: &mut Verified) -> Result<i64, Error> {
    let n_before = verified.n_anchors;
    let whole = verify_anchors(client, (anchor, ANCHORS), (&[], verified)).await?;
    let n_read = i64::try_from(verified.n_anchors - n_before).unwrap_or(ANCHORS);
    let is_round_over = n_read < ANCHORS && whole == anchor + n_read;
    Ok(if is_round_over { 0 } else { whole })
}
