//! The built binary of `ingest`, under a Runtime API, called through API Gateway's events.
#![cfg(feature = "lambda")]
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::app::{Answer, TestApp};
use shared::testing::builders::{transaction, transaction_with};
use shared::testing::certificates::Authority;
use shared::testing::events::GatewayEvent;
use shared::testing::iam_proxy::{Encryption, IamProxy};
use shared::testing::iam_token::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN};
use shared::testing::runtime_api::RunningFunction;
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-ingest");
const ONE: &str = "/api/v1/transactions";
/// A request's own time; the function's is 10 s.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(6);

/// A fresh database with a feed's key in it.
async fn feed() -> TestApp {
    TestApp::new(ingest::router).await.with_role(Role::Ingest).await
}

async fn over(app: &TestApp, settings: &[(&str, &str)]) -> RunningFunction {
    let mut all = vec![("DATABASE_URL", app.database.url.as_str())];
    all.extend(settings);
    RunningFunction::start(BINARY, &all).await
}

fn send(app: &TestApp, body: &Value) -> GatewayEvent {
    GatewayEvent::post(ONE, body).with_key(app.key())
}

#[track_caller]
fn assert_error(answer: &Answer, status: StatusCode, kind: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.body["error"]["type"], kind);
    assert_eq!(answer.body["error"]["request_id"], answer.headers["x-request-id"].to_str().unwrap());
}

#[tokio::test]
async fn one_process_serves_several_invocations_and_stores_what_they_bring() {
    let app = feed().await;
    let mut function = over(&app, &[]).await;
    let first = function.call(send(&app, &transaction("t-1"))).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    assert_eq!(first.headers["content-type"], "application/json");
    assert!(first.headers["x-request-id"].to_str().unwrap().starts_with("req-"));
    assert_eq!(first.body["assessment"]["severity"], "low");
    let repeat = function.call(send(&app, &transaction("t-1")).in_base64()).await;
    assert_eq!((repeat.status, &repeat.body), (StatusCode::OK, &first.body));
    assert_eq!(repeat.headers["idempotency-replayed"], "true");
    let batch = json!({"transactions": [transaction("t-2"), transaction("t-3")]});
    let batch = GatewayEvent::post("/api/v1/transactions/batch", &batch).with_key(app.key());
    assert_eq!(function.call(batch).await.body["counts"], json!({"accepted": 2}));
    assert_eq!(app.database.number("select count(*) from transactions").await, 3);
    let id = first.body["transaction_id"].as_str().unwrap().strip_prefix("txn_").unwrap();
    let stored = format!("select amount_minor from transactions where id = '{id}' and external_id = 't-1'");
    assert_eq!(app.database.number(&stored).await, 2_500);
}

