//! Messages of a queue.

use crate::{BINARY, N_STORED, deployed, over};
use serde_json::{Value, json};
use shared::testing::builders::{transaction, transaction_with};
use shared::testing::events::{queue, queue_of};
use shared::testing::runtime_api::TRACE_ID;
use shared::testing::runtime_proof::Proof;

fn failed(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().unwrap();
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn messages_of_one_and_of_many_are_stored_once_by_the_functions_own_name() {
    let app = deployed().await;
    let mut function = over(&app, &[]).await;
    let many = json!({"transactions": [transaction("t-2"), transaction("t-3")]}).to_string();
    let event = queue_of(&[("m-1", &transaction("t-1").to_string()), ("m-2", &many)]);
    for _ in 0..2 {
        let answer = function.invoke(event.clone()).await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }
    assert_eq!(app.database.number(N_STORED).await, 3);
    assert_eq!(app.database.number("select count(*) from rate_counters").await, 0);
}

#[tokio::test]
async fn each_event_leaves_a_line_of_metrics_under_the_functions_name() {
    let app = deployed().await;
    let mut function = over(&app, &[]).await;
    let many = json!({"transactions": [transaction("t-1"), transaction("t-2")]}).to_string();
    function.invoke(queue(&many)).await.unwrap();
    // A replay assesses nothing, so that there is nothing to tell.
    function.invoke(queue(&many)).await.unwrap();
    let (log, metrics) = function.end_with_metrics().await;
    assert_eq!(metrics.len(), 1, "{metrics:?}");
    let (line, directives) = (&metrics[0], &metrics[0]["_aws"]["CloudWatchMetrics"]);
    assert_eq!((&line["environment"], &line["function"]), (&json!("production"), &json!("bulk")));
    assert_eq!(directives[0]["Dimensions"], json!([["environment"]]));
    assert_eq!((&line["Transactions"], &line["StatisticalAbstained"]), (&json!(2), &json!(2)));
    let taken: Vec<_> = log.iter().filter(|line| line["n_messages"] == 1).collect();
    assert_eq!(taken.len(), 2, "{log:?}");
    assert_eq!(taken[0]["span"]["trace_id"], TRACE_ID);
}

#[tokio::test]
async fn what_raises_an_alert_is_audited_as_this_functions() {
    let app = deployed().await;
    let mut function = over(&app, &[]).await;
    let habit: Vec<Value> = shared::testing::builders::habit("a", 10, 24);
    let body = json!({"transactions": habit}).to_string();
    assert!(failed(&function.invoke(queue(&body)).await.unwrap()).is_empty());
    let unusual = transaction_with("unusual", &json!({"account": "a", "amount": "5000.00"}));
    assert!(failed(&function.invoke(queue(&unusual.to_string())).await.unwrap()).is_empty());
    let raised =
        "select count(*) from audit_events where action = 'alert_raised' and actor = 'function:bulk'";
    assert_eq!(app.database.number(raised).await, 1);
}

#[tokio::test]
async fn only_messages_that_were_not_stored_in_full_come_again_and_the_log_says_why() {
    let app = deployed().await;
    let mut function = over(&app, &[]).await;
    function.invoke(queue(&transaction("t-1").to_string())).await.unwrap();
    let wrong = transaction_with("t-2", &json!({"amount": "-1", "currency": "euro"})).to_string();
    let conflict = transaction_with("t-1", &json!({"amount": "7.00"})).to_string();
    let half = json!({"transactions": [transaction("t-3"), {"account": "account-1"}]}).to_string();
    let unknown = json!({"transactions": [transaction("t-4")], "more": 1}).to_string();
    let good = transaction("t-5").to_string();
    let messages = [
        ("wrong", wrong.as_str()),
        ("conflict", &conflict),
        ("half", &half),
        ("unknown", &unknown),
        ("no-json", "{"),
        ("good", &good),
    ];
    let answer = function.invoke(queue_of(&messages)).await.unwrap();
    assert_eq!(failed(&answer), ["wrong", "conflict", "half", "unknown", "no-json"]);
    // What could be stored of them is.
    assert_eq!(app.database.number(N_STORED).await, 4);
    let lines = function.end().await;
    let said = serde_json::to_string(&lines).unwrap();
    for part in [
        "/amount must",
        "/currency",
        "/transactions/1/source is required",
        "/more is not a field",
        "is no JSON",
    ] {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
    assert!(!said.contains("account-1"), "the log holds an account: {said}");
}

#[tokio::test]
async fn a_message_that_names_no_source_is_of_the_source_that_was_set() {
    let app = deployed().await;
    let mut bare = transaction("t-1");
    bare.as_object_mut().unwrap().remove("source");
    let mut unset = over(&app, &[]).await;
    assert_eq!(failed(&unset.invoke(queue(&bare.to_string())).await.unwrap()).len(), 1);
    let mut function = over(&app, &[("BULK_SOURCE", "core-banking")]).await;
    assert!(failed(&function.invoke(queue(&bare.to_string())).await.unwrap()).is_empty());
    assert_eq!(app.database.number(&format!("{N_STORED} where source = 'core-banking'")).await, 1);
}

#[tokio::test]
async fn without_a_database_every_message_comes_again_and_with_it_none_is_lost() {
    let app = deployed().await;
    let settings = [("DATABASE_URL", "postgres://telltale:secret@127.0.0.1:9/telltale")];
    let mut function = over(&app, &settings).await;
    let event =
        queue_of(&[("m-1", &transaction("t-1").to_string()), ("m-2", &transaction("t-2").to_string())]);
    assert_eq!(failed(&function.invoke(event.clone()).await.unwrap()), ["m-1", "m-2"]);
    let mut function = over(&app, &[]).await;
    assert!(failed(&function.invoke(event).await.unwrap()).is_empty());
    assert_eq!(app.database.number(N_STORED).await, 2);
}

#[tokio::test]
async fn an_event_of_neither_a_queue_nor_a_bucket_is_an_error() {
    let app = deployed().await;
    let mut function = over(&app, &[]).await;
    for event in [json!({}), json!({"Records": []}), json!({"Records": [{"eventSource": "aws:sns"}]})] {
        let error = function.invoke(event).await.unwrap_err();
        assert_eq!(error["errorType"], "ValidationFailed", "{error}");
    }
    assert_eq!(function.invoke(json!({"Event": "s3:TestEvent", "Bucket": "b"})).await.unwrap(), json!({}));
}

#[tokio::test]
async fn one_start_takes_a_hundred_and_outlives_a_freeze_and_a_silent_database() {
    let app = deployed().await;
    let event = |n: usize| queue(&transaction(&format!("t-{n}")).to_string());
    let is_good = |outcome: &Result<Value, Value>| *outcome == Ok(json!({"batchItemFailures": []}));
    Proof::start(BINARY, "bulk", &app.database).await.hold(event, is_good).await;
    assert_eq!(app.database.number(N_STORED).await, 102);
}
