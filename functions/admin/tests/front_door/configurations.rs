//! Configuration versions that people make, and go back to.

use crate::app;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use shared::testing::alerting::{deploy, give_habit, payment, send};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::verified_chain;

const CONFIGURATIONS: &str = "/api/v1/configurations";

/// POSTs with this `If-Match`, or without one.
async fn post_on(app: &TestApp, path: &str, seen: Option<i64>, body: &Value) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", app.key()))
        .header(header::CONTENT_TYPE, "application/json");
    let request = match seen {
        Some(version) => request.header(header::IF_MATCH, format!("\"{version}\"")),
        None => request,
    };
    app.call(request.body(Body::from(body.to_string())).unwrap()).await
}

/// The active version.
async fn active(app: &TestApp) -> i64 {
    app.database.number("select configuration_version from active_versions").await
}

#[tokio::test]
async fn a_person_makes_a_version_that_the_next_transaction_is_scored_with() {
    let app = app().await;
    give_habit(&app, "a").await;
    let seen = active(&app).await;
    let body = json!({"threshold_medium": 0.01, "reason": "look at everything"});
    let made = post_on(&app, CONFIGURATIONS, Some(seen), &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let version = made.body["version"].as_i64().unwrap();
    assert_eq!(made.headers["etag"], format!("\"{version}\""));
    assert_eq!((&made.body["origin"], &made.body["fixed"]), (&json!("person"), &json!(["threshold_medium"])));
    assert_eq!((&made.body["threshold_high"], &made.body["alert_budget"]), (&json!(0.8), &json!(0.005)));
    let scored = send(&app, &payment("a", "54.00", 0)).await;
    assert_eq!(scored["assessment"]["versions"]["configuration"], version, "{scored}");
    assert_ne!(scored["assessment"]["severity"], "low", "{scored}");
    let chain = verified_chain(&app.database, "configuration").await;
    let last = chain.last().unwrap();
    assert_eq!(last.actor, format!("key:{}", app.key().split('_').nth(1).unwrap()));
    assert_eq!(
        (&last.before["threshold_medium"], &last.after["threshold_medium"]),
        (&json!(0.5), &json!(0.01))
    );
    assert_eq!(last.after["reason"], "look at everything");
}

#[tokio::test]
async fn a_change_must_be_made_on_the_active_version() {
    let app = app().await;
    let seen = active(&app).await;
    let body = json!({"alert_cap_per_account_hour": 5, "reason": "r"});
    let bare = post_on(&app, CONFIGURATIONS, None, &body).await;
    assert_eq!(bare.status, StatusCode::PRECONDITION_REQUIRED, "{}", bare.body);
    let made = post_on(&app, CONFIGURATIONS, Some(seen), &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let stale = post_on(&app, CONFIGURATIONS, Some(seen), &body).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.body);
    assert_eq!(stale.body["error"]["current_version"], made.body["version"]);
    assert_eq!(app.database.number("select count(*) from configurations").await, 2);
}

#[tokio::test]
async fn what_a_person_fixed_stays_fixed_in_the_versions_after_it() {
    let app = app().await;
    let weights = json!({"statistical": 0.2, "behavioral": 0.3, "ml": 0.5});
    let first = json!({"weights": weights, "reason": "r"});
    let first = post_on(&app, CONFIGURATIONS, Some(active(&app).await), &first).await;
    assert_eq!(
        (&first.body["weights"], &first.body["fixed"]),
        (&weights, &json!(["weights"])),
        "{}",
        first.body
    );
    let second = json!({"alert_budget": 0.01, "reason": "r"});
    let second = post_on(&app, CONFIGURATIONS, Some(active(&app).await), &second).await;
    assert_eq!(
        (&second.body["weights"], &second.body["fixed"]),
        (&weights, &json!(["weights", "alert_budget"]))
    );
}

#[tokio::test]
async fn every_wrong_field_of_a_change_is_named() {
    let app = app().await;
    let seen = active(&app).await;
    let pointers = async |body: Value| {
        let answer = post_on(&app, CONFIGURATIONS, Some(seen), &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        let details = answer.body["error"]["details"].as_array().unwrap().clone();
        details.iter().map(|detail| detail["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let wrong = json!({"threshold_medium": "low", "weights": {"statistical": 1, "ml": 2}, "alert_budget": 1,
        "alert_cap_per_account_hour": 21, "label_maturity_days": 3});
    let expected = [
        "/threshold_medium",
        "/weights/behavioral",
        "/alert_cap_per_account_hour",
        "/alert_budget",
        "/reason",
        "/label_maturity_days",
    ];
    assert_eq!(pointers(wrong).await, expected);
    let heavy = json!({"weights": {"statistical": 1, "behavioral": 1, "ml": 1}, "reason": "r"});
    assert_eq!(pointers(heavy).await, ["/weights"]);
    assert_eq!(pointers(json!({"threshold_high": 0.4, "reason": "r"})).await, ["/threshold_high"]);
    assert_eq!(pointers(json!({"reason": "r"})).await, [""]);
    assert_eq!(active(&app).await, seen);
}

#[tokio::test]
async fn an_older_version_is_gone_back_to_and_forward_again() {
    let app = app().await;
    let first = active(&app).await;
    let second = deploy(&app, &[("RISK_THRESHOLD_MEDIUM", "0.4")]).await.unwrap();
    let activate = |version: i64| format!("{CONFIGURATIONS}/{version}/activate");
    let stale = post_on(&app, &activate(first), Some(first), &Value::Null).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.body);
    for version in [first, first, second] {
        let answer = post_on(&app, &activate(version), None, &Value::Null).await;
        assert_eq!(
            (answer.status, &answer.body["version"]),
            (StatusCode::OK, &json!(version)),
            "{}",
            answer.body
        );
        assert_eq!(active(&app).await, version);
    }
    let chain = verified_chain(&app.database, "configuration").await;
    let versions: Vec<&Value> = chain.iter().map(|event| &event.after["version"]).collect();
    assert_eq!(versions, [first, second, first, second], "what was active already is no change");
    for unknown in ["0", "999", "x"] {
        let answer = post_on(&app, &format!("{CONFIGURATIONS}/{unknown}/activate"), None, &Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unknown}: {}", answer.body);
    }
}

#[tokio::test]
async fn from_which_severity_two_people_decide_is_chosen_and_taken_back() {
    let app = app().await;
    let seen = active(&app).await;
    let body = json!({"approval_from_severity": "high", "reason": "the auditors ask for it"});
    let made = post_on(&app, CONFIGURATIONS, Some(seen), &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(
        (&made.body["approval_from_severity"], &made.body["fixed"]),
        (&json!("high"), &json!(["approval_from_severity"]))
    );
    let version = made.body["version"].as_i64();
    let wrong = json!({"approval_from_severity": "grave", "reason": "r"});
    let refused = post_on(&app, CONFIGURATIONS, version, &wrong).await;
    assert_eq!(refused.body["error"]["details"][0]["pointer"], "/approval_from_severity", "{}", refused.body);
    let back = post_on(&app, &format!("{CONFIGURATIONS}/{seen}/activate"), version, &json!({})).await;
    assert_eq!(back.body["approval_from_severity"], "off", "{}", back.body);
}
