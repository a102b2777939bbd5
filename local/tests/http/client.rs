//! The client against a real HTTP server that is busy, limited, wrong or gone.

use crate::api::{Server, items, refusal, success};
use local::client::{Client, ClientError, ClientOptions, TaskOutcome};
use local::wire::{LabelIn, Outcome, PlaceIn, Task, TransactionIn};
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

fn transaction(external_id: &str) -> TransactionIn {
    TransactionIn {
        source: "bank".to_owned(),
        external_id: external_id.to_owned(),
        account: "a-1".to_owned(),
        counterparty: "c-1".to_owned(),
        amount: "12.30".to_owned(),
        currency: "EUR".to_owned(),
        occurred_at: "2025-03-01T10:00:00Z".parse().unwrap(),
        channel: "card_present".to_owned(),
        entity_type: None,
        place: None,
        device: None,
        ip_address: None,
        category: None,
        attributes: BTreeMap::new(),
    }
}

#[tokio::test]
async fn a_batch_goes_out_in_the_wire_form_and_its_answer_is_read() {
    let server = Server::start(|_, _| {
        success(json!({"items": [
            {"index": 1, "outcome": "rejected", "errors": [{"pointer": "/amount", "message": "is wrong"}]},
            {"index": 0, "outcome": "accepted", "transaction_id": "txn_1", "risk_score": 0.75, "severity": "high",
             "alert_id": "alr_1", "degraded": ["ml"]},
        ], "counts": {"accepted": 1, "rejected": 1}}))
    })
    .await;
    let place =
        PlaceIn { country: Some("BE".to_owned()), latitude: Some(50.85), longitude: Some(4.35), city: None };
    let first = TransactionIn { place: Some(place), category: Some("food".to_owned()), ..transaction("1") };
    let posted = server.client().post_transactions(&[&first, &transaction("2")]).await.unwrap();

    let request = server.requests().remove(0);
    assert_eq!(
        (request.path.as_str(), request.authorization.as_str()),
        ("/api/v1/transactions/batch", "Bearer tt_test")
    );
    let second = json!({"source": "bank", "external_id": "2", "account": "a-1", "counterparty": "c-1",
        "amount": "12.30", "currency": "EUR", "occurred_at": "2025-03-01T10:00:00Z", "channel": "card_present"});
    assert_eq!(request.body["transactions"][1], second);
    assert_eq!(
        request.body["transactions"][0]["place"],
        json!({"country": "BE", "latitude": 50.85, "longitude": 4.35})
    );
    assert_eq!(posted.items[0].risk_score, Some(0.75));
    assert_eq!((posted.items[0].outcome, posted.items[1].outcome), (Outcome::Accepted, Outcome::Rejected));
    assert_eq!(posted.items[1].errors[0].pointer, "/amount");
}

