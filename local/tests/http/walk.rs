//! The walk of docs/API.md: its blocks, pasted one after another over a fresh database.

use crate::audit::{file, verify};
use local::serve::router;
use serde_json::json;
use shared::testing::app::{TestApp, state_with};
use shared::testing::database::TestDatabase;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tokio::net::TcpListener;

/// The blocks of the section, in order.
fn blocks() -> Vec<&'static str> {
    let (_, walk) = include_str!("../../../docs/API.md").split_once("\n## A walk through the API\n").unwrap();
    let walk = walk.split("\n## ").next().unwrap();
    walk.split("\n```bash\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

/// What a walk leaves behind.
struct Walked {
    app: TestApp,
    alert: String,
    bundle: String,
    stdout: String,
    stderr: String,
}

/// Pastes each block so many times before the next one.
async fn walk(n_times: usize) -> Walked {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("walk-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).unwrap();
    let anchors = folder.join("anchors.jsonl");
    let database = TestDatabase::fresh().await;
    let state = state_with(&database.url, &[("ANCHORS_FILE", anchors.to_str().unwrap())]);
    let app = TestApp::with_state(database, state, router).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = router(app.state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });

    let mut shell = paste(n_times);
    shell.env("PORT", port.to_string()).env("TELLTALE_ADMIN_KEY", app.key());
    shell.env("DATABASE_URL", &app.database.url).env("ANCHORS_FILE", &anchors).env("TMPDIR", &folder);
    let output = tokio::task::spawn_blocking(move || shell.output()).await.unwrap().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    let mut last_lines = stdout.lines().rev().map(str::to_owned);
    let (bundle, alert) = (last_lines.next().unwrap(), last_lines.next().unwrap());
    Walked { app, alert, bundle, stdout, stderr }
}

/// One shell in the project's folder that takes the blocks, stops where one fails, and says at the end which alert and
/// which file it made.
fn paste(n_times: usize) -> Command {
    let telltale = Path::new(env!("CARGO_BIN_EXE_telltale")).parent().unwrap().display();
    let blocks: Vec<String> =
        blocks().into_iter().map(|block| format!("{block}\n").repeat(n_times)).collect();
    let script = format!(
        "set -euo pipefail\nPATH='{telltale}':$PATH\n{}printf '%s\\n' \"$ALERT\" \"$BUNDLE\"",
        blocks.concat()
    );
    let mut shell = Command::new("bash");
    shell.args(["-c", &script]).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    // A proxy that the machine names must not stand between the walk and its server.
    shell.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").stdin(Stdio::null());
    shell
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_ends_in_a_decision_whose_evidence_tells_of_a_changed_byte() {
    let Walked { app, alert, bundle, stdout, .. } = walk(1).await;
    let resolved = app.get(&format!("/api/v1/alerts/{alert}")).await.body["alert"].clone();
    assert_eq!(
        (&resolved["status"], &resolved["decision"]["disposition"]),
        (&json!("resolved"), &json!("confirmed_fraud"))
    );
    assert!(stdout.contains("the log outside the database tells the same anchor\n"), "{stdout}");
    assert!(stdout.contains("\nexit code 1\n") && stdout.contains("; none is broken\n"), "{stdout}");

    let (code, said, _) = verify(None, &[&bundle]).await;
    assert!(code == 0 && said.starts_with(&alert), "{said}");
    let text = std::fs::read_to_string(&bundle).unwrap();
    let changed = file("changed.json", &text.replacen("The customer", "the customer", 1));
    let (code, said, _) = verify(None, &[&changed]).await;
    let named = "alert: its SHA-256 is not the one in the manifest\nalert: its notes is not what the audit events say\n";
    assert_eq!((code, said.as_str()), (1, named));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_the_walk_that_is_pasted_twice_has_its_effect_once() {
    let Walked { app, alert, stderr, .. } = walk(2).await;
    assert!(stderr.contains("HTTP 201\n") && stderr.contains("HTTP 200\n"), "{stderr}");
    let events = format!("select count(*) from audit_events where chain = 'alert:{alert}'");
    for (counted, n) in [
        ("select count(*) from transactions", 15),
        ("select count(*) from alerts", 1),
        ("select count(*) from labels", 1),
        (events.as_str(), 3),
    ] {
        assert_eq!(app.database.number(counted).await, n, "{counted}");
    }
}
