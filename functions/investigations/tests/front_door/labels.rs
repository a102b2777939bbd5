//! Labels from outside: idempotent, named by id or by key, the strongest in force.

use crate::app;
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::send;
use shared::testing::app::{Answer, TestApp};
use shared::testing::builders::{hours_later, transaction, transaction_with};

const LABELS: &str = "/api/v1/labels";

async fn label(app: &TestApp, labels: Value) -> Answer {
    app.post(LABELS, &json!({"labels": labels})).await
}

/// A chargeback on a transaction of the feed, observed ten days after it.
fn chargeback(external_id: &str) -> Value {
    json!({
        "source": "cards",
        "external_id": external_id,
        "verdict": "fraud",
        "label_source": "chargeback",
        "observed_at": hours_later(240).to_string(),
    })
}

/// The same, with the transaction named by its id.
fn named_by_id(id: &Value) -> Value {
    let mut label = chargeback("");
    label.as_object_mut().unwrap().retain(|name, _| name != "source" && name != "external_id");
    label["transaction_id"] = id.clone();
    label
}

fn with(mut label: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        label[name] = value.clone();
    }
    label
}

fn outcomes(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    items.iter().map(|item| item["outcome"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_same_label_again_is_a_replay_by_key_and_by_id() {
    let app = app().await;
    let id = send(&app, &transaction("t-1")).await["transaction_id"].clone();
    let first = label(&app, json!([chargeback("t-1")])).await;
    assert_eq!(outcomes(&first), ["accepted"]);
    let by_id = named_by_id(&id);
    let again = label(&app, json!([chargeback("t-1"), by_id, chargeback("t-1")])).await;
    assert_eq!(outcomes(&again), ["replayed", "replayed", "replayed"]);
    for item in again.body["items"].as_array().unwrap() {
        assert_eq!(item["label_id"], first.body["items"][0]["label_id"]);
    }
    assert_eq!(again.body["counts"], json!({"replayed": 3}));
    assert_eq!(app.database.number("select count(*) from labels").await, 1);
}

#[tokio::test]
async fn a_label_twice_in_one_request_is_recorded_once() {
    let app = app().await;
    send(&app, &transaction("t-1")).await;
    let answer = label(&app, json!([chargeback("t-1"), chargeback("t-1")])).await;
    assert_eq!(outcomes(&answer), ["accepted", "replayed"]);
    assert_eq!(answer.body["items"][0]["label_id"], answer.body["items"][1]["label_id"]);
}

#[tokio::test]
async fn wrong_items_are_rejected_with_their_pointers_and_never_block_the_rest() {
    let app = app().await;
    send(&app, &transaction("t-1")).await;
    let unknown_id = named_by_id(&json!("txn_019f0000-0000-7000-8000-000000000000"));
    let cases = [
        (chargeback("nothing"), "/labels/0"),
        (with(chargeback("t-1"), &json!({"source": "wires"})), "/labels/1"),
        (unknown_id, "/labels/2"),
        (with(chargeback("t-1"), &json!({"transaction_id": "t-1"})), "/labels/3/transaction_id"),
        (with(chargeback("t-1"), &json!({"verdict": "maybe"})), "/labels/4/verdict"),
        (with(chargeback("t-1"), &json!({"label_source": "analyst"})), "/labels/5/label_source"),
        (with(chargeback("t-1"), &json!({"observed_at": "2999-01-01T00:00:00Z"})), "/labels/6/observed_at"),
        (
            with(chargeback("t-1"), &json!({"observed_at": "-009999-01-02T00:00:00Z"})),
            "/labels/7/observed_at",
        ),
        (with(chargeback("t-1"), &json!({"observed_at": "yesterday"})), "/labels/8/observed_at"),
        (with(chargeback("t-1"), &json!({"weight": 2})), "/labels/9/weight"),
        (with(chargeback("t-1"), &json!({"external_id": "a\u{0}b"})), "/labels/10/external_id"),
        (json!("t-1"), "/labels/11"),
        (with(chargeback("t-1"), &json!({"external_id": null})), "/labels/12/external_id"),
    ];
    let mut labels: Vec<Value> = cases.iter().map(|(item, _)| item.clone()).collect();
    labels.push(chargeback("t-1"));
    let answer = label(&app, Value::from(labels)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    for ((item, pointer), answered) in cases.iter().zip(items) {
        assert_eq!(answered["outcome"], "rejected", "{item}");
        assert!(answered.get("label_id").is_none());
        let pointers: Vec<&str> = answered["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert!(pointers.contains(pointer), "{item}: {answered}");
    }
    assert_eq!(items.last().unwrap()["outcome"], "accepted");
    assert_eq!(answer.body["counts"], json!({"accepted": 1, "rejected": cases.len()}));
}

#[tokio::test]
async fn a_body_that_is_no_list_of_labels_is_refused_with_pointers() {
    let app = app().await;
    let many: Vec<Value> = (0..5_001).map(|n| chargeback(&format!("t-{n}"))).collect();
    let cases = [
        (json!({}), "/labels"),
        (json!({"labels": []}), "/labels"),
        (json!({"labels": "all"}), "/labels"),
        (json!({"labels": many}), "/labels"),
        (json!({"labels": [chargeback("t-1")], "dry_run": true}), "/dry_run"),
        (json!([]), ""),
    ];
    for (body, pointer) in cases {
        let answer = app.post(LABELS, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert_eq!(answer.body["error"]["details"][0]["pointer"], pointer);
    }
}

/// The label in force and its rank: highest of analyst, chargeback and supervisor, then the newest observed.
#[tokio::test]
async fn each_label_names_the_one_that_it_supersedes() {
    let app = app().await;
    send(&app, &transaction("t-1")).await;
    let genuine = |hours: i64| json!({"verdict": "genuine", "observed_at": hours_later(hours).to_string()});
    let recorded = [
        chargeback("t-1"),
        with(chargeback("t-1"), &genuine(300)),
        with(chargeback("t-1"), &genuine(100)),
        with(chargeback("t-1"), &json!({"label_source": "supervisor"})),
    ];
    for item in recorded {
        assert_eq!(outcomes(&label(&app, json!([item])).await), ["accepted"]);
    }
    let statement = "select l.source || ' ' || l.verdict, s.source || ' ' || s.verdict
        from labels l left join labels s on s.id = l.supersedes order by l.recorded_at";
    let rows = app.database.owner().await.query(statement, &[]).await.unwrap();
    let supersessions: Vec<(String, Option<String>)> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let expected = [
        ("chargeback fraud", None),
        ("chargeback genuine", Some("chargeback fraud")),
        ("chargeback genuine", Some("chargeback genuine")),
        ("supervisor fraud", Some("chargeback genuine")),
    ];
    let expected: Vec<(String, Option<String>)> =
        expected.iter().map(|(one, other)| ((*one).to_owned(), other.map(str::to_owned))).collect();
    assert_eq!(supersessions, expected);
}

#[tokio::test]
async fn a_key_bound_to_a_source_labels_no_other() {
    let app = app().await;
    send(&app, &transaction("t-1")).await;
    send(&app, &transaction_with("t-1", &json!({"source": "wires"}))).await;
    let bound = app.with_role(Role::Ingest).await;
    let client = app.database.owner().await;
    client.execute("update api_keys set sources = '{wires}' where role = 'ingest'", &[]).await.unwrap();
    let labels = json!([chargeback("t-1"), with(chargeback("t-1"), &json!({"source": "wires"}))]);
    assert_eq!(outcomes(&label(&bound, labels).await), ["rejected", "accepted"]);
}

/// A supervisor's word outranks everything, so a feed's key cannot give it.
#[tokio::test]
async fn a_feed_cannot_speak_for_a_supervisor() {
    let app = app().await;
    send(&app, &transaction("t-1")).await;
    let overruling = json!([with(chargeback("t-1"), &json!({"label_source": "supervisor"}))]);
    let refused = label(&app.with_role(Role::Ingest).await, overruling.clone()).await;
    assert_eq!(outcomes(&refused), ["rejected"]);
    assert_eq!(refused.body["items"][0]["errors"][0]["pointer"], "/labels/0/label_source");
    assert_eq!(outcomes(&label(&app.with_role(Role::Supervisor).await, overruling).await), ["accepted"]);
}
