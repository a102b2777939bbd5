//! Investigations and labels through the front door: who may do what to an alert, and what it leaves behind.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod approvals;
mod attachments;
mod bulk;
mod concurrency;
mod counting;
mod decisions;
mod idempotency;
mod labels;
mod moves;
mod next;
mod notes;
mod rebuilding;
mod tampering;
mod trail;
mod undoing;
mod versions;
mod views;

use shared::domain::access::Role;
use shared::http::layers;
use shared::testing::app::{TestApp, of_function};

/// Transactions in, and what people do about their alerts, each function over its own login.
async fn app() -> TestApp {
    TestApp::deployed(|state| {
        let ingest = ingest::routes().with_state(of_function(&state, "ingest"));
        let investigations = investigations::routes().with_state(of_function(&state, "investigations"));
        layers::finish(ingest.merge(investigations), state)
    })
    .await
}

/// An app with a raised alert, and two analysts.
struct Desk {
    app: TestApp,
    ana: TestApp,
    bob: TestApp,
    alert: String,
}

async fn desk() -> Desk {
    let app = app().await;
    let alert = shared::testing::alerting::raise(&app, "a").await;
    let (ana, bob) = (app.with_role(Role::Analyst).await, app.with_role(Role::Analyst).await);
    Desk { app, ana, bob, alert }
}

async fn supervisor(app: &TestApp) -> TestApp {
    app.with_role(Role::Supervisor).await
}

/// The id of the caller's key.
fn key_id(caller: &TestApp) -> String {
    caller.key().split('_').nth(1).unwrap().to_owned()
}
