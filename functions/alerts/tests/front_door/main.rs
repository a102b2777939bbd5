//! Alerts through the front door: raised, folded, capped, listed, paged, explained and replayed.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod configuration;
mod degraded;
mod detail;
mod explanation;
mod folding;
mod gates;
mod learned;
mod paging;
mod queue;
mod replays;
mod seeded;
mod single_connection;

use shared::http::layers;
use shared::testing::app::TestApp;

/// Transactions in, alerts out, and the moves between.
async fn app() -> TestApp {
    TestApp::new(|state| {
        layers::finish(ingest::routes().merge(alerts::routes()).merge(investigations::routes()), state)
    })
    .await
}
