//! Compacting a counterparty's shards: nothing is lost, whatever goes on meanwhile.

use crate::{app, run};
use serde_json::{Value, json};
use shared::testing::alerting::{open_connections, send};
use shared::testing::app::TestApp;
use shared::testing::builders::{hours_later, transaction_with};
use shared::testing::profiles::stored_profiles;
use shared::workflow::profiles::rebuild;

/// The `n`th payment of accounts of their own to one shop.
fn payment(n: i64) -> Value {
    let changes = json!({
        "account": format!("account-{n}"),
        "counterparty": "busy",
        "amount": format!("{}.00", 10 + n % 7),
        "occurred_at": hours_later(-n).to_string(),
    });
    transaction_with(&format!("busy-{n}"), &changes)
}

async fn n_shards(app: &TestApp) -> i64 {
    app.database.number("select count(*) from counterparty_profiles where counterparty_id = 'busy'").await
}

/// Payments to one shop while another SQL transaction holds the shards there are: each finds none free.
async fn make_shards(app: &TestApp, n: i64) {
    for position in 0..n {
        let mut holder = app.database.owner().await;
        let holding = holder.transaction().await.unwrap();
        holding.execute("select from counterparty_profiles for update", &[]).await.unwrap();
        send(app, &payment(position)).await;
        holding.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn many_shards_become_one_with_the_same_merged_profile() {
    let app = app().await;
    make_shards(&app, 6).await;
    send(&app, &transaction_with("other", &json!({"counterparty": "quiet"}))).await;
    assert_eq!(n_shards(&app).await, 6);
    let before = stored_profiles(&app.database).await;
    let made = run(&app, "fold").await;
    assert_eq!(made, json!({"counterparties": 1, "shards_removed": 5}));
    assert_eq!(n_shards(&app).await, 1);
    assert_eq!(stored_profiles(&app.database).await, before);
    assert_eq!(run(&app, "fold").await, json!({"counterparties": 0, "shards_removed": 0}));
    rebuild(&app.state).await.unwrap();
    assert_eq!(stored_profiles(&app.database).await.counterparties, before.counterparties);
}

#[tokio::test]
async fn concurrent_payments_to_one_shop_make_shards_that_merge_to_the_whole() {
    let app = app().await;
    open_connections(&app).await;
    let lanes: Vec<_> = (0..8)
        .map(|lane| {
            let app = app.clone();
            tokio::spawn(async move {
                for round in 0..4 {
                    send(&app, &payment(lane + 8 * round)).await;
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.await.unwrap();
    }
    let before = stored_profiles(&app.database).await;
    run(&app, "fold").await;
    assert_eq!(n_shards(&app).await, 1);
    assert_eq!(stored_profiles(&app.database).await, before);
    rebuild(&app.state).await.unwrap();
    assert_eq!(stored_profiles(&app.database).await, before);
}

/// A payment that finds every shard held by the compaction makes a new one, which must survive it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compacting_while_payments_come_in_loses_none() {
    let app = app().await;
    make_shards(&app, 3).await;
    open_connections(&app).await;
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            let app = app.clone();
            tokio::spawn(async move {
                for n in 0..25 {
                    send(&app, &payment(100 + sender * 100 + n)).await;
                }
            })
        })
        .collect();
    while !senders.iter().all(tokio::task::JoinHandle::is_finished) {
        run(&app, "fold").await;
    }
    for sender in senders {
        sender.await.unwrap();
    }
    let before = stored_profiles(&app.database).await;
    rebuild(&app.state).await.unwrap();
    assert_eq!(stored_profiles(&app.database).await.counterparties, before.counterparties);
}

/// The same, step by step: the compaction waits for the first shard while a third is made and committed.
#[tokio::test]
async fn a_shard_made_while_the_compaction_waits_is_left_alone() {
    let app = app().await;
    make_shards(&app, 2).await;
    let mut holder = app.database.owner().await;
    let holding = holder.transaction().await.unwrap();
    holding.execute("select from counterparty_profiles for update", &[]).await.unwrap();
    let folding = {
        let app = app.clone();
        tokio::spawn(async move { run(&app, "fold").await })
    };
    let waiting = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    while app.database.number(waiting).await == 0 && !folding.is_finished() {}
    send(&app, &payment(10)).await;
    holding.rollback().await.unwrap();
    folding.await.unwrap();
    let before = stored_profiles(&app.database).await;
    rebuild(&app.state).await.unwrap();
    assert_eq!(stored_profiles(&app.database).await.counterparties, before.counterparties);
}
