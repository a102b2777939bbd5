//! Holds a running server to the description of the API: Schemathesis makes requests of it, valid ones and wrong ones,
//! and checks every answer. The argument is how many examples an operation gets; `local/conform` calls this.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a command for people, which ends where its footing gives way"
)]

use local::serve::router;
use serde_json::json;
use shared::testing::alerting::{act, raise};
use shared::testing::app::{TestApp, state_with};
use shared::testing::database::TestDatabase;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    let Some(n_examples) = std::env::args().nth(1) else {
        println!("name the examples an operation gets, as in: local/conform 30");
        return ExitCode::FAILURE;
    };
    let database = TestDatabase::fresh().await;
    // Callers without a key are counted by address, and all of these have one.
    let state = state_with(&database.url, &[("RATE_LIMIT_REQUESTS", "1000000")]);
    let app = TestApp::with_state(database, state, router).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router(app.state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut schemathesis = Command::new(project.join(".local/venv/bin/schemathesis"));
    schemathesis
        .arg("--config-file")
        .arg(project.join("local/tests/conform/schemathesis.toml"))
        .args(["run", &format!("http://{address}/openapi.json"), "--checks", "all", "--continue-on-failure"])
        .args(["--generation-deterministic", "--max-examples", &n_examples])
        .env("TELLTALE_KEY", app.key())
        .envs(what_exists(&app).await)
        .current_dir(std::env::temp_dir());
    let ended = tokio::task::spawn_blocking(move || schemathesis.status()).await.unwrap().unwrap();
    if ended.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Ids that lead somewhere: an answer of 404 alone would prove little.
async fn what_exists(app: &TestApp) -> Vec<(&'static str, String)> {
    let alert = raise(app, "a").await;
    let detail = app.get(&format!("/api/v1/alerts/{alert}")).await.body;
    let text = |pointer: &str| detail.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let note = act(app, &alert, "notes", &json!({"text": "seen"})).await.body;
    let file = json!({"name": "seen.txt", "media_type": "text/plain", "content": "c2Vlbg=="});
    let attachment = act(app, &alert, "attachments", &file).await.body;
    vec![
        ("TELLTALE_ATTACHMENT", attachment["id"].as_str().unwrap().to_owned()),
        ("TELLTALE_ASSESSMENT", text("/assessment/id")),
        ("TELLTALE_TRANSACTION", text("/transaction/id")),
        ("TELLTALE_NOTE", note["id"].as_str().unwrap().to_owned()),
        ("TELLTALE_ALERT", alert),
    ]
}
