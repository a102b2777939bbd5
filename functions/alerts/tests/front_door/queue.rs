//! What the queue shows of an alert, and its filters.

use crate::app;
use crate::seeded::{raised_at, seed};
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::alerting::{give_habit, payment, raise, send};
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
    let cases: [(String, Belongs); 9] = [
        ("status=active".into(), |a| is_one_of(a, "status", &["active"])),
        ("status=in_review,closed".into(), |a| is_one_of(a, "status", &["in_review", "closed"])),
        ("severity=critical".into(), |a| is_one_of(a, "severity", &["critical"])),
        ("severity=low,high".into(), |a| is_one_of(a, "severity", &["low", "high"])),
        ("account=seeded-7".into(), |a| is_one_of(a, "account", &["seeded-7"])),
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
    assert_eq!(listed(&app, "account=nobody").await.len(), 0);
    assert_eq!(listed(&app, "to=1900-01-01T00:00:00Z").await.len(), 0);
}
