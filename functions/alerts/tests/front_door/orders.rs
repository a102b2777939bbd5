//! The five orders of the queue: whole, exact and page by page.

use crate::app;
use crate::seeded::seed;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::db::alert_queue::{self, AlertFilter, Page, QueueOrder};
use shared::testing::app::TestApp;
use std::cmp::Ordering;

/// Every alert of a listing, walked in pages of seven.
async fn walked(app: &TestApp, query: &str) -> Vec<Value> {
    let mut shown = Vec::new();
    let mut cursor = String::new();
    loop {
        let answer = app.get(&format!("/api/v1/alerts?limit=7&{query}{cursor}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
        shown.extend(answer.body["alerts"].as_array().unwrap().iter().cloned());
        match answer.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return shown,
        }
    }
}

fn number(alert: &Value, field: &str) -> f64 {
    match &alert[field] {
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap(),
    }
}

fn due(alert: &Value) -> Timestamp {
    let field = if alert["status"] == "active" { "respond_by" } else { "resolve_by" };
    alert[field].as_str().unwrap().parse().unwrap()
}

/// Newest first among equals.
fn newest(one: &Value, other: &Value) -> Ordering {
    other["id"].as_str().cmp(&one["id"].as_str())
}

#[tokio::test]
async fn each_order_shows_all_its_alerts_once_and_sorted() {
    let app = app().await;
    seed(&app.database, 0, 90).await;
    let all = walked(&app, "").await;
    type InOrder = fn(&Value, &Value) -> Ordering;
    type Belongs = fn(&Value) -> bool;
    let cases: [(&str, Belongs, InOrder); 4] = [
        (
            "sort=score",
            |_| true,
            |a, b| number(b, "risk_score").total_cmp(&number(a, "risk_score")).then_with(|| newest(a, b)),
        ),
        (
            "sort=priority",
            |_| true,
            |a, b| number(b, "priority").total_cmp(&number(a, "priority")).then_with(|| newest(a, b)),
        ),
        (
            "sort=amount&currency=EUR",
            |a| a["currency"] == "EUR",
            |a, b| number(b, "amount").total_cmp(&number(a, "amount")).then_with(|| newest(a, b)),
        ),
        (
            "sort=deadline",
            |a| a["status"] == "active" || a["status"] == "in_review",
            |a, b| due(a).cmp(&due(b)).then_with(|| newest(b, a)),
        ),
    ];
    for (query, belongs, in_order) in cases {
        let mut expected: Vec<&Value> = all.iter().filter(|alert| belongs(alert)).collect();
        expected.sort_by(|a, b| in_order(a, b));
        let shown = walked(&app, query).await;
        let ids = |alerts: &[&Value]| -> Vec<String> { alerts.iter().map(|a| a["id"].to_string()).collect() };
        assert_eq!(ids(&shown.iter().collect::<Vec<_>>()), ids(&expected), "{query}");
    }
}

/// Skewed: most rows have few distinct scores, one in three is past its time to resolve, severities and times repeat,
/// and the deadlines of an alert whose severity rose are nearer than its severity's own.
const SKEWED: &str = "
update alerts a
set severity = (array['low', 'medium', 'medium', 'medium', 'high', 'needs_review', 'critical'])[1 + s.n % 7],
  risk_score = case when s.n % 5 = 0 then (s.n * 37 % 101) / 101.0 else 0.5 end,
  n_confirmed_before = case when s.n % 11 = 0 then s.n % 4 else 0 end,
  created_at = timestamptz '2026-06-03 12:00:00+00' - make_interval(mins => (1 + s.n * 53 % 3000)::int4),
  respond_by = timestamptz '2026-06-03 12:00:00+00' + make_interval(mins => (s.n * 31 % 900 - 300)::int4),
  resolve_by = timestamptz '2026-06-03 12:00:00+00' + make_interval(mins => (s.n * 31 % 900 - 300)::int4)
from (select id, row_number() over (order by id) as n from alerts) as s
where s.id = a.id";

/// The formula of docs/API.md over every row, in units of 1e-9.
const FORMULA: &str = "
select a.id, round((
    0.40 * case a.severity
      when 'low' then 0.25 when 'medium' then 0.5 when 'high' then 0.75 when 'needs_review' then 0.9 else 1 end
    + 0.30 * a.risk_score
    + 0.15 * least(a.n_confirmed_before / 2.0, 1)
    + 0.15 * least(greatest(extract(epoch from timestamptz '2026-06-03 12:00:00+00' - a.created_at)
        / greatest(extract(epoch from a.resolve_by - a.created_at), 1), 0), 1)
  )::numeric, 9)::float8 as priority
from alerts a
where $1::text is null or a.status = $1
order by 2 desc, 1 desc";

#[tokio::test]
async fn the_priority_order_is_that_of_the_formula_over_all_rows() {
    let app = app().await;
    seed(&app.database, 0, 3_000).await;
    let owner = app.database.owner().await;
    owner.batch_execute(SKEWED).await.unwrap();
    owner.batch_execute("analyze alerts").await.unwrap();
    let as_of = "2026-06-03T12:00:00Z".parse().unwrap();
    for status in [None, Some("active"), Some("closed")] {
        let rows = owner.query(FORMULA, &[&status]).await.unwrap();
        let expected: Vec<f64> = rows.iter().map(|row| row.get("priority")).collect();
        let filter = AlertFilter { statuses: status.map(|it| vec![it.to_owned()]), ..AlertFilter::default() };
        let mut shown: Vec<alert_queue::QueuedAlert> = Vec::new();
        loop {
            let page = Page { as_of, after: shown.last().map(|last| last.position), limit: 61 };
            let rows = alert_queue::page(&owner, &filter, QueueOrder::Priority, page).await.unwrap();
            let is_last = rows.len() < 61;
            shown.extend(rows);
            if is_last {
                break;
            }
        }
        assert_eq!(shown.len(), expected.len(), "{status:?}");
        let furthest = shown.iter().zip(&expected).map(|(a, b)| (a.priority - b).abs()).fold(0.0, f64::max);
        assert!(furthest <= 2e-9, "{status:?}: a priority is {furthest} off its place");
        let is_sorted = shown
            .windows(2)
            .all(|pair| (pair[0].priority, pair[0].alert.id) > (pair[1].priority, pair[1].alert.id));
        assert!(is_sorted, "{status:?}: not by priority, then newest");
        let n_open_times = shown.iter().filter(|row| row.alert.resolve_by > as_of).count();
        assert!(n_open_times * 2 > shown.len() && n_open_times < shown.len(), "{status:?}: no mixture");
    }
}

/// Deadlines around now: the state that is shown, and the filter that says the same in SQL.
#[tokio::test]
async fn the_state_to_the_deadline_is_shown_and_filtered_alike() {
    let app = app().await;
    seed(&app.database, 0, 80).await;
    let spread = "
        update alerts a
        set created_at = now() - interval '10 hours',
          respond_by = now() + make_interval(mins => (s.n * 30 - 900)::int4),
          resolve_by = now() + make_interval(mins => (s.n * 30 - 600)::int4)
        from (select id, row_number() over (order by id) as n from alerts) as s
        where s.id = a.id";
    app.database.owner().await.batch_execute(spread).await.unwrap();
    let all = walked(&app, "").await;
    for state in ["on_track", "near", "breached", "near,breached"] {
        let words: Vec<&str> = state.split(',').collect();
        let belongs = |alert: &&Value| alert["sla"].as_str().is_some_and(|sla| words.contains(&sla));
        let expected: Vec<String> = all.iter().filter(belongs).map(|a| a["id"].to_string()).collect();
        assert!(expected.len() > 2, "{state} is no test: {}", expected.len());
        let shown: Vec<String> =
            walked(&app, &format!("sla={state}")).await.iter().map(|a| a["id"].to_string()).collect();
        assert_eq!(shown, expected, "{state}");
    }
    let now = Timestamp::now();
    for alert in &all {
        let left = due(alert).duration_since(now);
        let total = SignedDuration::from_hours(10) + left;
        let expected = match alert["status"].as_str().unwrap() {
            "closed" => None,
            _ if left.is_negative() => Some("breached"),
            _ if left * 4 < total => Some("near"),
            _ => Some("on_track"),
        };
        assert_eq!(alert["sla"].as_str(), expected, "{alert}");
    }
}
