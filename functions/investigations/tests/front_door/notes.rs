//! Notes: written by who investigates, edited by their author only, and never overwritten.

use crate::{Desk, desk, key_id};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use shared::domain::canonical::hexadecimal;
use shared::domain::ids::{AlertId, NoteId};
use shared::domain::note::Note;
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::verified_chain;

fn of_alert(alert: &str) -> String {
    format!("/api/v1/alerts/{alert}/notes")
}

async fn write(caller: &TestApp, alert: &str, text: &str) -> Answer {
    caller.post(&of_alert(alert), &json!({"text": text})).await
}

/// Edits a note; `seen` is `If-Match`, left out when empty.
async fn edit(caller: &TestApp, path: &str, (seen, text): (&str, &str)) -> Answer {
    let mut request = Request::builder()
        .method(Method::PUT)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", caller.key()))
        .header(header::CONTENT_TYPE, "application/json");
    if !seen.is_empty() {
        request = request.header(header::IF_MATCH, seen);
    }
    caller.call(request.body(Body::from(json!({"text": text}).to_string())).unwrap()).await
}

#[tokio::test]
async fn a_note_is_written_and_listed_and_its_hash_is_in_the_trail() {
    let Desk { app, ana, bob, alert } = desk().await;
    let first = write(&ana, &alert, "the owner\nwas asked").await;
    assert_eq!((first.status, &first.headers["etag"]), (StatusCode::CREATED, &"\"1\"".parse().unwrap()));
    assert_eq!(first.body["author"], key_id(&ana));
    let second = write(&bob, &alert, "and said no").await;
    let listed = app.get(&of_alert(&alert)).await;
    assert_eq!(listed.body, json!({"notes": [first.body, second.body], "next_cursor": null}));
    let note = Note {
        id: NoteId::parse(first.body["id"].as_str().unwrap()).unwrap(),
        alert: AlertId::parse(&alert).unwrap(),
        version: 1,
        author: key_id(&ana),
        text: "the owner\nwas asked".into(),
        written_at: first.body["written_at"].as_str().unwrap().parse().unwrap(),
    };
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let [_, written, _] = chain.as_slice() else { panic!("{chain:?}") };
    assert_eq!((written.action.as_str(), &written.before), ("note_written", &Value::Null));
    let expected = json!({"note_id": first.body["id"], "version": 1, "hash": hexadecimal(&note.hash())});
    assert_eq!((&written.after, &written.after["hash"]), (&expected, &first.body["hash"]));
    let stored = "select count(*) from notes n join audit_events e
        on e.after->>'hash' = encode(n.hash, 'hex') and e.chain = 'alert:alr_' || n.alert_id";
    assert_eq!(app.database.number(stored).await, 2);
}

#[tokio::test]
async fn an_edited_note_keeps_its_past_and_only_its_author_edits_it() {
    let Desk { app, ana, bob, alert } = desk().await;
    let first = write(&ana, &alert, "gilty").await.body;
    let path = format!("{}/{}", of_alert(&alert), first["id"].as_str().unwrap());
    let bare = edit(&ana, &path, ("", "guilty")).await;
    assert_eq!(bare.status, StatusCode::PRECONDITION_REQUIRED, "{}", bare.body);
    assert_eq!(edit(&bob, &path, ("\"1\"", "guilty")).await.status, StatusCode::FORBIDDEN);
    let second = edit(&ana, &path, ("\"1\"", "guilty")).await;
    assert_eq!((second.status, &second.headers["etag"]), (StatusCode::OK, &"\"2\"".parse().unwrap()));
    assert_eq!((&second.body["id"], &second.body["version"]), (&first["id"], &json!(2)));
    let stale = edit(&ana, &path, ("\"1\"", "not guilty")).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(
        (&stale.body["error"]["current_version"], &stale.headers["etag"]),
        (&json!(2), &"\"2\"".parse().unwrap())
    );
    let read = app.get(&path).await;
    assert_eq!(
        (&read.body, &read.headers["etag"]),
        (&json!({"versions": [second.body, first]}), &"\"2\"".parse().unwrap())
    );
    assert_eq!(app.get(&of_alert(&alert)).await.body["notes"], json!([second.body]));
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let edited = chain.last().unwrap();
    assert_eq!(edited.action, "note_edited");
    assert_eq!((&edited.before["hash"], &edited.after["hash"]), (&first["hash"], &second.body["hash"]));
    let owner = app.database.owner().await;
    for statement in ["update notes set text = 'x'", "delete from notes"] {
        let error = owner.execute(statement, &[]).await.unwrap_err();
        assert_eq!(error.as_db_error().unwrap().code().code(), "TT002", "{statement}");
    }
}

#[tokio::test]
async fn many_who_edit_the_same_version_make_one_new_one() {
    let Desk { app, ana, alert, .. } = desk().await;
    let note = write(&ana, &alert, "first").await.body;
    let path = format!("{}/{}", of_alert(&alert), note["id"].as_str().unwrap());
    let edits: Vec<_> = (0..10)
        .map(|n| {
            let (ana, path) = (ana.clone(), path.clone());
            tokio::spawn(async move { edit(&ana, &path, ("\"1\"", &format!("edit {n}"))).await.status })
        })
        .collect();
    let mut n_done = 0;
    for edit in edits {
        n_done += usize::from(edit.await.unwrap() == StatusCode::OK);
    }
    assert_eq!((n_done, app.database.number("select count(*) from notes").await), (1, 2));
}

#[tokio::test]
async fn wrong_notes_are_refused_and_unknown_ones_not_found() {
    let Desk { app, ana, alert, .. } = desk().await;
    for text in ["", " \n", "a\u{0}b", &"x".repeat(10_001)] {
        let answer = write(&ana, &alert, text).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert_eq!(answer.body["error"]["details"][0]["pointer"], "/text");
    }
    let note = write(&ana, &alert, "x").await.body;
    let other = shared::testing::alerting::raise(&app, "b").await;
    let of_other = format!("{}/{}", of_alert(&other), note["id"].as_str().unwrap());
    for path in [of_other, format!("{}/nte_1", of_alert(&alert)), format!("{}/nte_1", of_alert("alr_1"))] {
        assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(edit(&ana, &path, ("\"1\"", "y")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.get(&of_alert("alr_1")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(write(&ana, &other.replace("alr_0", "alr_1"), "x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn notes_come_in_pages() {
    let Desk { app, ana, alert, .. } = desk().await;
    for n in 0..5 {
        write(&ana, &alert, &format!("note {n}")).await;
    }
    let mut texts = Vec::new();
    let mut path = format!("{}?limit=2", of_alert(&alert));
    loop {
        let page = app.get(&path).await.body;
        texts.extend(page["notes"].as_array().unwrap().iter().map(|note| note["text"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{}?limit=2&cursor={cursor}", of_alert(&alert));
    }
    let mut expected: Vec<Value> = (0..5).map(|n| json!(format!("note {n}"))).collect();
    // Notes of one millisecond have no order of their own.
    expected.sort_by_key(ToString::to_string);
    texts.sort_by_key(ToString::to_string);
    assert_eq!(texts, expected);
}
