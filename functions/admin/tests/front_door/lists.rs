//! Allow, deny and watch lists, and what they do to the next transaction.

use crate::{app, text};
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{alert_of, give_habit, payment, send};
use shared::testing::app::TestApp;
use shared::testing::audit_trail::verified_chain;

/// Puts something on a list: the entry's id.
async fn add(app: &TestApp, kind: &str, subject: &str, value: &str) -> String {
    let body = json!({"kind": kind, "subject": subject, "value": value, "reason": "seen before"});
    let added = app.post("/api/v1/lists", &body).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    assert_eq!((&added.body["status"], &added.body["removed_at"]), (&json!("active"), &Value::Null));
    text(&added.body["id"])
}

/// A payment with a device and an address.
fn payment_from(account: &str, amount: &str) -> Value {
    let mut payment = payment(account, amount, 0);
    payment["device"] = json!("d-1");
    payment["ip_address"] = json!("203.0.113.7");
    payment
}

#[tokio::test]
async fn what_is_allowed_raises_nothing_and_is_kept_with_the_reason() {
    for (subject, value) in
        [("account", "a"), ("counterparty", "shop-0"), ("device", "d-1"), ("ip", "203.0.113.7")]
    {
        let app = app().await;
        give_habit(&app, "a").await;
        let entry = add(&app, "allow", subject, value).await;
        let body = send(&app, &payment_from("a", "200.00")).await;
        assert_eq!((&body["alert"], &body["assessment"]["severity"]), (&Value::Null, &json!("critical")));
        let gate = &body["assessment"]["gate"];
        let reason = format!("the {subject} is on the allow list: seen before ({entry})");
        assert_eq!(*gate, json!({"gate": "allow_list", "reason": reason}));
        let held = format!("select count(*) from assessments where 'lst_' || held_by = '{entry}'");
        assert_eq!(app.database.number(&held).await, 1);
        assert_eq!(app.database.number("select count(*) from alerts").await, 0);
    }
}

#[tokio::test]
async fn what_is_denied_or_watched_raises_whatever_the_score_and_leaves_the_score() {
    for (kind, severity) in [("deny", "high"), ("watch", "medium")] {
        for (subject, value) in
            [("account", "a"), ("counterparty", "shop-0"), ("device", "d-1"), ("ip", "203.0.113.7")]
        {
            let app = app().await;
            give_habit(&app, "a").await;
            let entry = add(&app, kind, subject, value).await;
            let body = send(&app, &payment_from("a", "25.00")).await;
            assert_eq!(body["alert"]["outcome"], "raised", "{kind} {subject}: {body}");
            assert_eq!(body["assessment"]["severity"], "low", "the score is not changed");
            let first = &body["assessment"]["reasons"][0];
            assert_eq!((&first["layer"], &first["code"]), (&json!("lists"), &json!(format!("list_{kind}"))));
            assert_eq!(first["text"], format!("the {subject} is on the {kind} list: seen before ({entry})"));
            let detail = app.get(&format!("/api/v1/alerts/{}", alert_of(&body))).await.body;
            assert_eq!(detail["alert"]["severity"], severity, "{kind} {subject}: {detail}");
            assert_eq!(detail["assessment"]["reasons"][0], *first);
            let again = app.post("/api/v1/transactions", &payment_from("a", "25.00")).await;
            assert_eq!(again.body, body, "a repeat says what the list said");
        }
    }
}

#[tokio::test]
async fn deny_wins_over_allow_and_snooze_and_watch_does_not() {
    for (kind, outcome) in [("deny", json!("raised")), ("watch", Value::Null)] {
        let app = app().await;
        give_habit(&app, "a").await;
        add(&app, "allow", "account", "a").await;
        add(&app, kind, "counterparty", "shop-0").await;
        let until = (Timestamp::now() + SignedDuration::from_hours(1)).to_string();
        let snooze = json!({"account": "a", "until": until, "reason": "travels", "severity": "critical"});
        assert_eq!(app.post("/api/v1/snoozes", &snooze).await.status, StatusCode::CREATED);
        let body = send(&app, &payment_from("a", "25.00")).await;
        assert_eq!(body["alert"]["outcome"], outcome, "{kind}: {body}");
    }
}

#[tokio::test]
async fn a_denied_account_folds_into_its_open_alert_and_raises_its_severity() {
    let app = app().await;
    give_habit(&app, "a").await;
    let medium = send(&app, &payment("a", "60.00", 0)).await;
    assert_eq!(medium["assessment"]["severity"], "medium", "{medium}");
    add(&app, "deny", "account", "a").await;
    let body = send(&app, &payment("a", "25.00", 1)).await;
    assert_eq!((&body["alert"]["outcome"], alert_of(&body)), (&json!("folded"), alert_of(&medium)));
    let detail = app.get(&format!("/api/v1/alerts/{}", alert_of(&body))).await.body;
    assert_eq!(
        (&detail["alert"]["severity"], &detail["alert"]["n_assessments"]),
        (&json!("high"), &json!(2))
    );
}

