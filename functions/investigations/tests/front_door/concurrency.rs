//! Many at once: one wins, nobody sees an error that is not theirs, and nothing is lost.

use crate::{Desk, app, desk};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{act, alert_of, give_habit, open_connections, payment, send};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::verified_actions;
use shared::testing::builders::{habit, hours_later, transaction_with};
use shared::testing::profiles::stored_profiles;
use shared::workflow::profiles::rebuild;

#[tokio::test]
async fn of_twenty_concurrent_claims_one_wins() {
    let Desk { app, alert, .. } = desk().await;
    open_connections(&app).await;
    let mut calls = Vec::new();
    for _ in 0..20 {
        let analyst = app.with_role(Role::Analyst).await;
        let alert = alert.clone();
        calls.push(tokio::spawn(async move { act(&analyst, &alert, "claim", &json!({})).await }));
    }
    let mut n_won = 0;
    for call in calls {
        let answer = call.await.unwrap();
        match answer.status {
            StatusCode::OK => n_won += 1,
            StatusCode::CONFLICT => assert_eq!(answer.body["error"]["type"], "WrongState"),
            other => panic!("{other}: {}", answer.body),
        }
    }
    assert_eq!(n_won, 1);
    let chain = verified_actions(&app.database, &format!("alert:{alert}")).await;
    assert_eq!(chain, ["alert_raised", "alert_claimed"]);
}

#[tokio::test]
async fn of_ten_concurrent_decisions_of_the_holder_one_counts() {
    let Desk { app, ana, alert, .. } = desk().await;
    act(&ana, &alert, "claim", &json!({})).await;
    open_connections(&app).await;
    let calls: Vec<_> = (0..10)
        .map(|n| {
            let (ana, alert) = (ana.clone(), alert.clone());
            let word = if n % 2 == 0 { "false_positive" } else { "benign_positive" };
            tokio::spawn(async move {
                loop {
                    // On a machine under load the last may wait for the account, or for a connection, too long.
                    let answer = act(&ana, &alert, "decide", &json!({"disposition": word})).await;
                    if answer.status != StatusCode::SERVICE_UNAVAILABLE {
                        return answer;
                    }
                }
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.unwrap().status);
    }
    let n_accepted = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    let n_late = statuses.iter().filter(|status| **status == StatusCode::CONFLICT).count();
    assert_eq!((n_accepted, n_late), (1, 9), "{statuses:?}");
    assert_eq!(app.database.number("select count(*) from labels").await, 1);
    assert_eq!(verified_actions(&app.database, &format!("alert:{alert}")).await.len(), 3);
}

/// What is folded while the analyst decides is either labelled by the decision or part of a new alert.
#[tokio::test]
async fn a_transaction_that_folds_during_a_decision_is_not_left_without_a_label() {
    let app = app().await;
    for round in 0..12 {
        let account = format!("a-{round}");
        give_habit(&app, &account).await;
        let alert = alert_of(&send(&app, &payment(&account, "900.00", 0)).await);
        act(&app, &alert, "claim", &json!({})).await;
        let folding = {
            let (app, account) = (app.clone(), account.clone());
            tokio::spawn(async move {
                for n in 1..4 {
                    send(&app, &payment(&account, &format!("{}.00", 900 * 4_i32.pow(n)), i64::from(n))).await;
                }
            })
        };
        let mut decided = act(&app, &alert, "decide", &json!({"disposition": "false_positive"})).await;
        while decided.body["error"]["type"] == "Busy" {
            decided = act(&app, &alert, "decide", &json!({"disposition": "false_positive"})).await;
        }
        assert_eq!(decided.status, StatusCode::OK, "{}", decided.body);
        folding.await.unwrap();
    }
    let unlabelled = "select count(*) from assessments a join alerts r on r.id = a.alert_id
        where r.status = 'resolved' and not exists (select from labels l where l.transaction_id = a.id)";
    assert_eq!(app.database.number(unlabelled).await, 0);
}

/// Singles and batches on the same accounts and counterparties while their labels come in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labels_and_ingest_on_the_same_accounts_see_no_error_and_lose_nothing() {
    let app = app().await;
    for account in ["a", "b", "c"] {
        give_habit(&app, account).await;
    }
    open_connections(&app).await;
    let lanes: Vec<_> = (0..6)
        .map(|lane| {
            let app = app.clone();
            tokio::spawn(async move {
                for round in 0..5 {
                    let answer = call(&app, lane + 6 * round).await;
                    assert!(answer.status.is_success(), "{}: {}", answer.status, answer.body);
                    assert!(answer.body["counts"]["retry"].is_null(), "{}", answer.body["counts"]);
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.await.unwrap();
    }
    let before = stored_profiles(&app.database).await;
    rebuild(&app.state).await.unwrap();
    assert_eq!(stored_profiles(&app.database).await.counterparties, before.counterparties);
}

/// The `n`th call: labels, a batch or a single payment.
async fn call(app: &TestApp, n: i64) -> Answer {
    match n % 3 {
        0 => app.post("/api/v1/labels", &json!({"labels": labels_of(n)})).await,
        1 => {
            let fresh = habit(&format!("new-{n}"), 20, 5);
            let mixed: Vec<Value> = fresh.into_iter().chain(batch(n)).collect();
            app.post("/api/v1/transactions/batch", &json!({"transactions": mixed})).await
        }
        _ => app.post("/api/v1/transactions", &payment(if n % 2 == 0 { "a" } else { "b" }, "21.50", n)).await,
    }
}

/// Labels on the habits of all three accounts, last account first, so that orders of locking would cross.
fn labels_of(n: i64) -> Vec<Value> {
    ["c", "b", "a"]
        .iter()
        .flat_map(|account| (0..15).map(move |position| (account, position)))
        .map(|(account, position)| {
            json!({
                "source": "cards",
                "external_id": format!("{account}-{}", (position * 4 + n) % 60),
                "verdict": if position % 2 == 0 { "fraud" } else { "genuine" },
                "label_source": "chargeback",
                "observed_at": hours_later(1 + n).to_string(),
            })
        })
        .collect()
}

/// Payments of all three accounts, in another order than the labels.
fn batch(n: i64) -> Vec<Value> {
    let accounts = ["b", "a", "c"].iter().cycle().take(30);
    let positions = accounts.enumerate();
    positions
        .map(|(position, account)| {
            let occurred_at = hours_later(-1 - i64::try_from(position).unwrap());
            let changes = json!({
                "account": account,
                "counterparty": format!("shop-{}", position % 3),
                "occurred_at": occurred_at.to_string(),
            });
            transaction_with(&format!("batch-{n}-{position}"), &changes)
        })
        .collect()
}
