//! Secrets: shown once, two at a time while a receiver changes over.

use crate::receiver::Receiver;
use crate::{Desk, in_minutes};
use serde_json::json;
use shared::domain::access::Role;
use shared::testing::alerting::raise;

#[tokio::test]
async fn while_two_secrets_live_both_sign_and_then_the_newer_one_alone() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    let (webhook, first) = desk.add(&receiver, &["alert.raised"]).await;
    let rotated =
        desk.app.post(&format!("/api/v1/webhooks/{webhook}/rotate"), &json!({"overlap_seconds": 600})).await;
    assert_eq!(rotated.status.as_u16(), 200, "{}", rotated.body);
    let second = rotated.body["secret"].as_str().unwrap().to_owned();
    assert_eq!(rotated.body["webhook"]["generation"], 2);
    assert!(rotated.body["webhook"]["previous_secret_ends_at"].is_string());
    raise(&desk.app, "a").await;
    desk.tick(in_minutes(0)).await;
    let message = receiver.take().remove(0);
    assert!(message.is_signed_by(&first) && message.is_signed_by(&second));

    raise(&desk.app, "b").await;
    let batch = desk.claim(in_minutes(11)).await;
    assert_eq!(batch["messages"][0]["signature"].as_str().unwrap().matches("v1,").count(), 1);
    desk.send(&batch).await;
    // Its time is eleven minutes ahead of the receiver's clock, so that the signature is looked at by itself.
    let message = receiver.take().remove(0);
    let at = message.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
    let verified = |secret: &str| {
        let signer = standardwebhooks::Webhook::new(secret).unwrap();
        message.headers["webhook-signature"] == signer.sign(message.id(), at, &message.body).unwrap().as_str()
    };
    assert!(verified(&second) && !verified(&first));
}

#[tokio::test]
async fn secrets_are_told_once_and_the_role_that_makes_them_cannot_read_them() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    let (_, secret) = desk.add(&receiver, &["alert.raised"]).await;
    let listed = desk.app.get("/api/v1/webhooks").await;
    assert_eq!(listed.body["webhooks"].as_array().map(Vec::len), Some(1));
    assert!(!listed.text.contains(&secret) && !listed.text.contains("whsec_"), "{}", listed.text);
    let trail =
        desk.app.database.number("select count(*) from audit_events where after::text like '%whsec_%'").await;
    assert_eq!(trail, 0);
    for (role, may) in [("admin", 0), ("outbox", 1)] {
        let question = format!(
            "select has_column_privilege('telltale_{role}', 'webhook_secrets', 'secret', 'select')::int::bigint"
        );
        assert_eq!(desk.app.database.number(&question).await, may, "{role}");
    }
}

#[tokio::test]
async fn what_cannot_be_a_webhook_is_refused_field_by_field() {
    let desk = Desk::new().await;
    let body =
        json!({"url": "ftp://example.com", "events": ["alert.raised", "alert.opened"], "description": ""});
    let refused = desk.app.post("/api/v1/webhooks", &body).await;
    assert_eq!(refused.status.as_u16(), 422);
    for pointer in ["/url", "/events/1", "/description"] {
        assert!(refused.text.contains(pointer), "{pointer}: {}", refused.text);
    }
    let supervisor = desk.app.with_role(Role::Supervisor).await;
    let body = json!({"url": "https://example.com", "events": ["alert.raised"], "description": "x"});
    assert_eq!(supervisor.post("/api/v1/webhooks", &body).await.status.as_u16(), 403);
    for n in 0..20 {
        assert_eq!(desk.app.post("/api/v1/webhooks", &body).await.status.as_u16(), 201, "{n}");
    }
    let one_too_many = desk.app.post("/api/v1/webhooks", &body).await;
    assert_eq!(one_too_many.status.as_u16(), 409, "{}", one_too_many.body);
}

#[tokio::test]
async fn however_often_it_is_rotated_two_secrets_live() {
    let (desk, receiver) = (Desk::new().await, Receiver::start().await);
    let (webhook, first) = desk.add(&receiver, &["alert.raised"]).await;
    for _ in 0..3 {
        let rotated = desk.app.post(&format!("/api/v1/webhooks/{webhook}/rotate"), &json!({})).await;
        assert_eq!(rotated.status.as_u16(), 200, "{}", rotated.body);
    }
    raise(&desk.app, "a").await;
    desk.tick(in_minutes(0)).await;
    let message = receiver.take().remove(0);
    assert_eq!(message.headers["webhook-signature"].to_str().unwrap().matches("v1,").count(), 2);
    assert!(!message.is_signed_by(&first));
}
