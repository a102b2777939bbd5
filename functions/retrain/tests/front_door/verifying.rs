//! The audit trail verified: whole, and after each kind of tampering that the database's owner is capable of.

use crate::{app, handle};
use serde_json::json;
use shared::domain::audit::verify::Fault;
use shared::testing::alerting::{act, raise, resolve};
use shared::testing::app::{TestApp, of_function};
use shared::workflow::verification::{read_told, verify};

/// An alert that was raised, claimed and decided: a chain of three.
async fn decided(app: &TestApp, account: &str) -> String {
    let alert = raise(app, account).await;
    resolve(app, &alert).await;
    format!("alert:{alert}")
}

/// What only the owner may, and only with the triggers out of the way.
pub(crate) async fn tamper(app: &TestApp, statements: &str) {
    let tables = ["audit_events", "audit_anchors", "audit_anchor_leaves", "notes", "attachments"];
    let switch = |to: &str| tables.map(|table| format!("alter table {table} {to} trigger all;")).concat();
    let all = format!("{} {statements}; {}", switch("disable"), switch("enable"));
    app.database.owner().await.batch_execute(&all).await.unwrap();
}

/// The faults of everything there is, as they are printed.
pub(crate) async fn faults(app: &TestApp, log: &str) -> Vec<String> {
    let verified = verify(&app.state, &read_told(log).unwrap()).await.unwrap();
    verified.faults.iter().map(Fault::to_string).collect()
}

