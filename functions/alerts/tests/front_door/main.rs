//! Alerts through the front door: raised, folded, capped, listed, paged, explained and replayed.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod configuration;
mod context;
mod dashboard;
mod degraded;
mod detail;
mod evidence;
mod explanation;
mod export;
mod facets;
mod folding;
mod gates;
mod learned;
mod orders;
mod paging;
mod queue;
mod records;
mod replays;
mod seeded;
mod single_connection;
mod sla;
mod triggers;

use shared::http::layers;
use shared::testing::app::{TestApp, of_function};

/// Transactions in, alerts out, and the moves between, each function over its own login.
async fn app() -> TestApp {
    TestApp::deployed(|state| {
        let ingest = ingest::routes().with_state(of_function(&state, "ingest"));
        let alerts = alerts::routes().with_state(of_function(&state, "alerts"));
        let investigations = investigations::routes().with_state(of_function(&state, "investigations"));
        layers::finish(ingest.merge(alerts).merge(investigations), state)
    })
    .await
}

/// The same before anything was deployed, over one login as the local process has it.
async fn undeployed() -> TestApp {
    TestApp::new(|state| {
        layers::finish(ingest::routes().merge(alerts::routes()).merge(investigations::routes()), state)
    })
    .await
}
