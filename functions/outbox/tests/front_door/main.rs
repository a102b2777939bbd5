//! Webhooks from the event to the receiver: made through the API, claimed by the outbox over its own login, sent by
//! `deliver` over HTTP, and written down again.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod claiming;
mod events;
mod receiver;
mod rotation;
mod trying;

use deliver::Sender;
use jiff::Timestamp;
use receiver::Receiver;
use serde_json::{Value, json};
use shared::domain::webhook::address::Reach;
use shared::http::layers;
use shared::state::AppState;
use shared::testing::app::{TestApp, of_function};

/// What events come from, where webhooks are made, and the outbox, each over its own login.
struct Desk {
    app: TestApp,
    outbox: AppState,
    sender: Sender,
}

impl Desk {
    async fn new() -> Self {
        let app = TestApp::deployed(|state| {
            let ingest = ingest::routes().with_state(of_function(&state, "ingest"));
            let investigations = investigations::routes().with_state(of_function(&state, "investigations"));
            let admin = admin::routes().with_state(of_function(&state, "admin"));
            layers::finish(ingest.merge(investigations).merge(admin), state)
        })
        .await;
        let outbox = of_function(&app.state, "outbox");
        Self { app, outbox, sender: Sender::try_new(Reach::Any).unwrap() }
    }

    /// Makes a webhook that is told of these events: its id and its secret.
    async fn add(&self, receiver: &Receiver, events: &[&str]) -> (String, String) {
        let body = json!({"url": receiver.url, "events": events, "description": "a test's"});
        let added = self.app.post("/api/v1/webhooks", &body).await;
        assert_eq!(added.status.as_u16(), 201, "{}", added.body);
        assert_eq!(added.headers["cache-control"], "no-store");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&added.body["webhook"]["id"]), text(&added.body["secret"]))
    }

    /// Claims what is due at a moment, as the schedule has it done.
    async fn claim(&self, now: Timestamp) -> Value {
        outbox::handler(&self.outbox, &json!({"task": "claim"}), now).await.unwrap()
    }

    /// Sends a batch, as Lambda hands it on.
    async fn send(&self, batch: &Value) -> Value {
        deliver::handler(&self.sender, handed_on(batch)).await.unwrap()
    }

    /// Writes attempts, as the queue brings them.
    async fn record(&self, attempts: &Value, now: Timestamp) {
        let message =
            json!({"messageId": "m-1", "eventSource": "aws:sqs", "body": handed_on(attempts).to_string()});
        let answer = outbox::handler(&self.outbox, &json!({"Records": [message]}), now).await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }

    /// One tick of the schedule, to its end: how many messages were sent.
    async fn tick(&self, now: Timestamp) -> usize {
        let attempts = self.send(&self.claim(now).await).await;
        let n_attempts = attempts["n_attempts"].as_u64().unwrap();
        self.record(&attempts, now).await;
        usize::try_from(n_attempts).unwrap()
    }

    /// The deliveries that the API lists, newest first.
    async fn deliveries(&self, query: &str) -> Vec<Value> {
        let listed = self.app.get(&format!("/api/v1/deliveries?{query}")).await;
        assert_eq!(listed.status.as_u16(), 200, "{}", listed.body);
        listed.body["deliveries"].as_array().unwrap().clone()
    }
}

/// What Lambda tells a destination of an invocation that succeeded.
fn handed_on(answer: &Value) -> Value {
    json!({
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "requestContext": {"condition": "Success", "approximateInvokeCount": 1},
        "requestPayload": {"task": "claim"},
        "responseContext": {"statusCode": 200, "executedVersion": "1"},
        "responsePayload": answer,
    })
}

/// A moment so many minutes from now.
fn in_minutes(minutes: i64) -> Timestamp {
    Timestamp::now() + jiff::SignedDuration::from_mins(minutes)
}
