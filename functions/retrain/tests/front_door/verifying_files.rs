//! Files held to the audit trail: whole, erased, and after each kind of tampering.

use crate::app;
use crate::verifying::{faults, tamper};
use serde_json::json;
use shared::testing::alerting::{act, raise};
use shared::testing::app::TestApp;
use shared::workflow::verification::verify;

/// Attaches a text to an alert; its path.
async fn attached(app: &TestApp, alert: &str, name: &str) -> String {
    let file = json!({"name": name, "media_type": "text/plain", "content": "c2Vlbg=="});
    let answer = act(app, alert, "attachments", &file).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    format!("/api/v1/alerts/{alert}/attachments/{}", answer.body["id"].as_str().unwrap())
}

async fn erase(app: &TestApp, path: &str) {
    let answer = app.post(&format!("{path}/erase"), &json!({"reason": "a passport"})).await;
    assert!(answer.status.is_success(), "{}", answer.body);
}

/// An alert with two files of which the first was erased: a chain of four events.
async fn with_files(app: &TestApp) -> String {
    let alert = raise(app, "a").await;
    let first = attached(app, &alert, "erased.txt").await;
    attached(app, &alert, "whole.txt").await;
    erase(app, &first).await;
    format!("alert:{alert}")
}

#[tokio::test]
async fn files_that_are_as_their_events_tell_have_no_fault() {
    let app = app().await;
    with_files(&app).await;
    let verified = verify(&app.state, &[]).await.unwrap();
    // Of the two files one has its content, of four bytes.
    assert_eq!((verified.faults, verified.n_files, verified.n_file_bytes), (vec![], 2, 4));
}

/// What is done to the files of [`with_files`], and what the verifier says: event, which part, and what of it.
const TAMPERINGS: [(&str, &str, &str); 10] = [
    (
        "update attachments set name = 'other.txt' where name = 'whole.txt'",
        "3: the record of the attachment att_",
        "is not what its events tell",
    ),
    (
        "update attachments set attached_at = attached_at + interval '1 microsecond' where name = 'erased.txt'",
        "2: the record of the attachment att_",
        "is not what its events tell",
    ),
    (
        "update attachments set content = 'sean' where name = 'whole.txt'",
        "3: the content of the attachment att_",
        "is not what its events tell",
    ),
    (
        "alter table attachments drop constraint attachments_erased;
        update attachments set content = null where name = 'whole.txt'",
        "3: the content of the attachment att_",
        "is not what its events tell",
    ),
    (
        "alter table attachments drop constraint attachments_erased;
        update attachments set content = 'seen' where name = 'erased.txt'",
        "2: the content of the attachment att_",
        "is not what its events tell",
    ),
    (
        "update attachments set content = 'seen', erased_at = null, erased_by = null, erasure_reason = null
        where name = 'erased.txt'",
        "4: the erasure of the attachment att_",
        "is not what its events tell",
    ),
    (
        "update attachments set erasure_reason = 'none' where name = 'erased.txt'",
        "4: the erasure of the attachment att_",
        "is not what its events tell",
    ),
    (
        "update attachments set content = null, erased_at = now(), erased_by = 'k', erasure_reason = 'r'
        where name = 'whole.txt'",
        "3: the erasure of the attachment att_",
        "is not what its events tell",
    ),
    ("delete from attachments where name = 'whole.txt'", "3: the attachment att_", "is missing"),
    (
        "insert into attachments
        select gen_random_uuid(), alert_id, author, 'more.txt', media_type, size_bytes, sha256, attached_at, hash, content
        from attachments where name = 'whole.txt'",
        "0: the attachment att_",
        "stands in no event",
    ),
];

#[tokio::test]
async fn each_kind_of_tampering_with_files_is_named() {
    for (statement, begin, end) in TAMPERINGS {
        let app = app().await;
        let chain = with_files(&app).await;
        tamper(&app, statement).await;
        let found = faults(&app, "").await;
        assert_eq!(found.len(), 1, "{statement}: {found:?}");
        let is_named = found[0].starts_with(&format!("{chain} {begin}")) && found[0].ends_with(end);
        assert!(is_named, "{statement}: {found:?}");
    }
}

/// More than one statement hashes.
#[tokio::test]
async fn the_last_of_many_files_is_held_to_the_trail_too() {
    let app = app().await;
    let (one, other) = (raise(&app, "a").await, raise(&app, "b").await);
    for n in 0..10 {
        attached(&app, &one, &format!("{n}.txt")).await;
        attached(&app, &other, &format!("{n}.txt")).await;
    }
    assert_eq!(faults(&app, "").await, Vec::<String>::new());
    for alert in [&one, &other] {
        let last = format!(
            "update attachments set content = 'sean' where name = '9.txt' and 'alr_' || alert_id = '{alert}'"
        );
        tamper(&app, &last).await;
    }
    let found = faults(&app, "").await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|it| it.contains(" 11: the content of the attachment att_")), "{found:?}");
}

#[tokio::test]
async fn the_task_names_a_changed_file() {
    let app = app().await;
    let chain = with_files(&app).await;
    let whole = crate::handle(&app, &json!({"task": "verify-audit"})).await.unwrap();
    // Two files, once as what has grown and once in their turn.
    assert_eq!((&whole["n_broken"], &whole["n_files"]), (&json!(0), &json!(4)));
    tamper(&app, "update attachments set content = 'sean' where name = 'whole.txt'").await;
    let broken = crate::handle(&app, &json!({"task": "verify-audit"})).await.unwrap();
    let told = broken["faults"][0].as_str().unwrap();
    assert!(told.starts_with(&format!("{chain} 3: the content of the attachment")), "{broken}");
}

#[tokio::test]
async fn files_that_come_and_go_while_they_are_verified_are_no_fault() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let going = {
        let (app, alert) = (app.clone(), alert.clone());
        tokio::spawn(async move {
            for n in 0..15 {
                let path = attached(&app, &alert, &format!("{n}.txt")).await;
                erase(&app, &path).await;
            }
        })
    };
    while !going.is_finished() {
        assert_eq!(faults(&app, "").await, Vec::<String>::new());
    }
    going.await.unwrap();
    assert_eq!(verify(&app.state, &[]).await.unwrap().n_files, 15);
}
