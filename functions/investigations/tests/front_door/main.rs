//! Investigations and labels through the front door: who may do what to an alert, and what it leaves behind.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod concurrency;
mod counting;
mod decisions;
mod labels;
mod moves;
mod rebuilding;
mod trail;

use shared::domain::access::Role;
use shared::http::layers;
use shared::testing::app::TestApp;

/// Transactions in, and what people do about their alerts.
async fn app() -> TestApp {
    TestApp::new(|state| layers::finish(ingest::routes().merge(investigations::routes()), state)).await
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
