//! What would have fired: entries and snoozes against what was assessed before them.

use crate::{app, text};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::testing::alerting::{alert_of, give_habit, payment, send};
use shared::testing::app::TestApp;

async fn preview_of(app: &TestApp, kind: &str, subject: &str, value: &str) -> (String, Value) {
    let body = json!({"kind": kind, "subject": subject, "value": value, "reason": "r"});
    let added = app.post("/api/v1/lists", &body).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    let path = format!("/api/v1/lists/{}/preview", text(&added.body["id"]));
    let preview = app.get(&path).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    (path, preview.body)
}

/// What the preview counts: examined, held back, raised, examples.
fn counts(preview: &Value) -> [u64; 4] {
    [
        preview["n_examined"].as_u64().unwrap(),
        preview["would_hold_back"].as_u64().unwrap(),
        preview["would_raise"].as_u64().unwrap(),
        preview["examples"].as_array().unwrap().len() as u64,
    ]
}

/// Sixty ordinary payments of `a` and of `b`, to ten shops; then one of `a` raises an alert and one folds into it.
async fn history(app: &TestApp) -> String {
    give_habit(app, "a").await;
    give_habit(app, "b").await;
    let raised = send(app, &payment("a", "200.00", 0)).await;
    let folded = send(app, &payment("a", "900.00", 1)).await;
    assert_eq!(folded["alert"]["outcome"], "folded", "{folded}");
    alert_of(&raised)
}

#[tokio::test]
async fn an_allow_entry_says_which_alerts_it_would_have_held_back() {
    let app = app().await;
    let alert = history(&app).await;
    let (_, preview) = preview_of(&app, "allow", "account", "a").await;
    assert_eq!(counts(&preview), [62, 2, 0, 2], "{preview}");
    assert_eq!((&preview["is_complete"], &preview["held_back_so_far"]), (&json!(true), &json!(0)));
    let examples = preview["examples"].as_array().unwrap();
    assert!(examples.iter().all(|example| example["alert_id"] == alert.as_str()), "{preview}");
    assert!(examples[0]["risk_score"].as_f64() >= examples[1]["risk_score"].as_f64(), "highest first");
    let (_, of_shop) = preview_of(&app, "allow", "counterparty", "shop-0").await;
    assert_eq!(counts(&of_shop), [2, 2, 0, 2], "of what raised or folded: {of_shop}");
    let (_, of_nobody) = preview_of(&app, "allow", "device", "d-9").await;
    assert_eq!(counts(&of_nobody), [2, 0, 0, 0], "{of_nobody}");
}

#[tokio::test]
async fn a_deny_or_watch_entry_says_what_it_would_have_raised() {
    let app = app().await;
    history(&app).await;
    let (_, of_account) = preview_of(&app, "deny", "account", "a").await;
    assert_eq!(counts(&of_account), [62, 0, 60, 10], "{of_account}");
    assert_eq!(of_account["held_back_so_far"], Value::Null);
    let (_, of_shop) = preview_of(&app, "watch", "counterparty", "shop-0").await;
    let to_shop = "select count(*) from transactions t join assessments a on a.id = t.id
        where t.counterparty_id = 'shop-0' and a.alert_id is null";
    let expected = u64::try_from(app.database.number(to_shop).await).unwrap();
    assert_eq!(counts(&of_shop)[..3], [122, 0, expected], "{of_shop}");
    assert!(expected > 0);
}

#[tokio::test]
async fn an_entry_counts_what_it_has_held_back_since() {
    let app = app().await;
    history(&app).await;
    let (path, _) = preview_of(&app, "allow", "account", "a").await;
    preview_of(&app, "allow", "account", "b").await;
    for (account, amount) in [("a", "300.00"), ("a", "400.00"), ("b", "300.00")] {
        let body = send(&app, &payment(account, amount, 2)).await;
        assert_eq!(body["assessment"]["gate"]["gate"], "allow_list", "{body}");
    }
    assert_eq!(app.get(&path).await.body["held_back_so_far"], 2);
}

#[tokio::test]
async fn a_snooze_says_what_it_would_have_held_back_and_has() {
    let app = app().await;
    let alert = history(&app).await;
    let until = (Timestamp::now() + SignedDuration::from_hours(1)).to_string();
    let snooze = async |fields: Value| {
        let mut body = json!({"account": "a", "until": until, "reason": "travels"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let made = app.post("/api/v1/snoozes", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        format!("/api/v1/snoozes/{}/preview", text(&made.body["id"]))
    };
    let at_medium = snooze(json!({"severity": "medium"})).await;
    assert_eq!(counts(&app.get(&at_medium).await.body), [62, 0, 0, 0], "both were critical");
    let of_another_reason = snooze(json!({"reason_code": "another_reason"})).await;
    assert_eq!(counts(&app.get(&of_another_reason).await.body), [62, 0, 0, 0]);
    let of_all = snooze(json!({})).await;
    let preview = app.get(&of_all).await.body;
    assert_eq!(counts(&preview), [62, 2, 0, 2], "{preview}");
    let detail = app.get(&format!("/api/v1/alerts/{alert}")).await.body;
    let leading = &detail["assessment"]["reasons"][0]["code"];
    let of_its_reason = snooze(json!({"reason_code": leading})).await;
    let led = app.get(&of_its_reason).await.body;
    assert!(led["would_hold_back"].as_u64() >= Some(1), "{leading}: {led}");
    let held = send(&app, &payment("a", "300.00", 2)).await;
    assert_eq!(held["assessment"]["gate"]["gate"], "snooze", "{held}");
    assert_eq!(app.get(&of_all).await.body["held_back_so_far"], 1);
}

#[tokio::test]
async fn what_there_is_not_has_no_preview() {
    let app = app().await;
    for path in ["lists/lst_0", "snoozes/snz_0", "lists/lst_01890000-0000-7000-8000-000000000000"] {
        let answer = app.get(&format!("/api/v1/{path}/preview")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.body);
    }
}
