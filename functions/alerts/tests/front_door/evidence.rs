//! An alert's trail and its evidence bundle: what they answer, and what a changed row makes of them.

use crate::app;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::domain::evidence::check;
use shared::testing::alerting::{act, act_on, alert_of, deploy, payment, raise, resolve, send};
use shared::testing::app::{Answer, TestApp, of_function};
use shared::testing::builders::noon;
use shared::testing::history::ingest_habit;

/// An alert that was raised, folded into, claimed and decided.
async fn decided(app: &TestApp) -> String {
    let alert = raise(app, "a").await;
    send(app, &payment("a", "900.00", 5)).await;
    act(app, &alert, "claim", &json!({})).await;
    let decision =
        json!({"disposition": "confirmed_fraud", "notes": "card & <PIN> stolen", "confidence": 0.9});
    let answer = act(app, &alert, "decide", &decision).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    alert
}

async fn evidence(app: &TestApp, alert: &str) -> Answer {
    let answer = app.get(&format!("/api/v1/alerts/{alert}/evidence")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer
}

/// Makes an anchor over what has grown, as the schedule does.
async fn anchor(app: &TestApp) {
    let state = of_function(&app.state, "retrain");
    retrain::handler(&state, &json!({"task": "anchor"}), jiff::Timestamp::now()).await.unwrap();
}

#[tokio::test]
async fn the_trail_shows_hashes_and_the_bytes_that_were_hashed() {
    let app = app().await;
    let alert = decided(&app).await;
    let path = format!("/api/v1/alerts/{alert}/audit");
    let trail = app.get(&path).await;
    assert_eq!(trail.status, StatusCode::OK, "{}", trail.body);
    assert_eq!((&trail.body["is_verified"], &trail.body["fault"]), (&json!(true), &Value::Null));
    assert_eq!(
        (&trail.body["chain"], &trail.body["anchor"]),
        (&json!(format!("alert:{alert}")), &Value::Null)
    );
    let events = trail.body["events"].as_array().unwrap();
    let actions: Vec<&str> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["alert_raised", "alert_claimed", "alert_decided"]);
    assert_eq!(trail.body["head"]["hash"], events[2]["hash"]);
    let canonical = STANDARD.decode(events[1]["canonical"].as_str().unwrap()).unwrap();
    assert!(canonical.windows(13).any(|part| part == b"alert_claimed"));
    anchor(&app).await;
    assert_eq!(app.get(&path).await.body["anchor"]["number"], 1);
    assert_eq!(app.get("/api/v1/alerts/alr_1/audit").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_changed_event_is_named_in_the_trail_and_in_the_bundle() {
    let app = app().await;
    let alert = decided(&app).await;
    app.database
        .owner()
        .await
        .batch_execute(
            "alter table audit_events disable trigger all;
            update audit_events set actor = 'key:nobody' where chain like 'alert:%' and sequence = 2",
        )
        .await
        .unwrap();
    let trail = app.get(&format!("/api/v1/alerts/{alert}/audit")).await.body;
    let expected = format!("alert:{alert} 2: the column actor is not what the hashed bytes say");
    assert_eq!((&trail["is_verified"], &trail["fault"]), (&json!(false), &json!(expected)));
    let found = check(evidence(&app, &alert).await.text.as_bytes(), None).unwrap_err();
    assert_eq!(found[0].to_string(), "audit: event 2: the column actor is not what the hashed bytes say");
}

#[tokio::test]
async fn a_bundle_answers_the_five_questions_and_verifies_offline() {
    let app = app().await;
    let alert = decided(&app).await;
    anchor(&app).await;
    let answer = evidence(&app, &alert).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    let checked = check(answer.text.as_bytes(), None).unwrap();
    assert_eq!((checked.alert_id, checked.head.sequence), (alert.clone(), 3));
    assert_eq!(checked.anchor.map(|(anchor, covered)| (anchor.number, covered)), Some((1, 3)));
    let sections = &answer.body["sections"];
    let answers = sections["answers"].as_array().unwrap();
    let said: Vec<&str> = answers.iter().map(|it| it["answer"].as_str().unwrap()).collect();
    assert_eq!(said.len(), 5);
    assert!(said[0].starts_with("The first of 2 assessments raised it at"), "{}", said[0]);
    assert!(said[0].contains("The highest is of a payment of 900.00 EUR by a to shop-0"), "{}", said[0]);
    assert!(said[1].contains("behavioral scored") && said[1].contains("configuration 1"), "{}", said[1]);
    let key = app.key().split('_').nth(1).unwrap();
    assert!(said[2].contains(&format!("alert claimed by key:{key} at")), "{}", said[2]);
    assert!(said[3].contains("confirmed fraud") && said[3].contains("card & <PIN> stolen"), "{}", said[3]);
    assert!(said[4].starts_with("It was resolved at"), "{}", said[4]);
    let is_answered: Vec<&Value> = answers.iter().map(|it| &it["is_answered"]).collect();
    assert_eq!(is_answered, [true, true, true, true, false].map(Value::from).iter().collect::<Vec<_>>());
    for pointer in answers.iter().flat_map(|it| it["evidence"].as_array().unwrap()) {
        let pointer = pointer.as_str().unwrap();
        assert!(answer.body.pointer(pointer).is_some_and(|it| !it.is_null()), "{pointer} leads nowhere");
    }
    let n_of = |name: &str| sections[name].as_array().unwrap().len();
    assert_eq!((n_of("transactions"), n_of("assessments"), n_of("labels")), (2, 2, 2));
    assert_eq!(sections["labels"][0]["verdict"], "fraud");
    assert_eq!(sections["configurations"][0]["threshold_medium"], 0.5);
}

#[tokio::test]
async fn a_bundle_holds_what_waits_for_a_second_person_and_who_that_was() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    deploy(&app, &[("APPROVAL_FROM_SEVERITY", "high")]).await.unwrap();
    act(&app, &alert, "claim", &json!({})).await;
    let decision = json!({"disposition": "false_positive", "notes": "café", "confidence": 1e-7});
    let proposed = act(&app, &alert, "decide", &decision).await;
    let bundle = evidence(&app, &alert).await;
    check(bundle.text.as_bytes(), None).unwrap();
    assert_eq!(bundle.body["sections"]["alert"]["proposal"], proposed.body["proposal"]);
    let answer = bundle.body["sections"]["answers"][3]["answer"].as_str().unwrap();
    assert!(answer.starts_with("Nothing yet: false positive was proposed by key:"), "{answer}");

    let write = async |disposition: &str| {
        let change = "update alerts set proposal = jsonb_set(proposal, '{disposition}', to_jsonb($1::text))";
        app.database.owner().await.execute(change, &[&disposition]).await.unwrap();
    };
    write("benign_positive").await;
    let found = check(evidence(&app, &alert).await.text.as_bytes(), None).unwrap_err();
    assert_eq!(found[0].to_string(), "alert: its proposal is not what the audit events say");
    write("false_positive").await;

    let supervisor = app.with_role(Role::Supervisor).await;
    let seen = proposed.headers["etag"].to_str().unwrap();
    let approved = act_on(&supervisor, (&alert, "approve"), (seen, &json!({}))).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.body);
    let bundle = evidence(&app, &alert).await;
    check(bundle.text.as_bytes(), None).unwrap();
    let decided = bundle.body["sections"]["answers"][3]["answer"].as_str().unwrap();
    let approver = supervisor.key().split('_').nth(1).unwrap();
    assert!(decided.contains(&format!(", approved by key:{approver}")), "{decided}");

    let change = "update alerts set decided_by = 'nobody'";
    app.database.owner().await.batch_execute(change).await.unwrap();
    let found = check(evidence(&app, &alert).await.text.as_bytes(), None).unwrap_err();
    assert_eq!(found[0].to_string(), "alert: its decided_by is not what the audit events say");
}

