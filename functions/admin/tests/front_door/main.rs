//! Keys, sessions, lists and snoozes through the front door.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod configurations;
mod keys;
mod limits;
mod listing;
mod lists;
mod previews;
mod rotation;
mod sessions;
mod snoozes;

use serde_json::{Value, json};
use shared::http::layers;
use shared::testing::app::{Answer, TestApp, of_function};

/// Keys and sessions, and what they open: transactions and the queue, each function over its own login.
async fn app() -> TestApp {
    TestApp::deployed(|state| {
        let ingest = ingest::routes().with_state(of_function(&state, "ingest"));
        let alerts = alerts::routes().with_state(of_function(&state, "alerts"));
        let admin = admin::routes().with_state(of_function(&state, "admin"));
        layers::finish(ingest.merge(alerts).merge(admin), state)
    })
    .await
}

/// Makes a key with these fields beside a name.
async fn make_key(app: &TestApp, fields: &Value) -> Answer {
    let mut body = json!({"name": "a test's"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    app.post("/api/v1/keys", &body).await
}

/// A key of this role: the app called with it, and its id.
async fn key_of(app: &TestApp, role: &str) -> (TestApp, String) {
    let made = make_key(app, &json!({"role": role})).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.body);
    (app.with_key(made.body["key"].as_str().unwrap()), text(&made.body["id"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