#[tokio::test]
async fn a_limit_is_waited_out_for_as_long_as_the_server_says() {
    let server = Server::start(|number, request| match number {
        0 => refusal(429, "RateLimited", Some("1")),
        _ => items(request, |_| json!({"outcome": "accepted"})),
    })
    .await;
    let started = Instant::now();
    let posted = server.client().post_transactions(&[&transaction("1")]).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!((posted.items.len(), posted.n_retried), (1, 0));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn a_server_that_is_briefly_unavailable_is_asked_again() {
    let server = Server::start(|number, request| match number {
        0 => refusal(503, "DatabaseUnavailable", Some("0")),
        1 => refusal(503, "DatabaseUnavailable", None),
        _ => items(request, |_| json!({"outcome": "accepted"})),
    })
    .await;
    let label = LabelIn {
        source: "bank".to_owned(),
        external_id: "1".to_owned(),
        verdict: "fraud".to_owned(),
        label_source: "chargeback".to_owned(),
        observed_at: "2025-03-08T10:00:00Z".parse().unwrap(),
    };
    let answered = server.client().post_labels(&[&label]).await.unwrap();
    assert_eq!(answered[0].outcome, Outcome::Accepted);
    assert_eq!(server.requests().len(), 3);
    let sent = json!({"source": "bank", "external_id": "1", "verdict": "fraud", "label_source": "chargeback",
        "observed_at": "2025-03-08T10:00:00Z"});
    assert_eq!(server.requests()[2].body, json!({ "labels": [sent] }));
}

#[tokio::test]
async fn a_wait_longer_than_patience_ends_at_once_with_the_reason() {
    let server = Server::start(|_, _| refusal(429, "RateLimited", Some("3600"))).await;
    let started = Instant::now();
    let error = server.client().post_transactions(&[&transaction("1")]).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(server.requests().len(), 1);
    let reason = error.source().unwrap().to_string();
    assert!(
        reason.contains("429") && reason.contains("RateLimited") && reason.contains("--limit-rps"),
        "{reason}"
    );
}

#[tokio::test]
async fn only_the_items_that_ask_for_it_are_sent_again() {
    let server = Server::start(|number, request| {
        items(request, |one| match (number, one["external_id"].as_str().unwrap()) {
            (0, "2" | "4") | (1, "4") => json!({"outcome": "retry"}),
            (number, _) => json!({"outcome": "accepted", "risk_score": f64::from(number as u32) / 4.0}),
        })
    })
    .await;
    let all = ["1", "2", "3", "4"].map(transaction);
    let posted = server.client().post_transactions(&all.each_ref()).await.unwrap();
    let scores: Vec<_> = posted.items.iter().map(|item| (item.index, item.risk_score.unwrap())).collect();
    assert_eq!(scores, [(0, 0.0), (1, 0.25), (2, 0.0), (3, 0.5)]);
    assert_eq!(posted.n_retried, 3);
    let sizes: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.body["transactions"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [4, 2, 1]);
}

#[tokio::test]
async fn items_that_ask_for_ever_are_given_up_and_say_so() {
    let server = Server::start(|_, request| items(request, |_| json!({"outcome": "retry"}))).await;
    let options = ClientOptions { patience: Duration::from_millis(100), ..server.options() };
    let posted = Client::try_new(options).unwrap().post_transactions(&[&transaction("1")]).await.unwrap();
    assert_eq!(posted.items[0].outcome, Outcome::Retry);
    assert!(posted.n_retried > 0);
}

#[tokio::test]
async fn a_refused_key_is_not_tried_again_and_names_the_remedy() {
    let server = Server::start(|_, _| refusal(401, "Unauthorized", None)).await;
    let error = server.client().post_transactions(&[&transaction("1")]).await.unwrap_err().to_string();
    assert_eq!(server.requests().len(), 1);
    assert!(
        error.contains("401") && error.contains("req-1") && error.contains("TELLTALE_ADMIN_KEY"),
        "{error}"
    );
}

#[tokio::test]
async fn a_deployment_without_the_local_route_has_its_own_schedule() {
    let server = Server::start(|number, _| match number {
        0 => success(json!({"done": true})),
        _ => refusal(404, "NotFound", None),
    })
    .await;
    let (client, as_of) = (server.client(), "2025-03-01T00:00:00Z".parse().unwrap());
    assert_eq!(client.run_task(Task::Snapshot, as_of).await.unwrap(), TaskOutcome::Done);
    assert_eq!(client.run_task(Task::Retrain, as_of).await.unwrap(), TaskOutcome::NotServed);
    let bodies: Vec<_> = server.requests().iter().map(|request| request.body.clone()).collect();
    let as_of = "2025-03-01T00:00:00Z";
    assert_eq!(
        bodies,
        [json!({"task": "snapshot", "as_of": as_of}), json!({"task": "retrain", "as_of": as_of})]
    );
}

#[tokio::test]
async fn an_answer_that_leaves_an_item_out_is_not_taken() {
    let server = Server::start(|_, _| success(json!({"items": [{"index": 1, "outcome": "accepted"}]}))).await;
    let error = server.client().post_transactions(&[&transaction("1"), &transaction("2")]).await.unwrap_err();
    assert!(matches!(error, ClientError::Incomplete { n_sent: 2, n_answered: 1 }), "{error}");
}

#[tokio::test]
async fn a_pace_spreads_the_requests() {
    let server = Server::start(|_, request| items(request, |_| json!({"outcome": "accepted"}))).await;
    let client = Client::try_new(ClientOptions { limit_rps: Some(20.0), ..server.options() }).unwrap();
    let started = Instant::now();
    for _ in 0..4 {
        client.post_transactions(&[&transaction("1")]).await.unwrap();
    }
    // The first goes at once, the other three 50 ms apart.
    assert!(started.elapsed() >= Duration::from_millis(150), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_server_that_is_gone_is_reported_as_such() {
    let gone = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let patience = Duration::from_millis(50);
    let options = ClientOptions { patience, ..ClientOptions::new(gone, "tt_test".to_owned()) };
    let error = Client::try_new(options).unwrap().post_transactions(&[&transaction("1")]).await.unwrap_err();
    assert!(error.source().unwrap().to_string().contains("--url"), "{error}");
}

#[test]
fn a_key_is_never_shown() {
    let options = ClientOptions::new("http://127.0.0.1:1".to_owned(), "tt_secret".to_owned());
    let shown = format!("{options:?} {:?}", Client::try_new(options.clone()).unwrap());
    assert!(shown.contains("hidden") && !shown.contains("tt_secret"), "{shown}");
}

#[test]
fn an_address_or_key_that_cannot_work_is_refused_before_anything_is_sent() {
    for url in ["127.0.0.1:8080", "ftp://example.org", "https://", ""] {
        let refused = Client::try_new(ClientOptions::new(url.to_owned(), "tt_test".to_owned()));
        assert!(matches!(refused, Err(ClientError::Address { .. })), "{url}");
    }
    for key in ["", "two words", "line\nbreak"] {
        let refused = Client::try_new(ClientOptions::new("http://127.0.0.1:1".to_owned(), key.to_owned()));
        assert!(matches!(refused, Err(ClientError::Key)), "{key}");
    }
}