#[tokio::test]
async fn the_files_of_an_alert_are_named_in_its_bundle_and_on_its_page() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let file = |name: &str| json!({"name": name, "media_type": "text/plain", "content": "c2Vlbg=="});
    let first = act(&app, &alert, "attachments", &file("<first>.txt")).await.body;
    let erase = format!("attachments/{}/erase", first["id"].as_str().unwrap());
    assert_eq!(act(&app, &alert, &erase, &json!({"reason": "a passport"})).await.status, StatusCode::OK);
    let second = act(&app, &alert, "attachments", &file("second.txt")).await.body;
    let answer = evidence(&app, &alert).await;
    assert_eq!(check(answer.text.as_bytes(), None).unwrap().head.sequence, 4);
    let told = answer.body["sections"]["attachments"].as_array().unwrap();
    let facts: Vec<_> = told.iter().map(|it| (&it["id"], &it["sha256"], &it["erasure_reason"])).collect();
    assert_eq!(
        facts,
        [
            (&first["id"], &first["sha256"], &json!("a passport")),
            (&second["id"], &second["sha256"], &Value::Null)
        ]
    );
    assert!(!answer.text.contains("c2Vlbg"), "the content is no part of the evidence");
    let page = app.get(&format!("/api/v1/alerts/{alert}/evidence?format=html")).await.text;
    for shown in ["&lt;first&gt;.txt", "a passport", "second.txt", second["sha256"].as_str().unwrap()] {
        assert!(page.contains(shown), "{shown} is not on the page");
    }
    let tampered = "alter table attachments disable trigger all;
        update attachments set name = 'third.txt' where name = 'second.txt'";
    app.database.owner().await.batch_execute(tampered).await.unwrap();
    let found = check(evidence(&app, &alert).await.text.as_bytes(), None).unwrap_err();
    let expected = format!(
        "attachments: the record of the attachment {} is not what its events tell",
        second["id"].as_str().unwrap()
    );
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
}

