//! Moving from Amazon Fraud Detector: a file of its events, with their labels, through the front door.

use crate::deployment::Deployment;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

const HEADER: &str = "EVENT_ID,EVENT_TIMESTAMP,ENTITY_ID,ENTITY_TYPE,EVENT_LABEL,LABEL_TIMESTAMP,price,currency_code,\
    product_category,fingerprint,ip_address,billing_country,payment_type,card_bin";
/// Days with one ordinary payment each.
const N_DAYS: i64 = 20;

/// Ordinary payments of 20 to 26 EUR, said to be legitimate a week later, and two frauds at the end: the complaint of
/// one came after two days, that of the other has no time.
fn events() -> Vec<String> {
    let start: Timestamp = "2025-03-01T10:15:00Z".parse().unwrap();
    let day = |number: i64| start + SignedDuration::from_hours(24 * number);
    let ordinary = (0..N_DAYS).map(|number| {
        let (at, known) = (day(number), day(number + 7));
        let price = 20 + number % 7;
        format!("e-{number},{at},c-1,customer,legit,{known},{price},EUR,books,d-1,192.0.2.1,BE,card,457173")
    });
    let frauds = [
        "e-fraud-1,3/21/2025 03:00,c-1,customer,fraud,3/23/2025 08:30,4999.99,EUR,phones,d-9,198.51.100.7,SG,card,457173",
        "e-fraud-2,3/22/2025 03:00,c-1,customer,fraud,,4500,EUR,phones,d-9,198.51.100.7,SG,card,457173",
    ];
    ordinary.chain(frauds.map(str::to_owned)).collect()
}

fn file(name: &str, rows: &[String]) -> PathBuf {
    let path = std::env::temp_dir().join(format!("telltale-moving-{}-{name}.csv", std::process::id()));
    std::fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    path
}

/// Runs the command of docs/DEPLOY.md: exit code, standard output, standard error.
async fn replay(deployment: &Deployment, data: &PathBuf) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telltale"));
    command.args(["replay", "--url", &deployment.url, "--mapping", "amazon_fraud_detector", "--json"]);
    command.args(["--from", "2025-03-01", "--to", "2025-03-31", "--data"]).arg(data);
    command.env("TELLTALE_ADMIN_KEY", deployment.app.key());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_labels_of_fraud_detector_become_ours_at_their_own_times() {
    let deployment = Deployment::start(&[]).await;
    let data = file("events", &events());
    let (code, stdout, stderr) = replay(&deployment, &data).await;
    assert_eq!(code, 0, "{stderr}");
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(summary["transactions"]["n_accepted"], N_DAYS + 2);
    assert_eq!(summary["labels"]["n_accepted"], N_DAYS + 2);

    let database = &deployment.app.database;
    let known = "select count(*) from labels join ingest_keys using (transaction_id) where external_id";
    let at = |id: &str, verdict: &str, at: &str| {
        format!("{known} = '{id}' and verdict = '{verdict}' and observed_at = timestamptz '{at}'")
    };
    assert_eq!(database.number(&at("e-0", "genuine", "2025-03-08T11:00:00Z")).await, 1);
    assert_eq!(database.number(&at("e-fraud-1", "fraud", "2025-03-23T09:00:00Z")).await, 1);
    assert_eq!(database.number(&at("e-fraud-2", "fraud", "2025-03-29T03:00:00Z")).await, 1);
    let kept =
        "select count(*) from transactions where account_id = 'c-1' and attributes ->> 'card_bin' = '457173'";
    assert_eq!(database.number(kept).await, N_DAYS + 2);

    let queue = deployment.app.get("/api/v1/alerts?account=c-1").await.body;
    assert_ne!(
        queue["alerts"],
        serde_json::json!([]),
        "frauds of 5,000 EUR after payments of 20 raised no alert"
    );

    // The whole move again changes nothing.
    let (code, stdout, stderr) = replay(&deployment, &data).await;
    std::fs::remove_file(data).unwrap();
    assert_eq!(code, 0, "{stderr}");
    let summary: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(summary["transactions"]["n_replayed"], N_DAYS + 2);
    assert_eq!(database.number("select count(*) from labels").await, N_DAYS + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_labels_the_mapping_does_not_know_sends_nothing() {
    let deployment = Deployment::start(&[]).await;
    let rows: Vec<String> = events().iter().map(|row| row.replace(",legit,", ",good,")).collect();
    let data = file("labels", &rows);
    let (code, _, stderr) = replay(&deployment, &data).await;
    std::fs::remove_file(data).unwrap();
    assert_eq!(code, 1);
    assert!(stderr.contains("line 2, column EVENT_LABEL") && stderr.contains("verdicts"), "{stderr}");
    assert_eq!(deployment.app.database.number("select count(*) from transactions").await, 0);
}
