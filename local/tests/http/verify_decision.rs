//! `telltale verify-decision`: what it asks, what it prints, and how it exits.

use crate::api::{Server, refusal, success};
use serde_json::{Value, json};
use std::process::Command;

const ID: &str = "asm_01890a5d-ac96-774b-bcce-b302099a8057";

/// Runs the command: exit code, standard output, standard error.
async fn verify(server: &Server, id: &'static str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telltale"));
    command.args(["verify-decision", id, "--url", &server.url]).env("TELLTALE_ADMIN_KEY", "tt_test");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn verdict(differences: &Value) -> Value {
    json!({
        "assessment_id": ID,
        "identical": differences == &json!([]),
        "explanation_detail": "exact",
        "versions": {"feature_schema": 2, "configuration": 3, "baseline": null, "model": "mdl_1"},
        "differences": differences,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identical_decision_exits_with_success() {
    let server = Server::start(|_, _| success(verdict(&json!([])))).await;
    let (code, stdout, stderr) = verify(&server, ID).await;
    assert_eq!(code, 0, "{stderr}");
    let expected =
        format!("{ID} is identical to the bit, recomputed by configuration 3, no baseline, mdl_1\n");
    assert_eq!(stdout, expected);
    let request = server.requests().remove(0);
    assert_eq!(request.path, format!("/api/v1/assessments/{ID}/replay"));
    assert_eq!(request.authorization, "Bearer tt_test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_differs_exits_with_one_and_every_difference() {
    let differences = json!([
        {"field": "risk_score", "stored": 0.1, "recomputed": 0.30000000000000004},
        {"field": "severity", "stored": "low", "recomputed": "high"},
    ]);
    let server = Server::start(move |_, _| success(verdict(&differences))).await;
    let (code, stdout, _) = verify(&server, ID).await;
    assert_eq!(code, 1);
    assert!(stdout.contains("risk_score: 0.1 is stored, now 0.30000000000000004\n"), "{stdout}");
    assert!(stdout.contains("severity: \"low\" is stored, now \"high\"\n"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_names_nothing_is_said_on_standard_error() {
    let server = Server::start(|_, _| refusal(404, "NotFound", None)).await;
    let (code, stdout, stderr) = verify(&server, ID).await;
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("404") && stderr.contains("NotFound"), "{stderr}");
    let (code, _, stderr) = verify(&server, "alr_1").await;
    assert_eq!(code, 2);
    assert!(stderr.contains("must be an id that starts with asm_"), "{stderr}");
    assert_eq!(server.requests().len(), 1, "what is no id was sent all the same");
}
