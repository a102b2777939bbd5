//! What fails is tried again, for a day, and given up where people see it.

use crate::receiver::Receiver;
use crate::{Desk, in_minutes};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::testing::alerting::raise;

async fn failing() -> (Desk, Receiver) {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    desk.add(&receiver, &["alert.raised"]).await;
    raise(&desk.app, "a").await;
    receiver.answer(503);
    (desk, receiver)
}

fn at(delivery: &Value, name: &str) -> Timestamp {
    delivery[name].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_receiver_that_fails_all_day_leaves_a_dead_letter_that_can_be_sent_again() {
    let (desk, receiver) = failing().await;
    let begun = Timestamp::now();
    let mut now = begun;
    let mut n_attempts = 0;
    let dead = loop {
        assert_eq!(desk.tick(now).await, 1, "attempt {} was due", n_attempts + 1);
        n_attempts += 1;
        let delivery = desk.deliveries("").await.remove(0);
        assert_eq!(delivery["last_error"], "the receiver answered 503");
        if delivery["status"] == "dead" {
            break delivery;
        }
        let due = at(&delivery, "next_attempt_at");
        assert_eq!(desk.tick(due - jiff::SignedDuration::from_secs(1)).await, 0, "not before its time");
        now = due;
    };
    assert_eq!(n_attempts, 8);
    let hours = now.duration_since(begun).as_hours();
    assert!((23..=26).contains(&hours), "given up after {hours} h");
    let messages = receiver.take();
    assert!(messages.iter().all(|message| message.id() == messages[0].id()), "one message, one id");
    assert!(messages.iter().all(|message| message.body == messages[0].body), "one message, one body");

    receiver.answer(200);
    let id = dead["id"].as_str().unwrap();
    let ordered = desk.app.post(&format!("/api/v1/deliveries/{id}/redeliver"), &json!({})).await;
    assert_eq!((ordered.status.as_u16(), &ordered.body["status"]), (202, &json!("pending")));
    let twice = desk.app.post(&format!("/api/v1/deliveries/{id}/redeliver"), &json!({})).await;
    assert_eq!(twice.status.as_u16(), 409, "{}", twice.body);
    assert_eq!(desk.tick(in_minutes(0)).await, 1);
    assert_eq!(receiver.take()[0].id(), messages[0].id());
    assert_eq!(desk.deliveries("status=delivered").await.len(), 1);
}

#[tokio::test]
async fn all_dead_letters_of_a_webhook_are_sent_again_at_once_and_those_of_others_stay() {
    let desk = Desk::new().await;
    let (mended, lost) = (Receiver::start().await, Receiver::start().await);
    let (webhook, _) = desk.add(&mended, &["alert.raised"]).await;
    desk.add(&lost, &["alert.raised"]).await;
    for receiver in [&mended, &lost] {
        receiver.answer(410);
    }
    for account in ["a", "b"] {
        raise(&desk.app, account).await;
    }
    assert_eq!(desk.tick(in_minutes(0)).await, 4);
    mended.answer(200);
    let path = format!("/api/v1/webhooks/{webhook}/redeliver");
    let ordered = desk.app.post(&path, &json!({})).await;
    assert_eq!(
        (ordered.status.as_u16(), &ordered.body),
        (202, &json!({"n_ordered": 2, "is_complete": true}))
    );
    assert_eq!(desk.tick(in_minutes(1)).await, 2);
    assert_eq!(desk.deliveries(&format!("webhook_id={webhook}&status=delivered")).await.len(), 2);
    assert_eq!(desk.deliveries("status=dead").await.len(), 2, "the other receiver's");
    let again = desk.app.post(&path, &json!({})).await;
    assert_eq!(again.body["n_ordered"], 0, "{}", again.body);
    let events = "select count(*) from audit_events where action = 'deliveries_ordered_again'";
    assert_eq!(desk.app.database.number(events).await, 1, "nothing ordered is no event");
    desk.app.post(&format!("/api/v1/webhooks/{webhook}/remove"), &json!({})).await;
    let removed = desk.app.post(&path, &json!({})).await;
    assert_eq!(removed.status.as_u16(), 409, "{}", removed.body);
    let unknown = desk.app.post("/api/v1/webhooks/whk_1/redeliver", &json!({})).await;
    assert_eq!(unknown.status.as_u16(), 404, "{}", unknown.body);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_not_asked_again() {
    let (desk, receiver) = failing().await;
    receiver.answer(410);
    assert_eq!(desk.tick(in_minutes(0)).await, 1);
    assert_eq!(desk.deliveries("status=dead").await[0]["last_status"], 410);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (desk, receiver) = failing().await;
    receiver.answer(307);
    assert_eq!(desk.tick(in_minutes(0)).await, 1);
    assert_eq!(receiver.take().len(), 1);
    let pending = desk.deliveries("status=pending").await;
    assert_eq!(pending[0]["last_error"], "the receiver answered 307");
}

#[tokio::test]
async fn nobody_at_the_address_is_said_in_plain_words() {
    let (desk, mut nobody) = (Desk::new().await, Receiver::start().await);
    nobody.url = "http://127.0.0.1:9/hook".into();
    desk.add(&nobody, &["alert.raised"]).await;
    raise(&desk.app, "a").await;
    assert_eq!(desk.tick(in_minutes(0)).await, 1);
    let pending = desk.deliveries("status=pending").await;
    let error = pending[0]["last_error"].as_str().unwrap();
    assert!(error.contains("refused"), "{error}");
    assert_eq!(pending[0]["last_status"], Value::Null);
}
