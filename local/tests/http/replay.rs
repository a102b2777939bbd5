//! A whole replay over HTTP, by the built tool.

use crate::api::{Answer, Request, Server, items, refusal, success};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

const COLUMNS: &str = "transaction_id,timestamp,customer_id,terminal_id,amount,is_fraud,scenario";

/// Writes a CSV in the form of the built-in mapping `handbook`.
fn file(name: &str, rows: &[&str]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("telltale-replay-{}-{name}.csv", std::process::id()));
    std::fs::write(&path, format!("{COLUMNS}\n{}\n", rows.join("\n"))).unwrap();
    path
}

/// Six rows over two days, out of order, and one past them: a fraud on the first morning, another on the second.
const ROWS: [&str; 7] = [
    "3,2025-03-02T09:00:00Z,c1,t1,300.00,0,0",
    "1,2025-03-01T08:30:00Z,c1,t1,900.00,1,1",
    "2,2025-03-01T12:00:00Z,c2,t1,20.005,0,0",
    "4,2025-03-02T09:30:00Z,c2,t2,950.00,1,3",
    "5,2025-03-02T10:00:00Z,c2,t2,0.00,0,0",
    "6,2025-03-02T23:59:59Z,c3,t2,10.00,0,0",
    "7,2025-03-03T00:00:00Z,c3,t2,10.00,0,0",
];

/// A server whose risk is a thousandth of the amount and whose alerts are the accounts'.
fn scored(request: &Request) -> Answer {
    match request.path.as_str() {
        "/api/v1/transactions/batch" => items(request, |one| {
            let risk = one["amount"].as_str().unwrap().parse::<f64>().unwrap() / 1_000.0;
            let (severity, alert_id) = match risk {
                risk if risk >= 0.8 => ("critical", Some(format!("alr_{}", one["account"]))),
                _ => ("low", None),
            };
            json!({"outcome": "accepted", "risk_score": risk, "severity": severity, "alert_id": alert_id})
        }),
        "/api/v1/labels" => items(request, |_| json!({"outcome": "accepted"})),
        "/local/v1/tasks" => success(json!({"task": "done"})),
        _ => refusal(404, "NotFound", None),
    }
}

/// What was asked for, in words.
fn words(server: &Server) -> Vec<String> {
    let ids = |items: &Value| -> String {
        let ids = items.as_array().unwrap().iter().map(|one| one["external_id"].as_str().unwrap());
        ids.collect::<Vec<_>>().join(",")
    };
    let word = |request: &Request| match request.path.as_str() {
        "/api/v1/labels" => format!("l:{}", ids(&request.body["labels"])),
        "/local/v1/tasks" => format!("{} {}", request.body["task"], request.body["as_of"]).replace('"', ""),
        _ => format!("t:{}", ids(&request.body["transactions"])),
    };
    server.requests().iter().map(word).collect()
}

/// Runs `telltale replay` for the first two days of March with labels a day late: exit code, stdout, stderr.
async fn replay(server: &Server, data: &PathBuf, more: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telltale"));
    command.arg("replay").arg("--data").arg(data).args(["--mapping", "handbook", "--url", &server.url]);
    command.args(["--from", "2025-03-01", "--to", "2025-03-02", "--label-delay-days", "1"]).args(more);
    command.env("TELLTALE_ADMIN_KEY", "tt_test");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_sends_everything_in_its_time() {
    let server = Server::start(|_, request| scored(request)).await;
    let data = file("order", &ROWS);
    let (code, _, stderr) = replay(&server, &data, &["--retrain-every-days", "1"]).await;
    std::fs::remove_file(data).unwrap();
    assert_eq!(code, 0, "{stderr}");
    let expected = [
        "snapshot 2025-03-01T00:00:00Z",
        "t:1,2",
        "snapshot 2025-03-02T00:00:00Z",
        "retrain 2025-03-02T00:00:00Z",
        "l:1",
        "t:3,4,6",
    ];
    assert_eq!(words(&server), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_accounts_for_every_row_and_writes_its_scores() {
    let server = Server::start(|_, request| scored(request)).await;
    let data = file("account", &ROWS);
    let scores = data.with_extension("scores");
    let (code, stdout, stderr) =
        replay(&server, &data, &["--json", "--scores", scores.to_str().unwrap()]).await;
    let written = std::fs::read_to_string(&scores).unwrap();
    std::fs::remove_file(data).unwrap();
    std::fs::remove_file(scores).unwrap();
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(written, "transaction_id,risk\n1,0.9\n2,0.02\n3,0.3\n4,0.95\n6,0.01\n");

    let summary: Value = serde_json::from_str(&stdout).unwrap();
    for (pointer, expected) in [
        ("/rows/n_read", json!(7)),
        ("/rows/n_outside_window", json!(1)),
        ("/rows/n_left_out", json!(1)),
        ("/rows/n_rounded", json!(1)),
        ("/transactions/n_sent", json!(5)),
        ("/transactions/n_accepted", json!(5)),
        ("/labels/n_accepted", json!(1)),
        ("/n_labels_not_yet_due", json!(1)),
        ("/alerts/critical", json!(2)),
        ("/assessments/critical", json!(2)),
        ("/figures/n_fraud", json!(2)),
        ("/figures/area_under_roc", json!(1.0)),
        ("/figures/precision", json!(1.0)),
        ("/figures/recall", json!(1.0)),
    ] {
        assert_eq!(summary.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert!(summary["transactions_per_second"].as_f64().unwrap() > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_row_fails_the_replay_at_its_end_and_its_label_is_withheld() {
    let server = Server::start(|_, request| match request.path.as_str() {
        "/api/v1/transactions/batch" => items(request, |one| match one["external_id"].as_str().unwrap() {
            "1" => {
                json!({"outcome": "rejected", "errors": [{"pointer": "/account", "message": "is closed"}]})
            }
            _ => json!({"outcome": "replayed", "risk_score": 0.1, "severity": "low"}),
        }),
        _ => scored(request),
    })
    .await;
    let data = file("rejected", &ROWS);
    let (code, stdout, _) = replay(&server, &data, &[]).await;
    std::fs::remove_file(data).unwrap();
    assert_eq!(code, 1);
    assert!(stdout.contains("5 sent: 0 accepted, 4 replayed, 1 rejected, 0 conflicting, 0 lost"), "{stdout}");
    assert!(stdout.contains("1 withheld") && stdout.contains("/account is closed"), "{stdout}");
    assert!(words(&server).iter().all(|word| !word.starts_with("l:")), "{:?}", words(&server));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_with_its_own_schedule_is_asked_and_mentioned_once() {
    let server = Server::start(|_, request| match request.path.as_str() {
        "/local/v1/tasks" => refusal(404, "NotFound", None),
        _ => scored(request),
    })
    .await;
    let data = file("schedule", &ROWS);
    let (code, stdout, stderr) = replay(&server, &data, &["--retrain-every-days", "1"]).await;
    std::fs::remove_file(data).unwrap();
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stderr.matches("own schedule").count(), 1, "{stderr}");
    assert_eq!(words(&server).iter().filter(|word| word.contains("2025")).count(), 1);
    assert!(stdout.contains("3 left to the server's schedule"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_file_sends_nothing() {
    let server = Server::start(|_, request| scored(request)).await;
    let rows = [ROWS[1], "2,2025-03-01T12:00:00Z,c2,t1,twenty,0,0"];
    let data = file("faulty", &rows);
    let (code, stdout, stderr) = replay(&server, &data, &[]).await;
    std::fs::remove_file(data).unwrap();
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("line 3, column amount"), "{stderr}");
    assert!(server.requests().is_empty());
}
