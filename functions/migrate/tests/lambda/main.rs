//! The built binary of `migrate`, under a Runtime API, called by CloudFormation and by hand.
#![cfg(feature = "lambda")]
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod response;

use response::ResponseServer;
use serde_json::{Value, json};
use shared::config::Config;
use shared::testing::audit_trail::verified_chain;
use shared::testing::database::{TestDatabase, connect, with_database};
use shared::testing::events::custom_resource;
use shared::testing::runtime_api::RunningFunction;
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_telltale-migrate");
const KEY: &str = "tt_admin_0123456789abcdef0123456789abcdef";
/// The function's time in the template.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(600);

/// A new database with nothing in it.
async fn empty_database() -> TestDatabase {
    let config = Config::from_environment().unwrap();
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    connect(&config.migrate_database_url)
        .await
        .batch_execute(&format!("create database {name}"))
        .await
        .unwrap();
    TestDatabase {
        url: with_database(&config.database_url, &name),
        owner_url: with_database(&config.migrate_database_url, &name),
    }
}

async fn over(database: &TestDatabase, settings: &[(&str, &str)]) -> RunningFunction {
    within(database, settings, FUNCTION_TIMEOUT).await
}

async fn within(database: &TestDatabase, settings: &[(&str, &str)], timeout: Duration) -> RunningFunction {
    // What the functions connect with is nothing to this one.
    let mut all = vec![
        ("DATABASE_URL", "postgres://telltale_ingest:secret@127.0.0.1:9/telltale"),
        ("MIGRATE_DATABASE_URL", database.owner_url.as_str()),
    ];
    all.extend(settings);
    RunningFunction::start_within(BINARY, &all, timeout).await
}

/// How many migrations there are.
fn n_migrations() -> i64 {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
    i64::try_from(std::fs::read_dir(folder).unwrap().count()).unwrap()
}

const N_APPLIED: &str = "select count(*) from refinery_schema_history";

#[track_caller]
fn assert_succeeded(answer: &Value, request_type: &str) {
    let event = custom_resource(request_type, "");
    assert_eq!((&answer["Status"], &answer["Reason"]), (&json!("SUCCESS"), &json!("")), "{answer}");
    assert_eq!(answer["PhysicalResourceId"], "telltale-schema");
    for name in ["StackId", "RequestId", "LogicalResourceId"] {
        assert_eq!(answer[name], event[name], "{name}");
    }
}

#[tokio::test]
async fn a_new_stack_gets_a_schema_a_configuration_and_one_admin_key() {
    let (database, server) = (empty_database().await, ResponseServer::start().await);
    let mut function = over(&database, &[("TELLTALE_ADMIN_KEY", KEY)]).await;
    function.invoke(custom_resource("Create", &server.url)).await.unwrap();
    let answer = server.answer().await;
    assert_succeeded(&answer, "Create");
    assert_eq!(answer["Data"]["SchemaVersion"], n_migrations().to_string());
    assert_eq!(database.number(N_APPLIED).await, n_migrations());
    assert_eq!(database.number("select count(*) from configurations").await, 1);
    let keys = "select count(*) from api_keys where id = 'admin' and role = 'admin' and not is_unlimited
        and secret_hash = sha256('0123456789abcdef0123456789abcdef')";
    assert_eq!(database.number(keys).await, 1);
    let chain = verified_chain(&database, "access").await;
    assert_eq!((chain.len(), &chain[0].after["key_id"]), (1, &json!("admin")));
    // No role is there by whose members tokens are taken.
    let by_hand = function.invoke(json!({})).await.unwrap();
    assert_eq!((&by_hand["applied"], &by_hand["logins"]), (&json!([]), &json!([])), "{by_hand}");
    let text = serde_json::to_string(&function.end().await).unwrap();
    assert!(!text.contains("0123456789abcdef"), "the log holds the key's secret: {text}");
    assert!(!text.contains("X-Amz-Signature"), "the log holds the signed address: {text}");
}

