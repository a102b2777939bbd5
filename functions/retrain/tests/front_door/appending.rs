//! Many appends to one chain at once.

use crate::app;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::audit::AuditEntry;
use shared::error::Error;
use shared::state::AppState;
use shared::testing::audit_trail::verified_chain;
use shared::workflow::audit::append;

const WRITERS: usize = 20;
const EVENTS: usize = 50;

async fn write(state: &AppState, by: usize, number: usize) -> Result<(), Error> {
    let mut connection = state.database.connect().await?;
    let client = connection.begin().await?;
    let entry = AuditEntry {
        chain: "access".into(),
        actor: format!("key:{by}"),
        action: "key_used".into(),
        at: Timestamp::now(),
        request_id: String::new(),
        before: Value::Null,
        after: json!({"number": number}),
    };
    append(client, entry).await?;
    Ok(connection.commit().await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_concurrent_appends_make_no_fork_and_lose_nothing() {
    let app = app().await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|by| {
            let state = app.state.clone();
            tokio::spawn(async move {
                for number in 0..EVENTS {
                    // Twenty writers share ten connections: on a machine under load one may wait too long for its own.
                    while write(&state, by, number).await.is_err() {}
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let chain = verified_chain(&app.database, "access").await;
    // The caller's key was made before.
    let chain = &chain[1..];
    assert_eq!(chain.len(), WRITERS * EVENTS);
    let mut next = [0; WRITERS];
    for event in chain {
        let by: usize = event.actor.trim_start_matches("key:").parse().unwrap();
        assert_eq!(event.after["number"], json!(next[by]), "{} lost or doubled one", event.actor);
        next[by] += 1;
    }
}
