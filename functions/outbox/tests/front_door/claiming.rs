//! Claims: nobody gets what another has, nothing that was lost stays lost, nothing counts twice.

use crate::receiver::Receiver;
use crate::{Desk, in_minutes};
use serde_json::{Value, json};
use shared::testing::alerting::{raise, raise_many};
use std::collections::BTreeSet;

fn ids(batch: &Value) -> BTreeSet<String> {
    let messages = batch["messages"].as_array().unwrap();
    messages.iter().map(|message| message["delivery_id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn two_that_claim_at_once_share_and_a_webhook_leaves_room_for_others() {
    let desk = Desk::new().await;
    let (one, other) = (Receiver::start().await, Receiver::start().await);
    desk.add(&one, &["alert.raised"]).await;
    desk.add(&other, &["alert.raised"]).await;
    raise_many(&desk.app, 60).await;
    let now = in_minutes(0);
    let (first, second) = tokio::join!(desk.claim(now), desk.claim(now));
    let third = desk.claim(now).await;
    let batches = [ids(&first), ids(&second), ids(&third)];
    assert!(batches.iter().all(|batch| batch.len() <= 100), "{batches:?}");
    let all: BTreeSet<&String> = batches.iter().flatten().collect();
    assert_eq!(batches.iter().map(BTreeSet::len).sum::<usize>(), all.len(), "claimed twice");
    assert_eq!(all.len(), 120);
}

#[tokio::test]
async fn what_nothing_is_heard_of_is_due_again_and_what_comes_late_changes_nothing() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.raised"]).await;
    raise(&desk.app, "a").await;
    let lost = desk.claim(in_minutes(0)).await;
    assert_eq!(desk.tick(in_minutes(4)).await, 0, "the lease holds");
    let again = desk.claim(in_minutes(6)).await;
    assert_eq!(ids(&again), ids(&lost));
    assert_eq!(again["messages"][0]["n_attempts"], 2);
    let first = json!({"n_attempts": 1, "attempts": [{
        "delivery_id": lost["messages"][0]["delivery_id"], "n_attempts": 1, "status": 200, "error": null,
    }]});
    desk.record(first, in_minutes(6)).await;
    assert_eq!(desk.deliveries("status=pending").await.len(), 1, "the first attempt is over");
    let attempts = desk.send(again).await;
    desk.record(attempts.clone(), in_minutes(7)).await;
    let delivered = desk.deliveries("status=delivered").await;
    desk.record(attempts, in_minutes(8)).await;
    assert_eq!(desk.deliveries("status=delivered").await, delivered, "told twice");
}

#[tokio::test]
async fn a_last_attempt_that_nothing_is_heard_of_is_given_up() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.raised"]).await;
    raise(&desk.app, "a").await;
    for attempt in 0..8 {
        assert_eq!(ids(&desk.claim(in_minutes(attempt * 6)).await).len(), 1, "attempt {attempt}");
    }
    assert!(ids(&desk.claim(in_minutes(60)).await).is_empty());
    let dead = desk.deliveries("status=dead").await;
    assert_eq!(dead[0]["last_error"], "nothing was heard of the last attempt");
}

#[tokio::test]
async fn what_is_no_event_of_ours_is_refused_and_a_foreign_message_comes_again() {
    let desk = Desk::new().await;
    let refused = outbox::handler(&desk.outbox, &json!({}), in_minutes(0)).await.unwrap_err();
    assert_eq!(refused.kind.as_str(), "ValidationFailed");
    let message = json!({"messageId": "m-9", "eventSource": "aws:sqs", "body": "nonsense"});
    let answer = outbox::handler(&desk.outbox, &json!({"Records": [message]}), in_minutes(0)).await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "m-9"}]}));
    assert!(deliver::handler(&desk.sender, json!({"responsePayload": null})).await.is_err());
}