#[tokio::test]
async fn a_revoked_admin_key_never_comes_back_by_a_deployment() {
    let (database, server) = (TestDatabase::fresh().await, ResponseServer::start().await);
    let mut function = over(&database, &[("TELLTALE_ADMIN_KEY", KEY)]).await;
    assert_eq!(function.invoke(json!({})).await.unwrap()["admin_key_stored"], true);
    database.owner().await.batch_execute("update api_keys set revoked_at = now()").await.unwrap();
    for event in [json!({}), custom_resource("Update", &server.url)] {
        function.invoke(event).await.unwrap();
    }
    assert_succeeded(&server.answer().await, "Update");
    let mut renamed = over(&database, &[("TELLTALE_ADMIN_KEY", &KEY.replace("admin", "other"))]).await;
    assert_eq!(renamed.invoke(json!({})).await.unwrap()["admin_key_stored"], false);
    assert_eq!(database.number("select count(*) from api_keys where revoked_at is null").await, 0);
    assert_eq!(database.number("select count(*) from audit_events where chain = 'access'").await, 1);
}

#[tokio::test]
async fn a_changed_threshold_is_deployed_as_a_new_configuration() {
    let database = TestDatabase::fresh().await;
    let mut function = over(&database, &[]).await;
    assert_eq!(function.invoke(json!({})).await.unwrap()["configuration_version"], 1);
    assert_eq!(function.invoke(json!({})).await.unwrap()["configuration_version"], Value::Null);
    let mut changed = over(&database, &[("RISK_THRESHOLD_HIGH", "0.9")]).await;
    assert_eq!(changed.invoke(json!({})).await.unwrap()["configuration_version"], 2);
}

#[tokio::test]
async fn a_failed_migration_is_named_to_the_stack_and_the_next_run_goes_on_from_there() {
    let (database, server) = (empty_database().await, ResponseServer::start().await);
    let owner = database.owner().await;
    // In the way of the tenth migration.
    owner.batch_execute("create table alerts (id int)").await.unwrap();
    let mut function = over(&database, &[]).await;
    function.invoke(custom_resource("Create", &server.url)).await.unwrap();
    let answer = server.answer().await;
    assert_eq!(answer["Status"], "FAILED", "{answer}");
    let reason = answer["Reason"].as_str().unwrap();
    assert!(reason.contains("V10__alerts") && reason.contains("already exists"), "{reason}");
    assert_eq!(database.number(N_APPLIED).await, 9);
    let error = function.invoke(json!({})).await.unwrap_err();
    assert!(error["errorMessage"].as_str().unwrap().contains("V10__alerts"), "{error}");
    // CloudFormation takes back what was not made.
    function.invoke(custom_resource("Delete", &server.url)).await.unwrap();
    assert_succeeded(&server.answer().await, "Delete");
    assert_eq!(database.number(N_APPLIED).await, 9);
    owner.batch_execute("drop table alerts").await.unwrap();
    function.invoke(custom_resource("Create", &server.url)).await.unwrap();
    assert_succeeded(&server.answer().await, "Create");
    assert_eq!(database.number(N_APPLIED).await, n_migrations());
}

#[tokio::test]
async fn old_code_on_a_newer_schema_and_a_deletion_change_nothing_and_succeed() {
    let (database, server) = (TestDatabase::fresh().await, ResponseServer::start().await);
    let newer = "insert into refinery_schema_history (version, name, applied_on, checksum)
        select max(version) + 1, 'of_the_future', max(applied_on), '1' from refinery_schema_history";
    database.owner().await.batch_execute(newer).await.unwrap();
    let settings = [("TELLTALE_ADMIN_KEY", KEY), ("RISK_THRESHOLD_HIGH", "0.9")];
    let mut function = over(&database, &settings).await;
    for request_type in ["Update", "Delete"] {
        function.invoke(custom_resource(request_type, &server.url)).await.unwrap();
        assert_succeeded(&server.answer().await, request_type);
    }
    let by_hand = function.invoke(json!({})).await.unwrap();
    let schema = n_migrations() + 1;
    assert_eq!(by_hand, json!({"schema_version": schema, "applied": [], "is_newer": true}));
    let changed = "select (select count(*) from api_keys) + (select count(*) from configurations)";
    assert_eq!(database.number(changed).await, 0);
}