#[tokio::test]
async fn an_entry_that_expired_or_was_removed_has_no_effect() {
    let app = app().await;
    give_habit(&app, "a").await;
    give_habit(&app, "b").await;
    add(&app, "deny", "account", "a").await;
    let removed = add(&app, "deny", "account", "b").await;
    let owner = app.database.owner().await;
    owner.batch_execute("update list_entries set expires_at = now() where value = 'a'").await.unwrap();
    let path = format!("/api/v1/lists/{removed}/remove");
    let first = app.post(&path, &Value::Null).await;
    assert_eq!((first.status, &first.body["status"]), (StatusCode::OK, &json!("ended")));
    assert_eq!(app.post(&path, &Value::Null).await.body, first.body, "once");
    for account in ["a", "b"] {
        let body = send(&app, &payment(account, "25.00", 0)).await;
        assert_eq!(body["alert"], Value::Null, "{body}");
        assert_ne!(body["assessment"]["reasons"][0]["layer"], "lists", "{body}");
    }
    assert_eq!(app.database.number("select count(*) from list_entries").await, 2, "they stay as history");
}

#[tokio::test]
async fn each_item_of_a_batch_meets_the_lists_of_its_own_parties() {
    let app = app().await;
    for account in ["a", "b", "c"] {
        give_habit(&app, account).await;
    }
    add(&app, "deny", "account", "a").await;
    add(&app, "allow", "account", "b").await;
    let rows = [payment("a", "25.00", 0), payment("b", "200.00", 0), payment("c", "25.00", 0)];
    let body = app.post("/api/v1/transactions/batch", &json!({"transactions": rows})).await.body;
    let alerted: Vec<bool> =
        body["items"].as_array().unwrap().iter().map(|item| item["alert_id"].is_string()).collect();
    assert_eq!(alerted, [true, false, false], "{body}");
    let held = "select count(*) from assessments where gate = 'allow_list'";
    assert_eq!(app.database.number(held).await, 1);
}

#[tokio::test]
async fn the_same_entry_twice_is_refused_while_the_first_is_in_force() {
    let app = app().await;
    let entry = add(&app, "allow", "ip", "0:0:0:0:0:0:0:1").await;
    let body = json!({"kind": "allow", "subject": "ip", "value": "::1", "reason": "again"});
    let refused = app.post("/api/v1/lists", &body).await;
    assert_eq!(
        (refused.status, &refused.body["error"]["type"]),
        (StatusCode::CONFLICT, &json!("WrongState"))
    );
    assert!(refused.body["error"]["message"].as_str().unwrap().contains(&entry), "{}", refused.body);
    app.post(&format!("/api/v1/lists/{entry}/remove"), &Value::Null).await;
    assert_eq!(app.post("/api/v1/lists", &body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn every_wrong_field_of_an_entry_is_named() {
    let app = app().await;
    let body =
        json!({"kind": "block", "subject": "ip", "value": "somewhere", "expires_at": "2020-01-01T00:00:00Z"});
    let answer = app.post("/api/v1/lists", &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let details = answer.body["error"]["details"].as_array().unwrap().clone();
    let pointers: Vec<&str> = details.iter().map(|detail| detail["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/kind", "/value", "/reason", "/expires_at"]);
    let unknown = app.post("/api/v1/lists/lst_0/remove", &Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn supervisors_keep_the_lists_and_every_person_reads_them() {
    let app = app().await;
    for role in Role::ALL {
        let caller = app.with_role(role).await;
        let body = json!({"kind": "deny", "subject": "account", "value": role.as_str(), "reason": "r"});
        let may_write = matches!(role, Role::Supervisor | Role::Admin);
        let expected = if may_write { StatusCode::CREATED } else { StatusCode::FORBIDDEN };
        assert_eq!(caller.post("/api/v1/lists", &body).await.status, expected, "{}", role.as_str());
        let may_read = if role == Role::Ingest { StatusCode::FORBIDDEN } else { StatusCode::OK };
        assert_eq!(caller.get("/api/v1/lists").await.status, may_read, "{}", role.as_str());
    }
}

#[tokio::test]
async fn lists_are_read_newest_first_by_their_filters() {
    let app = app().await;
    let mut made = Vec::new();
    for (kind, value) in [("allow", "a"), ("deny", "a"), ("deny", "b"), ("watch", "c")] {
        made.push(add(&app, kind, "account", value).await);
    }
    app.post(&format!("/api/v1/lists/{}/remove", made[1]), &Value::Null).await;
    let ids = async |query: &str| {
        let body = app.get(&format!("/api/v1/lists?{query}")).await.body;
        let lists = body["lists"].as_array().unwrap().clone();
        lists.iter().map(|entry| text(&entry["id"])).collect::<Vec<_>>()
    };
    let newest_first: Vec<String> = made.iter().rev().cloned().collect();
    assert_eq!(ids("").await, newest_first);
    assert_eq!(ids("kind=deny").await, [made[2].clone(), made[1].clone()]);
    assert_eq!(ids("value=a&subject=account").await, [made[1].clone(), made[0].clone()]);
    assert_eq!(ids("status=ended").await, [made[1].clone()]);
    assert_eq!(ids("status=active&kind=deny").await, [made[2].clone()]);
    let first = app.get("/api/v1/lists?limit=3").await.body;
    let second = ids(&format!("limit=3&cursor={}", text(&first["next_cursor"]))).await;
    assert_eq!(second, [made[0].clone()]);
}

#[tokio::test]
async fn every_change_of_a_list_is_one_event() {
    let app = app().await;
    let entry = add(&app, "deny", "device", "d-1").await;
    app.post(&format!("/api/v1/lists/{entry}/remove"), &Value::Null).await;
    let chain = verified_chain(&app.database, "configuration").await;
    let mine: Vec<_> = chain.iter().filter(|event| event.after["entry_id"] == entry.as_str()).collect();
    let actions: Vec<&str> = mine.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["list_entry_added", "list_entry_removed"]);
    assert_eq!((&mine[1].before["removed_at"], &mine[1].after["value"]), (&Value::Null, &json!("d-1")));
}
