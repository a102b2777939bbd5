//! Verifying an audit chain from what is stored, and finding its head.

use super::database::TestDatabase;
use crate::domain::audit::{GENESIS, hash_of};
use crate::domain::ids::AlertId;
use serde_json::Value;

/// An event of a verified chain.
#[derive(Debug, Clone)]
pub struct TrailEvent {
    /// What happened, such as `alert_raised`.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// The request that did it.
    pub request_id: String,
    /// What changed, before.
    pub before: Value,
    /// What changed, after.
    pub after: Value,
}

/// Reads a chain, oldest first, and recomputes every hash from the stored canonical bytes. Ends the test
/// unless the events are numbered from 1, linked without a gap, covered by their hashes, and end at the head
/// that stands outside the chain.
pub async fn verified_chain(database: &TestDatabase, chain: &str) -> Vec<TrailEvent> {
    let client = database.owner().await;
    let rows = client
        .query("select * from audit_events where chain = $1 order by sequence", &[&chain])
        .await
        .expect("the chain");
    let mut head = GENESIS;
    let mut events = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let place = format!("{chain}, event {}", position + 1);
        assert_eq!(row.get::<_, i64>("sequence"), i64::try_from(position).expect("small") + 1, "{place}");
        assert_eq!(row.get::<_, &[u8]>("prev_hash"), head, "{place} is not linked");
        let canonical: &[u8] = row.get("canonical");
        head = hash_of(&head, canonical);
        assert_eq!(row.get::<_, &[u8]>("hash"), head, "{place} was changed");
        let event = TrailEvent {
            action: row.get("action"),
            actor: row.get("actor"),
            request_id: row.get("request_id"),
            before: row.get("before"),
            after: row.get("after"),
        };
        for word in [chain, &event.action, &event.actor, &event.request_id] {
            let is_covered =
                word.is_empty() || canonical.windows(word.len()).any(|part| part == word.as_bytes());
            assert!(is_covered, "{place}: {word} is not in the hashed bytes");
        }
        events.push(event);
    }
    let stored = stored_head(database, chain).await;
    assert_eq!(stored, (i64::try_from(rows.len()).expect("small"), head.to_vec()), "{chain}'s head");
    events
}

/// The actions of a verified chain.
pub async fn verified_actions(database: &TestDatabase, chain: &str) -> Vec<String> {
    verified_chain(database, chain).await.into_iter().map(|event| event.action).collect()
}

/// Sequence and hash of the head: on the alert's row, or in a row of its own.
async fn stored_head(database: &TestDatabase, chain: &str) -> (i64, Vec<u8>) {
    let client = database.owner().await;
    let row = match chain.strip_prefix("alert:") {
        Some(id) => {
            let id = AlertId::parse(id).expect("an alert's id").0;
            client.query_one("select audit_sequence, audit_hash from alerts where id = $1", &[&id]).await
        }
        None => client.query_one("select sequence, hash from chain_heads where chain = $1", &[&chain]).await,
    };
    let row = row.expect("the chain's head");
    (row.get(0), row.get(1))
}
