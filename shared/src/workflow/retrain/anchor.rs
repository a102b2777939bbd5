//! Anchoring the heads of the audit chains: into the database, and into the log, which the database's owner cannot
//! change.

use super::Moment;
use crate::db::anchors;
use crate::domain::audit::anchor::{ANCHORED, Anchor};
use crate::error::Error;
use crate::state::AppState;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::Client;

/// Heads under one root: more become another anchor.
const MOST_LEAVES: i64 = 10_000;
/// How much earlier than its commit an event may say that it happened: the longest function ends within 15 minutes, and
/// clocks differ.
pub(super) const LATE: SignedDuration = SignedDuration::from_hours(1);

/// Anchors the chains that have grown, and tells each anchor. Nothing is made where nothing has grown. The newest is told
/// once more first: its line may have been lost with the process that made it.
///
/// # Errors
/// When the database does not answer, or another task anchors at the same moment.
pub(super) async fn make(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let mut connection = state.database.connect().await?;
    let client = connection.begin().await?;
    let newest = anchors::newest(client).await?;
    let made = over_grown(client, newest.clone(), moment.now).await?;
    connection.commit().await?;
    let told = newest.iter().chain(&made);
    let lines: Vec<Value> = told.map(tell).collect();
    Ok(json!({"made": made.len(), "anchors": lines}))
}

/// All in one SQL transaction: what the next task looks at begins where this one ended.
async fn over_grown(client: &Client, newest: Option<Anchor>, now: Timestamp) -> Result<Vec<Anchor>, Error> {
    let since = newest.as_ref().map_or(Timestamp::UNIX_EPOCH, |anchor| anchor.at - LATE);
    let at = Timestamp::from_microsecond(now.as_microsecond()).map_err(Error::internal)?;
    let mut made: Vec<Anchor> = Vec::new();
    loop {
        let leaves = anchors::grown(client, since, MOST_LEAVES).await?;
        if leaves.is_empty() {
            return Ok(made);
        }
        let anchor = Anchor::over(&leaves, made.last().or(newest.as_ref()), at);
        anchors::insert(client, &anchor, &leaves).await?;
        made.push(anchor);
    }
}

/// One line in the log; the same as JSON, for whoever keeps a file of them.
fn tell(anchor: &Anchor) -> Value {
    let [root, prev_hash, hash] =
        [anchor.root, anchor.prev_hash, anchor.hash].map(|hash| STANDARD.encode(hash));
    tracing::info!(
        event = ANCHORED,
        number = anchor.number,
        at = %anchor.at,
        n_chains = anchor.n_chains,
        root,
        prev_hash,
        hash,
        "anchor {} covers {} audit chains",
        anchor.number,
        anchor.n_chains
    );
    json!({
        "event": ANCHORED,
        "number": anchor.number,
        "at": anchor.at.to_string(),
        "n_chains": anchor.n_chains,
        "root": root,
        "prev_hash": prev_hash,
        "hash": hash,
    })
}