/// Anchors what has grown; the lines that the log gets.
async fn anchored(app: &TestApp) -> String {
    let made = handle(app, &json!({"task": "anchor"})).await.unwrap();
    let lines = made["anchors"].as_array().unwrap().iter().map(ToString::to_string);
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_trail_as_it_was_written_has_no_fault() {
    let app = app().await;
    decided(&app, "a").await;
    decided(&app, "b").await;
    let log = anchored(&app).await;
    let verified = verify(&app.state, &read_told(&log).unwrap()).await.unwrap();
    assert_eq!(verified.faults, []);
    // Two alerts of three events, the configuration that the first transaction made, and the caller's key.
    assert_eq!((verified.n_chains, verified.n_events, verified.n_anchors), (4, 8, 1));
}

/// What is done to `CHAIN` of `ACCOUNT`, of three events, and what the verifier says of it.
const TAMPERINGS: [(&str, &str); 10] = [
    (
        "update audit_events set actor = 'key:nobody' where chain = 'CHAIN' and sequence = 2",
        "2: the column actor is not what the hashed bytes say",
    ),
    (
        "update audit_events set after = jsonb_set(after, '{status}', '\"closed\"') where chain = 'CHAIN' and sequence = 2",
        "2: the column after is not what the hashed bytes say",
    ),
    (
        "update audit_events set canonical = set_byte(canonical, 9, 65) where chain = 'CHAIN' and sequence = 2",
        "2: hash is not that of prev_hash and the canonical bytes",
    ),
    (
        "update audit_events
        set canonical = set_byte(canonical, 9, 65), hash = sha256(prev_hash || set_byte(canonical, 9, 65))
        where chain = 'CHAIN' and sequence = 2",
        "2: the canonical bytes are not those of an event",
    ),
    ("delete from audit_events where chain = 'CHAIN' and sequence = 2", "2: it is missing"),
    ("delete from audit_events where chain = 'CHAIN' and sequence = 3", "3: it is missing"),
    ("delete from audit_events where chain = 'CHAIN'", "3: it is missing"),
    (
        "update alerts set audit_hash = sha256('x') where account_id = 'ACCOUNT'",
        "3: the head on the owning row has another hash",
    ),
    (
        "update alerts set audit_sequence = 2,
          audit_hash = (select hash from audit_events where chain = 'CHAIN' and sequence = 2)
        where account_id = 'ACCOUNT'",
        "3: it lies beyond the head on the owning row",
    ),
    ("delete from alerts where account_id = 'ACCOUNT'", "1: no row owns the chain"),
];

#[tokio::test]
async fn each_kind_of_tampering_is_named_with_its_chain_and_event() {
    let app = app().await;
    let mut known = Vec::new();
    for (number, (statement, expected)) in TAMPERINGS.into_iter().enumerate() {
        let account = format!("a-{number}");
        let chain = decided(&app, &account).await;
        tamper(&app, &statement.replace("CHAIN", &chain).replace("ACCOUNT", &account)).await;
        known.push(format!("{chain} {expected}"));
        let mut found = faults(&app, "").await;
        found.sort();
        let mut expected = known.clone();
        expected.sort();
        assert_eq!(found, expected, "{statement}");
    }
}

/// A note on an alert, written and edited: the alert's chain of three events.
async fn noted(app: &TestApp, account: &str) -> String {
    let alert = raise(app, account).await;
    let notes = format!("/api/v1/alerts/{alert}/notes");
    let written = app.post(&notes, &json!({"text": "called the customer"})).await;
    assert!(written.status.is_success(), "{}", written.body);
    let id = written.body["id"].as_str().unwrap();
    let request = axum::http::Request::put(format!("{notes}/{id}"))
        .header("authorization", format!("Bearer {}", app.key()))
        .header("content-type", "application/json")
        .header("if-match", "\"1\"")
        .body(axum::body::Body::from(json!({"text": "called twice"}).to_string()));
    let edited = app.call(request.unwrap()).await;
    assert!(edited.status.is_success(), "{}", edited.body);
    format!("alert:{alert}")
}

#[tokio::test]
async fn a_note_that_was_changed_removed_or_slipped_in_is_named() {
    for (statement, place, end) in [
        (
            "update notes set text = 'called nobody' where version = 1",
            "2: version 1",
            "is not what was written",
        ),
        ("delete from notes where version = 2", "3: version 2", "is missing"),
        (
            "insert into notes select id, 3, alert_id, author, 'paid', written_at, hash from notes where version = 1",
            "0: version 3",
            "stands in no event",
        ),
    ] {
        let app = app().await;
        let chain = noted(&app, "a").await;
        assert_eq!(faults(&app, "").await, Vec::<String>::new());
        tamper(&app, statement).await;
        let found = faults(&app, "").await;
        assert_eq!(found.len(), 1, "{found:?}");
        let is_named =
            found[0].starts_with(&format!("{chain} {place} of the note nte_")) && found[0].ends_with(end);
        assert!(is_named, "{found:?}");
    }
}

/// The end of a chain, cut off with its head set back to match: every row that is left is right.
fn cut(chain: &str) -> String {
    format!(
        "delete from audit_events where chain = '{chain}' and sequence = 3;
        update alerts set audit_sequence = 2,
          audit_hash = (select hash from audit_events where chain = '{chain}' and sequence = 2)
        where account_id = 'a'"
    )
}

#[tokio::test]
async fn a_cut_tail_is_found_by_the_anchor() {
    let app = app().await;
    let chain = decided(&app, "a").await;
    anchored(&app).await;
    tamper(&app, &cut(&chain)).await;
    let expected =
        "3: it is not the event that anchor 1 covers: it was changed, or the chain's end was cut off";
    assert_eq!(faults(&app, "").await, [format!("{chain} {expected}")]);
}

#[tokio::test]
async fn without_an_anchor_a_cut_tail_leaves_no_trace() {
    let app = app().await;
    let chain = decided(&app, "a").await;
    tamper(&app, &cut(&chain)).await;
    assert_eq!(faults(&app, "").await, Vec::<String>::new());
}

#[tokio::test]
async fn anchors_that_were_cut_or_made_anew_are_found_by_the_log() {
    let app = app().await;
    let chain = decided(&app, "a").await;
    let log = anchored(&app).await;
    let all = "delete from audit_anchor_leaves; delete from audit_anchors";
    tamper(&app, &format!("{}; {all}", cut(&chain))).await;
    assert_eq!(faults(&app, "").await, Vec::<String>::new(), "the database alone cannot tell");
    assert_eq!(faults(&app, &log).await, ["anchors 1: it is missing"]);
    // Anchored again over what is left, the trail is whole in itself.
    anchored(&app).await;
    assert_eq!(faults(&app, "").await, Vec::<String>::new());
    let noise = format!("no JSON\n{{\"event\": \"request_completed\"}}\n{log}\n");
    assert_eq!(faults(&app, &noise).await, ["anchors 1: the log tells another anchor of this number"]);
    assert!(read_told("{\"event\": \"audit_anchored\", \"number\": 1}").unwrap_err().contains("line 1"));
}

#[tokio::test]
async fn an_anchor_whose_leaves_or_hash_were_changed_is_named() {
    for (statement, expected) in [
        (
            "delete from audit_anchor_leaves where anchor = 2",
            "2: the root is not that of the chains it names",
        ),
        ("update audit_anchors set n_chains = 9 where number = 2", "2: hash is not that of prev_hash"),
        (
            "delete from audit_anchor_leaves where anchor = 1; delete from audit_anchors where number = 1",
            "1: it is missing",
        ),
    ] {
        let app = app().await;
        decided(&app, "a").await;
        anchored(&app).await;
        decided(&app, "b").await;
        anchored(&app).await;
        tamper(&app, statement).await;
        let found = faults(&app, "").await;
        assert_eq!(found.len(), 1, "{statement}: {found:?}");
        assert!(found[0].starts_with(&format!("anchors {expected}")), "{statement}: {found:?}");
    }
}

#[tokio::test]
async fn an_anchor_covers_what_has_grown_and_is_told_once_more_by_the_next_task() {
    let app = app().await;
    // The caller's key was made before.
    anchored(&app).await;
    let alert = raise(&app, "a").await;
    let first = handle(&app, &json!({"task": "anchor"})).await.unwrap();
    // The alert's chain and the configuration's.
    assert_eq!((&first["made"], &first["anchors"][1]["n_chains"]), (&json!(1), &json!(2)));
    act(&app, &alert, "claim", &json!({})).await;
    let second = handle(&app, &json!({"task": "anchor"})).await.unwrap();
    let [again, new] = second["anchors"].as_array().unwrap().as_slice() else {
        panic!("{second}");
    };
    assert_eq!(again, &first["anchors"][1]);
    assert_eq!((&new["number"], &new["n_chains"]), (&json!(3), &json!(1)));
    assert_eq!(new["prev_hash"], again["hash"]);
    let third = handle(&app, &json!({"task": "anchor"})).await.unwrap();
    assert_eq!((&third["made"], &third["anchors"]), (&json!(0), &json!([new])));
}

#[tokio::test]
async fn the_task_finds_a_broken_chain_each_time_and_raises_one_alert() {
    let app = app().await;
    let chain = decided(&app, "a").await;
    anchored(&app).await;
    let state = of_function(&app.state, "retrain");
    let run = async |task: &str| {
        retrain::handler(&state, &json!({"task": task}), jiff::Timestamp::now()).await.unwrap()
    };
    let whole = run("verify-audit").await;
    assert_eq!(
        (&whole["n_broken"], &whole["n_anchors"], &whole["alert_id"]),
        (&json!(0), &json!(1), &json!(null))
    );
    assert_eq!(run("metrics").await["audit_faults"], 0);
    tamper(&app, &cut(&chain)).await;
    let broken = run("verify-audit").await;
    assert_eq!(broken["n_broken"], 1, "{broken}");
    assert!(broken["faults"][0].as_str().unwrap().starts_with(&format!("{chain} 3: ")), "{broken}");
    let alert = broken["alert_id"].as_str().unwrap();
    let again = run("verify-audit").await;
    assert_eq!((&again["n_broken"], &again["alert_id"]), (&json!(1), &json!(null)), "one alert is enough");
    let told = run("metrics").await;
    assert_eq!(told["audit_faults"], 1);
    let is_noted = state.meter.take().iter().any(|it| it.metric.name == "AuditFaults" && it.total == 1.0);
    assert!(is_noted);
    let open =
        "select count(*) from alerts where kind = 'system' and cause = 'audit_broken' and status = 'active'";
    assert_eq!(app.database.number(open).await, 1);
    let raised = shared::testing::audit_trail::verified_chain(&app.database, &format!("alert:{alert}")).await;
    assert_eq!((raised.len(), &raised[0].after["cause"]), (1, &json!("audit_broken")));
}

#[tokio::test]
async fn chains_that_grow_while_they_are_verified_are_no_fault() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let growing = {
        let (app, alert) = (app.clone(), alert.clone());
        tokio::spawn(async move {
            for _ in 0..20 {
                act(&app, &alert, "claim", &json!({})).await;
                act(&app, &alert, "release", &json!({})).await;
            }
        })
    };
    while !growing.is_finished() {
        assert_eq!(faults(&app, "").await, Vec::<String>::new());
    }
    growing.await.unwrap();
    assert_eq!(verify(&app.state, &[]).await.unwrap().n_events, 43);
}
