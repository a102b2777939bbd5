//! Files whose rows were changed behind the service's back: never handed out, and nothing but an erasure passes the
//! database's own triggers.

use crate::attachments::record;
use crate::{Desk, desk, supervisor};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::canonical::hexadecimal;
use shared::testing::app::{Answer, TestApp};

/// What is in the file of these tests, in base64 too.
const TEXT: &str = "he called at noon";
const ENCODED: &str = "aGUgY2FsbGVkIGF0IG5vb24=";

/// A file on a desk's alert; its path.
async fn attached(Desk { ana, alert, .. }: &Desk) -> String {
    let file = json!({"name": "call.txt", "media_type": "text/plain", "content": ENCODED});
    let path = format!("/api/v1/alerts/{alert}/attachments");
    let answer = ana.post(&path, &file).await;
    format!("{path}/{}", answer.body["id"].as_str().unwrap())
}

/// What only the owner may, with the triggers out of the way.
async fn tamper(app: &TestApp, statement: &str) {
    let all = format!(
        "alter table attachments disable trigger all; alter table audit_events disable trigger all; {statement}"
    );
    app.database.owner().await.batch_execute(&all).await.unwrap();
}

fn assert_kept_back(answer: &Answer, statement: &str) {
    let error = &answer.body["error"];
    assert_eq!(
        (answer.status, &error["type"]),
        (StatusCode::INTERNAL_SERVER_ERROR, &json!("InternalError")),
        "{statement}: {}",
        answer.body
    );
    let said = error["message"].as_str().unwrap();
    assert!(said.contains("was changed since it was attached"), "{said}");
    assert!(said.contains("audit verify"), "{said}");
    assert_eq!(answer.body["content"], Value::Null);
    assert!(!answer.text.contains(&ENCODED[..12]) && !answer.text.contains("called"), "{}", answer.text);
}

#[tokio::test]
async fn a_file_that_was_changed_is_not_handed_out() {
    for statement in [
        "update attachments set content = set_byte(content, 16, 65)",
        "update attachments set name = 'other.txt'",
        "update attachments set author = 'nobody'",
        // Both halves of the row made to agree with each other.
        "update attachments set content = set_byte(content, 16, 65), sha256 = sha256(set_byte(content, 16, 65))",
        "update attachments set content = null, erased_at = now(), erased_by = 'nobody', erasure_reason = 'x'",
        "alter table attachments drop constraint attachments_erased; update attachments set content = null",
        "delete from audit_events where action = 'file_attached'",
    ] {
        let desk = desk().await;
        let path = attached(&desk).await;
        assert_eq!(desk.app.get(&path).await.body["content"], ENCODED);
        tamper(&desk.app, statement).await;
        assert_kept_back(&desk.app.get(&path).await, statement);
    }
}

/// The event's column made to agree with the row too: what was hashed with the event still says something else.
#[tokio::test]
async fn a_column_of_the_event_is_not_believed() {
    let desk = desk().await;
    let path = attached(&desk).await;
    let mut known = desk.app.get(&path).await.body;
    known["name"] = json!("other.txt");
    let hash = hexadecimal(&record(&known).hash());
    let statement = format!(
        "update attachments set name = 'other.txt';
        update audit_events set after = after || '{{\"name\": \"other.txt\", \"hash\": \"{hash}\"}}'
        where action = 'file_attached'"
    );
    tamper(&desk.app, &statement).await;
    assert_kept_back(&desk.app.get(&path).await, &statement);
}

#[tokio::test]
async fn content_that_was_put_back_after_its_erasure_is_not_handed_out() {
    let desk = desk().await;
    let path = attached(&desk).await;
    let erased = supervisor(&desk.app).await.post(&format!("{path}/erase"), &json!({"reason": "x"})).await;
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.body);
    let back = format!("erased_at = null, erased_by = null, erasure_reason = null, content = '{TEXT}'");
    tamper(&desk.app, &format!("update attachments set {back}")).await;
    assert_kept_back(&desk.app.get(&path).await, &back);
}

#[tokio::test]
async fn not_even_the_owner_changes_a_file_otherwise_than_by_its_erasure() {
    let desk = desk().await;
    attached(&desk).await;
    let owner = desk.app.database.owner().await;
    let erasure = "content = null, erased_at = now(), erased_by = 'k', erasure_reason = 'r'";
    let refuse = async |statement: String| {
        let error = owner.batch_execute(&statement).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().code().code(), "TT002", "{statement}");
    };
    refuse("update attachments set content = 'he called at five'".into()).await;
    refuse(format!("update attachments set {erasure}, name = 'x'")).await;
    refuse(format!("update attachments set {erasure}, sha256 = sha256('')")).await;
    refuse("delete from attachments".into()).await;
    refuse("truncate attachments".into()).await;
    owner.batch_execute(&format!("update attachments set {erasure}")).await.unwrap();
    refuse(format!("update attachments set {erasure}")).await;
    refuse("update attachments set erased_at = null, erased_by = null, erasure_reason = null".into()).await;
}

#[tokio::test]
async fn a_file_that_is_erased_while_it_is_read_is_no_fault() {
    let desk = desk().await;
    let chief = supervisor(&desk.app).await;
    for _ in 0..10 {
        let path = attached(&desk).await;
        let erasing = {
            let (chief, path) = (chief.clone(), format!("{path}/erase"));
            tokio::spawn(async move { chief.post(&path, &json!({"reason": "x"})).await.status })
        };
        loop {
            let is_erased = erasing.is_finished();
            let answer = desk.app.get(&path).await;
            if is_erased {
                assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
                break;
            }
            let is_whole = answer.status == StatusCode::OK && answer.body["content"] == ENCODED;
            assert!(is_whole || answer.status == StatusCode::CONFLICT, "{}", answer.body);
        }
        assert_eq!(erasing.await.unwrap(), StatusCode::OK);
    }
}