#[tokio::test]
async fn a_wrong_request_is_answered_by_the_gateways_form_of_a_problem() {
    let app = feed().await;
    let mut function = over(&app, &[]).await;
    let body = transaction_with("t-1", &json!({"amount": "-1", "currency": "euro"}));
    let wrong = function.call(send(&app, &body)).await;
    assert_error(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "ValidationFailed");
    assert_eq!(wrong.body["error"]["details"].as_array().unwrap().len(), 2, "{}", wrong.body);
    assert_eq!(wrong.body["instance"], ONE);
    let nowhere = GatewayEvent::post("/api/v1/transaction", &body).with_key(app.key());
    assert_error(&function.call(nowhere).await, StatusCode::NOT_FOUND, "NotFound");
    let read = function.call(GatewayEvent::get(ONE).with_key(app.key())).await;
    assert_error(&read, StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed");
    assert_eq!(read.headers["allow"], "POST");
    let empty = GatewayEvent::new(&Method::POST, ONE).with_key(app.key());
    assert_error(&function.call(empty).await, StatusCode::BAD_REQUEST, "MalformedRequest");
    let large = transaction_with("t-1", &json!({"attributes": {"note": "x".repeat(5 * 1024 * 1024)}}));
    assert_error(&function.call(send(&app, &large)).await, StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge");
    let nobody = GatewayEvent::post(ONE, &transaction("t-1"));
    assert_error(&function.call(nobody).await, StatusCode::UNAUTHORIZED, "Unauthenticated");
    assert_eq!(app.database.number("select count(*) from transactions").await, 0);
}

#[tokio::test]
async fn a_request_is_routed_alike_on_every_stage() {
    let app = feed().await;
    let mut function = over(&app, &[]).await;
    for (position, stage) in ["production", "staging", "api", "$default"].into_iter().enumerate() {
        let event = send(&app, &transaction(&format!("t-{position}"))).on_stage(stage);
        let answer = function.call(event).await;
        assert_eq!(answer.status, StatusCode::CREATED, "on the stage {stage}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_address_that_is_limited_is_the_one_the_gateway_saw() {
    let app = feed().await;
    let limit = [("RATE_LIMIT_REQUESTS", "2"), ("RATE_LIMIT_WINDOW_SECONDS", "86400")];
    let mut function = over(&app, &limit).await;
    let mut statuses = Vec::new();
    for forged in ["203.0.113.1", "203.0.113.2", "203.0.113.3"] {
        let event = GatewayEvent::post(ONE, &transaction("t-1"))
            .from_address("192.0.2.7")
            .with_header("X-Forwarded-For", forged);
        statuses.push(function.call(event).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 429]);
    let other = GatewayEvent::post(ONE, &transaction("t-1"))
        .from_address("192.0.2.8")
        .with_header("X-Forwarded-For", "203.0.113.1");
    assert_eq!(function.call(other).await.status, StatusCode::UNAUTHORIZED);
    let counted = "select n_requests::bigint from rate_counters where subject = 'address:192.0.2.7'";
    assert_eq!(app.database.number(counted).await, 3);
}

#[tokio::test]
async fn each_request_leaves_one_line_that_says_whether_the_start_was_cold() {
    let app = feed().await;
    let mut function = over(&app, &[]).await;
    let mut expected = Vec::new();
    for n in 0..3 {
        let answer = function.call(send(&app, &transaction(&format!("t-{n}")))).await;
        expected.push(json!([answer.headers["x-request-id"].to_str().unwrap(), n == 0, ONE, "POST", 201]));
    }
    let lines = function.end().await;
    let completed: Vec<Value> = lines
        .iter()
        .filter(|line| line["event"] == "request_completed")
        .map(|line| {
            json!([line["request_id"], line["cold_start"], line["path"], line["method"], line["status"]])
        })
        .collect();
    assert_eq!(completed, expected);
    let text = serde_json::to_string(&lines).unwrap();
    let secret = app.key().splitn(3, '_').nth(2).unwrap();
    assert!(!text.contains(secret), "the log holds a key's secret: {text}");
    assert!(!text.contains("account-1"), "the log holds an account: {text}");
}

#[tokio::test]
async fn a_wrong_configuration_stops_the_start_and_every_problem_is_named() {
    let mut function = RunningFunction::start(BINARY, &[("DATABASE_POOL_SIZE", "none")]).await;
    let (status, log) = function.ended().await;
    assert!(!status.success());
    for name in ["DATABASE_URL", "DATABASE_POOL_SIZE"] {
        assert!(log.contains(name), "{name} is missing in: {log}");
    }
}

#[tokio::test]
async fn an_unreachable_database_is_answered_in_time_and_not_a_failed_start() {
    let app = feed().await;
    // The first refuses at once: nobody listens there. The second accepts and never says a word.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for address in [closed, silent.local_addr().unwrap()] {
        let url = format!("postgres://telltale:secret@{address}/telltale");
        let mut function = RunningFunction::start(BINARY, &[("DATABASE_URL", &url)]).await;
        for n in 0..2 {
            let started = Instant::now();
            let answer = function.call(send(&app, &transaction(&format!("t-{n}")))).await;
            assert!(started.elapsed() < REQUEST_TIMEOUT, "after {:?}", started.elapsed());
            assert_error(&answer, StatusCode::SERVICE_UNAVAILABLE, "DatabaseUnavailable");
            let text = answer.body.to_string();
            assert!(!text.contains(&address.to_string()), "the answer names the database: {text}");
        }
    }
}

/// As on AWS: no password anywhere, an IAM token from Lambda's environment, verified TLS, a pooler behind.
#[tokio::test]
async fn a_url_without_a_password_logs_in_with_the_functions_role() {
    let app = feed().await;
    let authority = Authority::new();
    let proxy = IamProxy::before(&app.database.url, &authority, "localhost", Encryption::Required).await;
    let url = proxy.url("telltale_ingest", &app.database);
    let role = [
        ("DATABASE_URL", url.as_str()),
        ("DATABASE_CA_FILE", authority.file.to_str().unwrap()),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
    ];
    let mut function = RunningFunction::start(BINARY, &role).await;
    for n in 0..3 {
        let answer = function.call(send(&app, &transaction(&format!("t-{n}")))).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }
    assert_eq!((proxy.admitted().len(), proxy.refusals()), (1, Vec::new()), "one login for all");
    assert_eq!(app.database.number("select count(*) from transactions").await, 3);
    let log = serde_json::to_string(&function.end().await).unwrap();
    assert!(
        !log.contains(SECRET_ACCESS_KEY) && !log.contains("X-Amz-Signature"),
        "the log holds a secret: {log}"
    );
}

#[tokio::test]
async fn a_function_without_credentials_answers_503_and_its_log_says_what_is_missing() {
    let app = feed().await;
    let url = "postgres://telltale_ingest@localhost:9/telltale";
    let settings = [("DATABASE_URL", url), ("AWS_REGION", REGION)];
    let mut function = RunningFunction::start(BINARY, &settings).await;
    let answer = function.call(send(&app, &transaction("t-1"))).await;
    assert_error(&answer, StatusCode::SERVICE_UNAVAILABLE, "DatabaseUnavailable");
    assert!(!answer.body.to_string().contains("AWS"), "{}", answer.body);
    let log = serde_json::to_string(&function.end().await).unwrap();
    assert!(log.contains("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set"), "{log}");
}

#[tokio::test]
async fn a_database_that_cannot_be_connected_to_as_configured_stops_the_start() {
    let verified = "postgres://telltale:secret@localhost:9/telltale?sslmode=require";
    let prefers = "postgres://telltale:secret@localhost:9/telltale?sslmode=prefer";
    for (url, file, said) in [(verified, "no-such-file.pem", "DATABASE_CA_FILE"), (prefers, "", "sslmode")] {
        let settings = [("DATABASE_URL", url), ("DATABASE_CA_FILE", file)];
        let mut function = RunningFunction::start(BINARY, &settings).await;
        let (status, log) = function.ended().await;
        assert!(!status.success());
        assert!(log.contains(said) && !log.contains("secret"), "{said} is missing in: {log}");
    }
}
