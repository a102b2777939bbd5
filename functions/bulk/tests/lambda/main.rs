//! The built binary of `bulk`, under a Runtime API, called by a queue and by a bucket.
#![cfg(feature = "lambda")]
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod bucket;
mod files;
mod messages;

use shared::testing::app::TestApp;
use shared::testing::runtime_api::RunningFunction;

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-bulk");

/// A deployed database; the function asks for no key.
async fn deployed() -> TestApp {
    TestApp::deployed(|_| axum::Router::new()).await
}

/// The function over its own login.
async fn over(app: &TestApp, settings: &[(&str, &str)]) -> RunningFunction {
    let url = app.database.url_of("bulk");
    let mut all = vec![("DATABASE_URL", url.as_str())];
    all.extend(settings);
    RunningFunction::start(BINARY, &all).await
}

const N_STORED: &str = "select count(*) from transactions";
