//! Files: attached by who investigates, handed out as they were or not at all, erased by a supervisor.

use crate::idempotency::post_with;
use crate::{Desk, desk, key_id, supervisor};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::domain::attachment::{Attachment, MAX_BYTES};
use shared::domain::canonical::{bytes_of, hexadecimal};
use shared::domain::ids::{AlertId, AttachmentId};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::verified_chain;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nno picture that anybody could see";

fn of_alert(alert: &str) -> String {
    format!("/api/v1/alerts/{alert}/attachments")
}

fn body(name: &str, media_type: &str, content: &[u8]) -> Value {
    json!({"name": name, "media_type": media_type, "content": STANDARD.encode(content)})
}

async fn attach(caller: &TestApp, alert: &str, file: &Value) -> Answer {
    caller.post(&of_alert(alert), file).await
}

/// The record that an answer tells of.
pub(crate) fn record(known: &Value) -> Attachment {
    let text = |name: &str| known[name].as_str().unwrap();
    Attachment {
        id: AttachmentId::parse(text("id")).unwrap(),
        alert: AlertId::parse(text("alert_id")).unwrap(),
        author: text("author").to_owned(),
        name: text("name").to_owned(),
        media_type: text("media_type").to_owned(),
        size_bytes: known["size_bytes"].as_i64().unwrap(),
        sha256: bytes_of(text("sha256")).unwrap(),
        attached_at: text("attached_at").parse().unwrap(),
        erasure: None,
    }
}

/// Attaches a small text; its path.
async fn attached(caller: &TestApp, alert: &str, text: &str) -> String {
    let answer = attach(caller, alert, &body("seen.txt", "text/plain", text.as_bytes())).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    format!("{}/{}", of_alert(alert), answer.body["id"].as_str().unwrap())
}

async fn erase(caller: &TestApp, path: &str) -> Answer {
    caller.post(&format!("{path}/erase"), &json!({"reason": "shows a passport"})).await
}

