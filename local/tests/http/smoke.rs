//! `telltale smoke`: what it says of a deployment that is whole, and of each way in which one is not.

use crate::deployment::{Deployment, Fault, ORIGIN};
use local::client::{Client, ClientOptions};
use local::smoke::{Origin, SmokeOptions, smoke};
use shared::domain::access::Role;
use shared::testing::alerting::raise;
use std::process::Command;
use std::time::Duration;

const DASHBOARD: &str = "the dashboard";
const QUEUE: &str = "the queue's first page";
const PAGES: &str = "two pages of alerts";
const CONTEXT: &str = "an alert's whole context";
const OWN_PREFLIGHT: &str = "CORS: the console's preflight";
const OWN_REQUEST: &str = "CORS: the console's request";
const FOREIGN: &str = "CORS: a foreign origin";
const ERRORS: [&str; 5] = [
    "the error of an unknown path",
    "the error of a body that is no JSON",
    "the error of wrong fields",
    "the error of a wrong id",
    "the error of a missing key",
];

/// A deployment with two alerts.
async fn deployment() -> Deployment {
    let deployment = Deployment::start(&[]).await;
    for account in ["account-1", "account-2"] {
        raise(&deployment.app, account).await;
    }
    deployment
}

/// Runs the command: exit code and standard output.
async fn run(url: &str, key: &str, more: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_telltale"));
    command.args(["smoke", "--url", url, "--origin", ORIGIN]).args(more).env("TELLTALE_ADMIN_KEY", key);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// The names of the checks that fail, in their order.
async fn failures(url: String, key: &str, options: &SmokeOptions) -> Vec<&'static str> {
    let client = Client::try_new(ClientOptions::new(url, key.to_owned())).unwrap();
    let checks = smoke(&client, options).await;
    assert!(checks.iter().all(|check| !check.was_left_out()), "{checks:?}");
    checks.iter().filter(|check| check.has_failed()).map(|check| check.name).collect()
}

fn options() -> SmokeOptions {
    // Whether the queue is fast is not what a fault here is about, and the machine may be busy.
    let page_limit = Duration::from_secs(60);
    SmokeOptions { page_limit, ..SmokeOptions::new(Origin::parse(ORIGIN).unwrap()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_deployment_passes_every_check_and_is_left_as_it_was() {
    let deployment = deployment().await;
    let count = "select count(*) from transactions";
    let before = deployment.app.database.number(count).await;
    let (code, stdout) = run(&deployment.url, deployment.app.key(), &["--strict"]).await;
    assert_eq!(code, 0, "{stdout}");
    assert_eq!(stdout.matches("ok  ").count(), 13, "{stdout}");
    assert!(stdout.ends_with("13 passed, 0 failed, 0 not checked\n"), "{stdout}");
    assert_eq!(deployment.app.database.number(count).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_fails_its_own_checks_and_no_others() {
    let deployment = deployment().await;
    let expected: [(Fault, &[&str]); 12] = [
        (Fault::DatabaseGone, &["health"]),
        (Fault::DashboardWithoutFigures, &[DASHBOARD]),
        (Fault::SecondPageIsTheFirst, &[PAGES]),
        (Fault::ContextWithoutFeatures, &[CONTEXT]),
        (Fault::ContextWithoutCounterfactual, &[CONTEXT]),
        (Fault::ErrorsWithStackTraces, &ERRORS),
        (Fault::ErrorsWithoutRequestIds, &ERRORS),
        (Fault::ErrorsOfTheGateway, &ERRORS),
        (Fault::EveryOriginAllowed, &[OWN_PREFLIGHT, OWN_REQUEST, FOREIGN]),
        (Fault::NoOriginAllowed, &[OWN_PREFLIGHT, OWN_REQUEST]),
        (Fault::OriginsEchoed, &[FOREIGN]),
        (Fault::PreflightWithoutAuthorization, &[OWN_PREFLIGHT]),
    ];
    for (fault, names) in expected {
        let url = deployment.with_fault(fault).await;
        assert_eq!(failures(url, deployment.app.key(), &options()).await, names, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_over_its_limit_fails() {
    let deployment = deployment().await;
    let hasty = SmokeOptions { page_limit: Duration::ZERO, ..options() };
    assert_eq!(failures(deployment.url.clone(), deployment.app.key(), &hasty).await, [DASHBOARD, QUEUE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_exits_with_one_and_says_what_to_do() {
    let deployment = deployment().await;
    let url = deployment.with_fault(Fault::NoOriginAllowed).await;
    let (code, stdout) = run(&url, deployment.app.key(), &[]).await;
    assert_eq!(code, 1, "{stdout}");
    let line = stdout.lines().find(|line| line.contains(OWN_REQUEST)).unwrap();
    assert!(line.starts_with("FAILED") && line.contains("CorsOrigins"), "{line}");

    let wrong_key = deployment.app.with_role(Role::Ingest).await;
    let (code, stdout) = run(&deployment.url, wrong_key.key(), &[]).await;
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("TELLTALE_ADMIN_KEY"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_without_alerts_says_what_was_not_checked() {
    let deployment = Deployment::start(&[]).await;
    let (code, stdout) = run(&deployment.url, deployment.app.key(), &[]).await;
    assert_eq!(code, 0, "{stdout}");
    for name in [PAGES, CONTEXT] {
        let line = stdout.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.starts_with("not checked") && line.contains("telltale seed"), "{line}");
    }
    assert!(stdout.ends_with("11 passed, 0 failed, 2 not checked\n"), "{stdout}");
    let (code, stdout) = run(&deployment.url, deployment.app.key(), &["--strict"]).await;
    assert_eq!(code, 1, "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_fails_every_check() {
    let gone = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let (code, stdout) = run(&gone, "tt_test", &[]).await;
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("no answer") && stdout.contains("--url"), "{stdout}");
    assert!(!stdout.contains("ok  "), "{stdout}");
}