#[tokio::test]
async fn of_deployments_at_once_one_does_everything() {
    let database = empty_database().await;
    let mut functions = Vec::new();
    for _ in 0..3 {
        functions.push(over(&database, &[("TELLTALE_ADMIN_KEY", KEY)]).await);
    }
    let runs: Vec<_> = functions
        .into_iter()
        .map(|mut function| tokio::spawn(async move { function.invoke(json!({})).await.unwrap() }))
        .collect();
    let mut made = Vec::new();
    for run in runs {
        made.push(run.await.unwrap());
    }
    let n_applied: usize = made.iter().map(|made| made["applied"].as_array().unwrap().len()).sum();
    assert_eq!(i64::try_from(n_applied).unwrap(), n_migrations());
    let n = |name: &str, value: &Value| made.iter().filter(|made| made[name] == *value).count();
    assert_eq!((n("admin_key_stored", &json!(true)), n("configuration_version", &json!(1))), (1, 1));
}

/// Lambda would kill the function and CloudFormation wait for an hour.
#[tokio::test]
async fn what_would_not_end_in_time_is_answered_as_failed_before_the_function_is_killed() {
    let (database, server) = (empty_database().await, ResponseServer::start().await);
    let owner = database.owner().await;
    // Another deployment that never ends.
    owner.batch_execute("select pg_advisory_lock(7355608)").await.unwrap();
    let timeout = Duration::from_secs(12);
    let mut function = within(&database, &[], timeout).await;
    let started = Instant::now();
    function.invoke(custom_resource("Create", &server.url)).await.unwrap();
    assert!(started.elapsed() < timeout, "after {:?}", started.elapsed());
    let answer = server.answer().await;
    assert_eq!(answer["Status"], "FAILED", "{answer}");
    assert!(answer["Reason"].as_str().unwrap().contains("did not end within"), "{answer}");
    // A database that takes the connection and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://telltale_owner:secret@{}/telltale", silent.local_addr().unwrap());
    let nobody = TestDatabase { url: url.clone(), owner_url: url };
    let mut waiting = within(&nobody, &[], timeout).await;
    let started = Instant::now();
    waiting.invoke(custom_resource("Create", &server.url)).await.unwrap();
    assert!(started.elapsed() < timeout, "after {:?}", started.elapsed());
    assert_eq!(server.answer().await["Status"], "FAILED");
    // What was given up holds nothing: the next one, by the same process, does it all.
    owner.batch_execute("select pg_advisory_unlock(7355608)").await.unwrap();
    function.invoke(custom_resource("Create", &server.url)).await.unwrap();
    assert_succeeded(&server.answer().await, "Create");
}

#[tokio::test]
async fn an_answer_that_cannot_be_delivered_is_an_error_so_that_lambda_calls_again() {
    let (database, server) = (TestDatabase::fresh().await, ResponseServer::start().await);
    let mut function = over(&database, &[]).await;
    server.refuse(2);
    function.invoke(custom_resource("Update", &server.url)).await.unwrap();
    assert_succeeded(&server.answer().await, "Update");
    let nowhere = "http://127.0.0.1:9/answer?X-Amz-Signature=signature";
    let error = function.invoke(custom_resource("Update", nowhere)).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("could not be delivered") && !message.contains("X-Amz-Signature"), "{message}");
}

#[tokio::test]
async fn what_is_no_event_of_cloudformations_is_refused() {
    let database = TestDatabase::fresh().await;
    let mut function = over(&database, &[("TELLTALE_ADMIN_KEY", "secret")]).await;
    for event in [json!({"RequestType": "Create"}), json!({"RequestType": "Dance"})] {
        assert_eq!(function.invoke(event).await.unwrap_err()["errorType"], "ValidationFailed");
    }
    let error = function.invoke(json!({})).await.unwrap_err();
    assert!(error["errorMessage"].as_str().unwrap().contains("TELLTALE_ADMIN_KEY must read"), "{error}");
}
