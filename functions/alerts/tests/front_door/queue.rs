//! What the queue shows of an alert, and its filters.

use crate::app;
use crate::seeded::{raised_at, seed};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{act, give_habit, payment, raise, send};
use shared::testing::app::TestApp;
use shared::testing::builders::noon;

async fn listed(app: &TestApp, query: &str) -> Vec<Value> {
    let answer = app.get(&format!("/api/v1/alerts?limit=200&{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
    answer.body["alerts"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_raised_alert_is_in_the_queue() {
    let app = app().await;
    give_habit(&app, "quiet").await;
    send(&app, &payment("quiet", "25.00", 0)).await;
    let id = raise(&app, "loud").await;
    let alerts = listed(&app, "").await;
    assert_eq!(alerts.len(), 1, "an ordinary payment raised an alert");
    let alert = &alerts[0];
    assert_eq!(alert["id"], json!(id));
    assert_eq!(alert["account"], "loud");
    assert_eq!((&alert["status"], &alert["severity"]), (&json!("active"), &json!("critical")));
    assert_eq!(alert["n_assessments"], 1);
    assert_eq!(alert["first_seen_at"], json!(noon().to_string()));
    assert!(alert["risk_score"].as_f64().unwrap() >= 0.8);
    assert!(alert["assignee"].is_null() && alert["decision"].is_null());
    let time = |name: &str| alert[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time("respond_by").duration_since(time("created_at")).as_secs(), 15 * 60);
    assert_eq!(time("resolve_by").duration_since(time("created_at")).as_secs(), 2 * 3_600);
}

/// Whether an alert of the unfiltered listing belongs into a filtered one.
type Belongs = fn(&Value) -> bool;

fn is_one_of(alert: &Value, field: &str, words: &[&str]) -> bool {
    words.contains(&alert[field].as_str().unwrap())
}

fn has_reason(alert: &Value, code: &str) -> bool {
    alert["reason_codes"].as_array().unwrap().contains(&json!(code))
}

fn created_at(alert: &Value) -> jiff::Timestamp {
    alert["created_at"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn each_filter_lets_exactly_its_alerts_through_in_both_orders() {
    let app = app().await;
    seed(&app.database, 0, 60).await;
    let all = listed(&app, "").await;
    assert_eq!(all.len(), 60);
    let (from, to) = (raised_at(20), raised_at(40));
    let cases: [(String, Belongs); 25] = [
        ("status=active".into(), |a| is_one_of(a, "status", &["active"])),
        ("status=in_review,closed".into(), |a| is_one_of(a, "status", &["in_review", "closed"])),
        ("severity=critical".into(), |a| is_one_of(a, "severity", &["critical"])),
        ("severity=low,high".into(), |a| is_one_of(a, "severity", &["low", "high"])),
        ("account=seeded-7".into(), |a| a["account"] == "seeded-7"),
        ("assignee=holder-1".into(), |a| a["assignee"] == "holder-1"),
        ("assignee=none".into(), |a| a["assignee"].is_null()),
        ("counterparty=shop-2".into(), |a| a["counterparty"] == "shop-2"),
        ("detector=ml".into(), |a| a["detector"] == "ml"),
        ("detector=ml,behavioral&status=closed".into(), |a| {
            a["status"] == "closed" && (a["detector"] == "ml" || a["detector"] == "behavioral")
        }),
        ("reason=more_3".into(), |a| has_reason(a, "more_3")),
        ("reason=more_3,code_2".into(), |a| has_reason(a, "more_3") || has_reason(a, "code_2")),
        ("min_risk_score=0.25".into(), |a| a["risk_score"].as_f64().unwrap() >= 0.25),
        ("currency=USD".into(), |a| a["currency"] == "USD"),
        ("currency=EUR&min_amount=3.00&max_amount=9".into(), |a| {
            a["currency"] == "EUR" && (3.0..=9.0).contains(&a["amount"].as_str().unwrap().parse().unwrap())
        }),
        ("is_escalated=true".into(), |a| a["is_escalated"] == true),
        ("is_escalated=false&status=active".into(), |a| {
            a["is_escalated"] == false && a["status"] == "active"
        }),
        ("kind=system".into(), |a| !a["cause"].is_null()),
        ("q=seeded-1".into(), |a| a["account"].as_str().is_some_and(|it| it.starts_with("seeded-1"))),
        ("q=shop-3".into(), |a| a["counterparty"] == "shop-3"),
        ("sla=breached".into(), |a| is_one_of(a, "status", &["active", "in_review"])),
        (format!("from={from}"), |a| created_at(a) >= raised_at(20)),
        (format!("to={to}"), |a| created_at(a) < raised_at(40)),
        (format!("from={from}&to={to}&status=active&severity=medium"), |a| {
            is_one_of(a, "status", &["active"])
                && is_one_of(a, "severity", &["medium"])
                && (raised_at(20)..raised_at(40)).contains(&created_at(a))
        }),
        ("from=1900-01-01T00:00:00Z".into(), |_| true),
    ];
    for (query, belongs) in cases {
        let mut expected: Vec<&Value> = all.iter().filter(|alert| belongs(alert)).collect();
        assert!(!expected.is_empty(), "{query} is no test: nothing belongs");
        let newest = listed(&app, &query).await;
        let names = |alerts: &[&Value]| -> Vec<String> {
            alerts.iter().map(|alert| alert["id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&newest.iter().collect::<Vec<_>>()), names(&expected), "{query}");
        let by_priority = listed(&app, &format!("{query}&sort=priority")).await;
        let key = |alert: &Value| (-alert["priority"].as_f64().unwrap(), alert["id"].to_string());
        expected = by_priority.iter().collect();
        expected.sort_by(|one, other| {
            key(one).0.total_cmp(&key(other).0).then_with(|| key(other).1.cmp(&key(one).1))
        });
        assert_eq!(names(&by_priority.iter().collect::<Vec<_>>()), names(&expected), "{query}");
        assert_eq!(by_priority.len(), newest.len(), "{query}");
    }
    let id = all[17]["id"].as_str().unwrap();
    for beginning in [id, &id[..22]] {
        let found = listed(&app, &format!("q={beginning}")).await;
        assert_eq!(found.iter().map(|alert| &alert["id"]).collect::<Vec<_>>(), [&json!(id)], "{beginning}");
    }
    assert_eq!(listed(&app, "q=_eeded").await.len(), 0, "a mark of a pattern is a letter here");
    assert_eq!(listed(&app, "account=nobody").await.len(), 0);
    assert_eq!(listed(&app, "to=1900-01-01T00:00:00Z").await.len(), 0);
}

#[tokio::test]
async fn me_is_the_key_that_asks() {
    let app = app().await;
    let (mine, other) = (raise(&app, "mine").await, raise(&app, "other").await);
    let analyst = app.with_role(Role::Analyst).await;
    assert_eq!(act(&analyst, &mine, "claim", &json!({})).await.status, StatusCode::OK);
    assert_eq!(act(&app, &other, "claim", &json!({})).await.status, StatusCode::OK);
    let found = listed(&analyst, "assignee=me").await;
    assert_eq!(found.iter().map(|alert| &alert["id"]).collect::<Vec<_>>(), [&json!(mine)]);
    let by_key = found[0]["assignee"].as_str().unwrap();
    assert_eq!(listed(&app, &format!("assignee={by_key}")).await.len(), 1);
}
