//! Rebuilding profiles from what is stored gives what ingest and labels had made, byte by byte.

use crate::app;
use serde_json::{Value, json};
use shared::testing::alerting::{act, alert_of, give_habit, payment, send};
use shared::testing::app::TestApp;
use shared::testing::builders::{habit, hours_later, transaction_with};
use shared::testing::profiles::stored_profiles;
use shared::workflow::profiles::rebuild;

async fn batch(app: &TestApp, transactions: Vec<Value>) {
    let n = transactions.len();
    let answer = app.post("/api/v1/transactions/batch", &json!({"transactions": transactions})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": n}), "{}", answer.body);
}

/// Labels on the first `n` payments of an account's habit, alternately.
async fn label(app: &TestApp, account: &str, (n, hours): (usize, i64)) {
    let labels: Vec<Value> = (0..n)
        .map(|position| {
            json!({
                "source": "cards",
                "external_id": format!("{account}-{position}"),
                "verdict": if (position + usize::try_from(hours).unwrap()) % 3 == 0 { "fraud" } else { "genuine" },
                "label_source": "chargeback",
                "observed_at": hours_later(hours).to_string(),
            })
        })
        .collect();
    let answer = app.post("/api/v1/labels", &json!({"labels": labels})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": n}), "{}", answer.body);
}

/// Transactions of many places, currencies, devices and times, in an order that is not that of time.
fn varied(n: i64) -> Vec<Value> {
    (0..n)
        .map(|position| {
            let currency = ["EUR", "USD", "GBP"][usize::try_from(position % 3).unwrap()];
            let changes = json!({
                "account": format!("varied-{}", position % 3),
                "counterparty": format!("shop-{}", position % 5),
                "amount": format!("{}.00", 1 + (position * 37) % 300),
                "currency": currency,
                "occurred_at": hours_later(-((position * 7_919) % 4_000)).to_string(),
                "channel": if position % 2 == 0 { "online" } else { "atm" },
                "device": format!("device-{}", position % 4),
                "category": format!("category-{}", position % 6),
                "place": {"country": if position % 7 == 0 { "US" } else { "BE" }, "latitude": 50.0, "longitude": 4.0},
            });
            transaction_with(&format!("varied-{position}"), &changes)
        })
        .collect()
}

#[tokio::test]
async fn rebuilt_profiles_equal_those_that_ingest_and_labels_made() {
    let app = app().await;
    for account in ["a", "b"] {
        give_habit(&app, account).await;
    }
    label(&app, "a", (40, 1)).await;
    batch(&app, varied(1_500)).await;
    let mut late = habit("c", 30, 24);
    late.rotate_left(11);
    for transaction in &late {
        send(&app, transaction).await;
    }
    // Four months later, so that the rings have turned past everything above.
    let ahead = json!({"account": "a", "occurred_at": hours_later(24 * 120).to_string()});
    send(&app, &transaction_with("ahead", &ahead)).await;
    label(&app, "a", (20, 2)).await;
    label(&app, "c", (25, 3)).await;
    let alert = alert_of(&send(&app, &payment("b", "900.00", 0)).await);
    act(&app, &alert, "claim", &json!({})).await;
    act(&app, &alert, "decide", &json!({"disposition": "confirmed_fraud", "notes": "seen"})).await;
    let before = stored_profiles(&app.database).await;
    let rebuilt = rebuild(&app.state).await.unwrap();
    assert_eq!(rebuilt.transactions, 120 + 1_500 + 30 + 2);
    assert_eq!(
        (rebuilt.accounts, rebuilt.counterparties),
        (before.accounts.len(), before.counterparties.len())
    );
    let after = stored_profiles(&app.database).await;
    for (account, profile) in &before.accounts {
        assert!(after.accounts[account] == *profile, "account {account} differs");
    }
    for (counterparty, profile) in &before.counterparties {
        assert!(after.counterparties[counterparty] == *profile, "counterparty {counterparty} differs");
    }
    assert_eq!(after, before);
}

/// What a broken profile was is forgotten: the rebuild reads transactions and labels alone.
#[tokio::test]
async fn a_rebuild_mends_profiles_that_were_overwritten() {
    let app = app().await;
    give_habit(&app, "a").await;
    label(&app, "a", (10, 1)).await;
    let before = stored_profiles(&app.database).await;
    let owner = app.database.owner().await;
    owner
        .batch_execute(
            "update account_profiles set profile = '\\x00';
             insert into counterparty_profiles select counterparty_id, shard + 1, profile from counterparty_profiles",
        )
        .await
        .unwrap();
    rebuild(&app.state).await.unwrap();
    assert_eq!(stored_profiles(&app.database).await, before);
}