fn pointers(answer: &Answer) -> Vec<&str> {
    let details = answer.body["error"]["details"].as_array().unwrap();
    details.iter().map(|it| it["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_attached_and_its_hashes_are_in_the_trail() {
    let Desk { app, ana, alert, .. } = desk().await;
    let answer = attach(&ana, &alert, &body("Räkning 1.png", "image/png", PNG)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let known = answer.body;
    let text = |name: &str| known[name].as_str().unwrap();
    assert_eq!((text("name"), text("media_type")), ("Räkning 1.png", "image/png"));
    let computed = format!(
        "select count(*) from attachments where encode(sha256(content), 'hex') = '{}'
        and encode(hash, 'hex') = '{}'",
        text("sha256"),
        text("hash")
    );
    assert_eq!(app.database.number(&computed).await, 1);
    assert_eq!(
        (&known["author"], &known["size_bytes"], &known["hash"], &known["erased_at"]),
        (&json!(key_id(&ana)), &json!(PNG.len()), &json!(hexadecimal(&record(&known).hash())), &Value::Null)
    );

    let listed = app.get(&of_alert(&alert)).await;
    assert_eq!(listed.body, json!({"attachments": [known], "next_cursor": null}));
    let mut expected = known.clone();
    expected["content"] = json!(STANDARD.encode(PNG));
    assert_eq!(app.get(&format!("{}/{}", of_alert(&alert), text("id"))).await.body, expected);

    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let [_, told] = chain.as_slice() else { panic!("{chain:?}") };
    let after = json!({"attachment_id": known["id"], "hash": known["hash"], "name": known["name"],
        "sha256": known["sha256"]});
    assert_eq!((told.action.as_str(), &told.before, &told.after), ("file_attached", &Value::Null, &after));
    assert_eq!(told.actor, format!("key:{}", key_id(&ana)));
    let version = app.database.number("select audit_sequence from alerts").await;
    assert_eq!(version, 2, "a file is a new version of its alert");
}

#[tokio::test]
async fn a_file_has_at_most_four_mebibytes_and_its_path_alone_takes_so_much() {
    let Desk { app, ana, alert, .. } = desk().await;
    let of = |n_bytes: usize| body("large.txt", "text/plain", &vec![b'a'; n_bytes]);
    let largest = attach(&ana, &alert, &of(MAX_BYTES)).await;
    assert_eq!((largest.status, &largest.body["size_bytes"]), (StatusCode::CREATED, &json!(4_194_304)));
    let path = format!("{}/{}", of_alert(&alert), largest.body["id"].as_str().unwrap());
    let read = app.get(&path).await;
    assert_eq!(STANDARD.decode(read.body["content"].as_str().unwrap()).unwrap(), vec![b'a'; MAX_BYTES]);
    // Lambda ends an answer of 6 MB; base64 in JSON in the answer to the gateway needs no escape.
    assert!(read.text.len() < 5_600_000, "{}", read.text.len());
    let keyed = post_with(&ana, "k-1", &of_alert(&alert), &of(MAX_BYTES)).await;
    assert_eq!(keyed.status, StatusCode::CREATED, "{}", keyed.body);

    let one_more = attach(&ana, &alert, &of(MAX_BYTES + 1)).await;
    assert_eq!((one_more.status, pointers(&one_more)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/content"]));
    let (far_more, other) = (of(MAX_BYTES + 500_000), json!({"text": "a".repeat(5_300_000)}));
    let notes = format!("/api/v1/alerts/{alert}/notes");
    for (path, body) in [(of_alert(&alert), &far_more), (notes, &other)] {
        for answer in [ana.post(&path, body).await, post_with(&ana, "k-2", &path, body).await] {
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}: {}", answer.body);
        }
    }
    assert_eq!(app.database.number("select count(*) from attachments").await, 2);
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said_with_its_pointer() {
    let Desk { app, ana, alert, .. } = desk().await;
    let text = |name: &str| body(name, "text/plain", b"seen");
    for (file, expected) in [
        (json!({}), vec!["/name", "/media_type", "/content"]),
        (body("a.pdf", "application/pdf", PNG), vec!["/content"]),
        (body("a.csv", "text/csv", PNG), vec!["/content"]),
        (body("a.txt", "text/plain", b"a\0b"), vec!["/content"]),
        (body("a.txt", "text/plain", b""), vec!["/content"]),
        (json!({"name": "a.txt", "media_type": "text/plain", "content": "c2Vl\nbg=="}), vec!["/content"]),
        (body("a.html", "text/html", b"<p>"), vec!["/media_type"]),
        (body("", "text/html", b"<p>"), vec!["/name", "/media_type"]),
        (text("../a"), vec!["/name"]),
        (text(".."), vec!["/name"]),
        (text("a\nb"), vec!["/name"]),
        (text(&"a".repeat(256)), vec!["/name"]),
    ] {
        let answer = attach(&ana, &alert, &file).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{file}: {}", answer.body);
        assert_eq!(pointers(&answer), expected, "{file}");
    }
    let said = attach(&ana, &alert, &body("a.pdf", "application/pdf", PNG)).await;
    assert_eq!(
        said.body["error"]["details"][0]["message"],
        "is image/png by its first bytes, not application/pdf"
    );
    assert_eq!(app.database.number("select count(*) from attachments").await, 0);
    assert_eq!(attach(&ana, "alr_1", &text("a")).await.status, StatusCode::NOT_FOUND);
    let unknown = AlertId(uuid::Uuid::now_v7()).to_string();
    assert_eq!(attach(&ana, &unknown, &text("a")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&of_alert(&unknown)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_that_is_repeated_with_its_key_attaches_one_file() {
    let Desk { app, ana, alert, .. } = desk().await;
    let file = body("a.png", "image/png", PNG);
    let first = post_with(&ana, "k-1", &of_alert(&alert), &file).await;
    let second = post_with(&ana, "k-1", &of_alert(&alert), &file).await;
    assert_eq!((first.status, &second.text), (StatusCode::CREATED, &first.text));
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(app.database.number("select count(*) from attachments").await, 1);
}

#[tokio::test]
async fn an_alert_has_at_most_twenty_files_and_an_erased_one_makes_room() {
    let Desk { app, ana, alert, .. } = desk().await;
    for n in 0..19 {
        attached(&ana, &alert, &format!("file {n}")).await;
    }
    let file = body("last.txt", "text/plain", b"last");
    let at_once = futures_util::future::join_all((0..4).map(|_| attach(&ana, &alert, &file))).await;
    let (taken, refused): (Vec<_>, Vec<_>) =
        at_once.into_iter().partition(|answer| answer.status == StatusCode::CREATED);
    assert_eq!((taken.len(), refused.len()), (1, 3));
    for answer in refused {
        assert_eq!(
            (answer.status, &answer.body["error"]["type"]),
            (StatusCode::CONFLICT, &json!("WrongState"))
        );
        assert!(answer.body["error"]["message"].as_str().unwrap().contains("20 files"), "{}", answer.body);
    }
    let path = format!("{}/{}", of_alert(&alert), taken[0].body["id"].as_str().unwrap());
    assert_eq!(erase(&supervisor(&app).await, &path).await.status, StatusCode::OK);
    assert_eq!(attach(&ana, &alert, &file).await.status, StatusCode::CREATED);
    assert_eq!(attach(&ana, &alert, &file).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_supervisor_erases_a_file_and_what_is_known_of_it_stays() {
    let Desk { app, ana, alert, .. } = desk().await;
    let path = attached(&ana, &alert, "a passport").await;
    let whole = app.get(&of_alert(&alert)).await.body["attachments"][0].clone();
    let chief = supervisor(&app).await;
    let bare = chief.post(&format!("{path}/erase"), &json!({})).await;
    assert_eq!((bare.status, pointers(&bare)), (StatusCode::UNPROCESSABLE_ENTITY, vec!["/reason"]));
    let erased = erase(&chief, &path).await;
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.body);
    let mut expected = whole.clone();
    expected["erased_at"] = erased.body["erased_at"].clone();
    expected["erased_by"] = json!(key_id(&chief));
    expected["erasure_reason"] = json!("shows a passport");
    assert_eq!(erased.body, expected);
    assert_eq!(app.get(&of_alert(&alert)).await.body["attachments"], json!([expected]));

    let read = app.get(&path).await;
    assert_eq!((read.status, &read.body["error"]["type"]), (StatusCode::CONFLICT, &json!("WrongState")));
    let said = read.body["error"]["message"].as_str().unwrap();
    assert!(said.contains(erased.body["erased_at"].as_str().unwrap()), "{said}");
    assert_eq!(erase(&chief, &path).await.status, StatusCode::CONFLICT);
    assert_eq!(app.database.number("select count(*) from attachments where content is null").await, 1);

    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let [_, attached, told] = chain.as_slice() else { panic!("{chain:?}") };
    let mut after = attached.after.clone();
    after["reason"] = json!("shows a passport");
    assert_eq!((told.action.as_str(), &told.before, &told.after), ("file_erased", &attached.after, &after));
    assert_eq!(told.actor, format!("key:{}", key_id(&chief)));
}

#[tokio::test]
async fn who_only_reads_attaches_nothing_and_an_analyst_erases_nothing() {
    let Desk { app, ana, alert, .. } = desk().await;
    let path = attached(&ana, &alert, "seen").await;
    let demo = app.with_role(Role::Demo).await;
    assert_eq!(demo.get(&path).await.status, StatusCode::OK);
    let file = body("a.txt", "text/plain", b"a");
    assert_eq!(attach(&demo, &alert, &file).await.status, StatusCode::FORBIDDEN);
    let feed = app.with_role(Role::Ingest).await;
    assert_eq!(feed.get(&path).await.status, StatusCode::FORBIDDEN);
    assert_eq!(erase(&ana, &path).await.status, StatusCode::FORBIDDEN);
    let other = shared::testing::alerting::raise(&app, "b").await;
    let id = path.rsplit('/').next().unwrap();
    for wrong in [format!("{}/{id}", of_alert(&other)), format!("{}/att_1", of_alert(&alert))] {
        assert_eq!(app.get(&wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
        assert_eq!(erase(&app, &wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    assert_eq!(app.database.number("select count(*) from attachments where erased_at is null").await, 1);
}

#[tokio::test]
async fn files_come_in_pages() {
    let Desk { app, ana, alert, .. } = desk().await;
    let mut attached_ids = Vec::new();
    for n in 0..5 {
        let path = attached(&ana, &alert, &format!("file {n}")).await;
        attached_ids.push(path.rsplit('/').next().unwrap().to_owned());
    }
    let (mut ids, mut path) = (Vec::new(), format!("{}?limit=2", of_alert(&alert)));
    loop {
        let page = app.get(&path).await.body;
        let rows = page["attachments"].as_array().unwrap();
        ids.extend(rows.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{}?limit=2&cursor={cursor}", of_alert(&alert));
    }
    // Files of one millisecond have no order of their own.
    attached_ids.sort();
    assert_eq!(ids, attached_ids);
}
