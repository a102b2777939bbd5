//! `telltale audit verify`: over the database, with the anchors of a log, and over a bundle without either.

use crate::deployment::Deployment;
use serde_json::json;
use shared::testing::alerting::{raise, resolve};
use shared::testing::app::TestApp;
use std::path::PathBuf;
use std::process::Command;

/// Runs the command, over a database or none: exit code, standard output, standard error.
pub(crate) async fn verify(database: Option<&TestApp>, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telltale"));
    command.args(["audit", "verify"]).args(arguments).env_remove("DATABASE_URL");
    if let Some(app) = database {
        command.env("DATABASE_URL", &app.database.url);
    }
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A file of this test's own.
pub(crate) fn file(name: &str, content: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", uuid::Uuid::now_v7()));
    std::fs::write(&path, content).unwrap();
    path.to_string_lossy().into_owned()
}

/// A decided alert that an anchor covers; its id, and the lines of the log.
async fn anchored(app: &TestApp) -> (String, String) {
    let alert = raise(app, "a").await;
    resolve(app, &alert).await;
    let made =
        retrain::handler(&app.state, &json!({"task": "anchor"}), jiff::Timestamp::now()).await.unwrap();
    let kept = PathBuf::from(file("anchors", ""));
    local::anchors::keep(&kept, &made).unwrap();
    (alert, std::fs::read_to_string(&kept).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_of_a_database_is_verified_and_a_cut_tail_is_named() {
    let app = Deployment::start(&[]).await.app;
    let (alert, log) = anchored(&app).await;
    let log = file("log", &log);
    let (code, stdout, stderr) = verify(Some(&app), &["--anchors", &log]).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.ends_with("events, 0 files and 1 anchors were verified; none is broken\n"), "{stdout}");
    let (_, _, stderr) = verify(Some(&app), &[]).await;
    assert!(stderr.contains("Without --anchors"), "{stderr}");
    app.database
        .owner()
        .await
        .batch_execute(&format!(
            "alter table audit_events disable trigger all; alter table audit_anchors disable trigger all;
            alter table audit_anchor_leaves disable trigger all;
            delete from audit_anchor_leaves; delete from audit_anchors;
            delete from audit_events where chain = 'alert:{alert}' and sequence = 3;
            update alerts set audit_sequence = 2,
              audit_hash = (select hash from audit_events where chain = 'alert:{alert}' and sequence = 2)"
        ))
        .await
        .unwrap();
    let (code, stdout, _) = verify(Some(&app), &["--anchors", &log]).await;
    assert_eq!(code, 1);
    assert!(stdout.starts_with("anchors 1: it is missing\n") && stdout.contains("broken: 1"), "{stdout}");
    assert_eq!(verify(Some(&app), &[]).await.0, 0, "without the log nothing is left that could tell");
    let (code, _, stderr) = verify(Some(&app), &["--anchors", &file("other", "{}\n")]).await;
    assert!(code == 1 && stderr.contains("has no line that tells an anchor"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_verified_without_the_database_and_a_changed_byte_is_named() {
    let app = Deployment::start(&[]).await.app;
    let (alert, log) = anchored(&app).await;
    let bundle = app.get(&format!("/api/v1/alerts/{alert}/evidence")).await.text;
    let (good, log) = (file("bundle.json", &bundle), file("log", &log));
    let (code, stdout, stderr) = verify(None, &[&good, "--anchors", &log]).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains(&alert) && stdout.contains("tells the same anchor"), "{stdout}");
    let (_, stdout, _) = verify(None, &[&good]).await;
    assert!(stdout.contains("not proven: that the service made this bundle"), "{stdout}");
    let bad = file("changed.json", &bundle.replacen("200.00", "100.00", 1));
    let (code, stdout, _) = verify(None, &[&bad]).await;
    assert_eq!(code, 1);
    assert!(stdout.contains(": its SHA-256 is not the one in the manifest"), "{stdout}");
}