#[tokio::test]
async fn models_are_named_with_their_hashes() {
    let app = app().await;
    ingest_habit(&app.state, app.key(), ("crowd", 300)).await;
    let state = of_function(&app.state, "retrain");
    let as_of = noon().to_string();
    let made =
        retrain::handler(&state, &json!({"task": "snapshot", "as_of": as_of}), jiff::Timestamp::now()).await;
    let baseline = made.unwrap()["model_id"].clone();
    assert!(baseline.is_string(), "{baseline}");
    let alert = alert_of(&send(&app, &payment("crowd", "9000.00", 0)).await);
    let answer = evidence(&app, &alert).await;
    check(answer.text.as_bytes(), None).unwrap();
    let models = &answer.body["sections"]["models"];
    assert_eq!((&models[0]["id"], &models[0]["kind"]), (&baseline, &json!("population_baseline")));
    assert_eq!(STANDARD.decode(models[0]["artifact_sha256"].as_str().unwrap()).unwrap().len(), 32);
}

#[tokio::test]
async fn an_undecided_alert_says_what_is_not_answered_yet() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    let answer = evidence(&app, &alert).await;
    let checked = check(answer.text.as_bytes(), None).unwrap();
    assert_eq!((checked.head.sequence, checked.anchor), (1, None));
    let answers = answer.body["sections"]["answers"].as_array().unwrap();
    let is_answered: Vec<bool> = answers.iter().map(|it| it["is_answered"].as_bool().unwrap()).collect();
    assert_eq!(is_answered, [true, true, false, false, false]);
    let triggered = answers[0]["answer"].as_str().unwrap();
    assert!(triggered.starts_with("Its only assessment raised it at"), "{triggered}");
    assert!(triggered.contains("It is of a payment of 200.00 EUR by a to shop-0"), "{triggered}");
    resolve(&app, &alert).await;
    let later = evidence(&app, &alert).await;
    assert_eq!(check(later.text.as_bytes(), None).unwrap().head.sequence, 3);
}

#[tokio::test]
async fn the_page_is_for_whoever_asks_for_html_and_escapes_what_people_wrote() {
    let app = app().await;
    let alert = decided(&app).await;
    let path = format!("/api/v1/alerts/{alert}/evidence");
    let page = app.get(&format!("{path}?format=html")).await;
    assert_eq!(page.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(page.text.contains("card &amp; &lt;PIN&gt; stolen"), "{}", page.text);
    assert!(!page.text.contains("<PIN>"));
    for shown in [&alert, "What triggered it?", "900.00 EUR", "alert_decided", "Manifest"] {
        assert!(page.text.contains(shown), "{shown} is not on the page");
    }
    let accepting = |types: &str| {
        let request = Request::get(&path)
            .header(header::AUTHORIZATION, format!("Bearer {}", app.key()))
            .header(header::ACCEPT, types);
        request.body(Body::empty()).unwrap()
    };
    let browser = app.call(accepting("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")).await;
    assert!(browser.text.starts_with("<!DOCTYPE html>"));
    assert!(app.call(accepting("*/*")).await.text.starts_with('{'));
    let wrong = app.get(&format!("{path}?format=pdf")).await;
    assert_eq!(
        (wrong.status, &wrong.body["error"]["details"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("?format"))
    );
    assert_eq!(app.get("/api/v1/alerts/alr_1/evidence").await.status, StatusCode::NOT_FOUND);
}
