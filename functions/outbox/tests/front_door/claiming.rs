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

/// What `deliver` says of a message that was answered with this status.
fn heard(message: &Value, status: u16) -> Value {
    let attempt = json!({
        "delivery_id": message["delivery_id"], "n_attempts": message["n_attempts"],
        "claimed_at": message["claimed_at"], "status": status, "error": null,
    });
    json!({"n_attempts": 1, "attempts": [attempt]})
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
    let batches = [ids(&first), ids(&second), ids(&desk.claim(now).await), ids(&desk.claim(now).await)];
    assert!(batches.iter().all(|batch| batch.len() <= 60), "{batches:?}");
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
    assert_eq!(desk.tick(in_minutes(5)).await, 0, "the lease holds, and a failure has its pause");
    let again = desk.claim(in_minutes(7)).await;
    assert_eq!(ids(&again), ids(&lost));
    assert_eq!(again["messages"][0]["n_attempts"], 2);
    desk.record(&heard(&lost["messages"][0], 200), in_minutes(7)).await;
    assert_eq!(desk.deliveries("status=pending").await.len(), 1, "the first attempt is over");
    let attempts = desk.send(&again).await;
    desk.record(&attempts, in_minutes(8)).await;
    let delivered = desk.deliveries("status=delivered").await;
    desk.record(&attempts, in_minutes(9)).await;
    assert_eq!(desk.deliveries("status=delivered").await, delivered, "told twice");
}

#[tokio::test]
async fn what_nothing_is_ever_heard_of_is_tried_for_a_day_too_and_given_up() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.raised"]).await;
    raise(&desk.app, "a").await;
    let begun = in_minutes(0);
    let mut now = begun;
    for attempt in 1..=8 {
        assert_eq!(ids(&desk.claim(now).await).len(), 1, "attempt {attempt}");
        let pending = desk.deliveries("status=pending").await;
        now = pending[0]["next_attempt_at"].as_str().unwrap().parse().unwrap();
    }
    assert!(ids(&desk.claim(now).await).is_empty());
    let dead = desk.deliveries("status=dead").await;
    assert_eq!(dead[0]["last_error"], "nothing was heard of the last attempt");
    let hours = now.duration_since(begun).as_hours();
    assert!((23..=25).contains(&hours), "given up after {hours} h");
}

/// What came of a message before it was ordered again says nothing of the attempts after that.
#[tokio::test]
async fn an_outcome_is_of_its_own_attempt_though_the_numbers_are_the_same() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.raised"]).await;
    raise(&desk.app, "a").await;
    let first = desk.claim(in_minutes(0)).await["messages"][0].clone();
    desk.record(&heard(&first, 410), in_minutes(0)).await;
    let id = first["delivery_id"].as_str().unwrap();
    let ordered = desk.app.post(&format!("/api/v1/deliveries/{id}/redeliver"), &json!({})).await;
    assert_eq!(ordered.status.as_u16(), 202, "{}", ordered.body);
    let second = desk.claim(in_minutes(1)).await["messages"][0].clone();
    assert_eq!((&second["n_attempts"], &second["message_id"]), (&first["n_attempts"], &first["message_id"]));
    desk.record(&heard(&first, 200), in_minutes(1)).await;
    assert_eq!(desk.deliveries("status=pending").await.len(), 1);
    desk.record(&heard(&second, 200), in_minutes(1)).await;
    assert_eq!(desk.deliveries("status=delivered").await.len(), 1);
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

#[tokio::test]
async fn what_happened_while_its_webhook_was_removed_does_not_wait_for_ever() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.raised"]).await;
    raise(&desk.app, "a").await;
    // As if the event's SQL transaction had read the webhook just before it was removed.
    let removed = "update webhooks set removed_at = now(), removed_by = 'k'";
    desk.app.database.owner().await.batch_execute(removed).await.unwrap();
    assert!(ids(&desk.claim(in_minutes(1)).await).is_empty());
    assert_eq!(desk.deliveries("status=dead").await[0]["last_error"], "the webhook was removed");
}
