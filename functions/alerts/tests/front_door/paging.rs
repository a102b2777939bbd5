//! Pages of the queue: every alert once, whatever is added meanwhile; a cursor is good for its listing only.

use crate::app;
use crate::seeded::seed;
use axum::http::StatusCode;
use serde_json::Value;
use shared::db::alert_queue::{self, AlertFilter, Page, QueueOrder};
use shared::testing::app::{Answer, TestApp};
use std::collections::BTreeSet;

/// A row as the queue showed it: id and priority.
type Shown = (String, f64);

/// Walks a listing page by page, adding alerts after each; what was shown, in order.
async fn walk(app: &TestApp, listing: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut cursor: Option<String> = None;
    for page in 0.. {
        let next = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let answer = app.get(&format!("/api/v1/alerts?{listing}&limit=17{next}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let alerts = answer.body["alerts"].as_array().unwrap();
        assert!(alerts.len() == 17 || answer.body["next_cursor"].is_null(), "a page is short");
        shown.extend(
            alerts
                .iter()
                .map(|alert| (alert["id"].as_str().unwrap().to_owned(), alert["priority"].as_f64().unwrap())),
        );
        cursor = answer.body["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
        seed(&app.database, 10_000 + page * 5, 5).await;
    }
    shown
}

async fn ids(app: &TestApp) -> BTreeSet<String> {
    let rows = app.database.owner().await.query("select 'alr_' || id::text from alerts", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn assert_all_once(shown: &[Shown], before: &BTreeSet<String>) {
    let distinct: BTreeSet<String> = shown.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(distinct.len(), shown.len(), "an alert was shown twice");
    assert_eq!(before.difference(&distinct).count(), 0, "an alert was left out");
}

#[tokio::test]
async fn newest_first_shows_every_alert_once_while_others_are_raised() {
    let app = app().await;
    seed(&app.database, 0, 120).await;
    let before = ids(&app).await;
    let shown = walk(&app, "sort=newest").await;
    assert_all_once(&shown, &before);
    assert_eq!(shown.len(), 120, "what was raised after the first page is not on the later ones");
    assert!(shown.windows(2).all(|pair| pair[0].0 > pair[1].0), "not newest first");
}

#[tokio::test]
async fn by_priority_shows_every_alert_once_while_others_are_raised() {
    let app = app().await;
    seed(&app.database, 0, 120).await;
    let before = ids(&app).await;
    let shown = walk(&app, "sort=priority").await;
    assert_all_once(&shown, &before);
    let is_sorted =
        shown.windows(2).all(|pair| (pair[0].1, pair[0].0.as_str()) > (pair[1].1, pair[1].0.as_str()));
    assert!(is_sorted, "not by priority, then newest");
    let priorities: BTreeSet<u64> = shown.iter().map(|(_, priority)| priority.to_bits()).collect();
    assert!(priorities.len() < shown.len() / 2, "the seeded alerts have no equal priorities");
}

/// Severity 0.40, risk score 0.30, confirmed fraud before 0.15 (two are enough), age against the deadline 0.15.
#[tokio::test]
async fn the_priority_is_the_weighted_sum_of_its_four_parts() {
    let app = app().await;
    seed(&app.database, 1, 1).await;
    // Number 1: high (0.75), risk 0.25, one fraud confirmed before (a half), long past its deadline (1).
    let answer = app.get("/api/v1/alerts").await;
    let priority = answer.body["alerts"][0]["priority"].as_f64().unwrap();
    assert!((priority - (0.40 * 0.75 + 0.30 * 0.25 + 0.15 * 0.5 + 0.15)).abs() < 1e-9, "{priority}");
    assert!(answer.body["next_cursor"].is_null());
}

#[tokio::test]
async fn a_cursor_of_another_listing_or_a_changed_one_is_refused() {
    let app = app().await;
    seed(&app.database, 0, 20).await;
    let page = app.get("/api/v1/alerts?status=closed&limit=3").await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    let mut changed = cursor.to_owned().into_bytes();
    let last = changed.len() - 3;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    let good = app.get(&format!("/api/v1/alerts?status=closed&limit=5&cursor={cursor}")).await;
    assert_eq!(good.status, StatusCode::OK, "another page size is the same listing");
    let queries = [
        format!("cursor={cursor}"),
        format!("status=active&cursor={cursor}"),
        format!("status=closed&severity=high&cursor={cursor}"),
        format!("status=closed&sort=priority&cursor={cursor}"),
        format!("status=closed&cursor={changed}"),
        "status=closed&cursor=AAAA".to_owned(),
        "status=closed&cursor=".to_owned(),
        "status=closed&cursor=%F0%9F%8D%B0".to_owned(),
    ];
    for query in queries {
        let answer = app.get(&format!("/api/v1/alerts?{query}")).await;
        assert_eq!(pointers(&answer), ["?cursor"], "{query}: {}", answer.body);
    }
}

/// The pointers of a 422.
fn pointers(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let details = answer.body["error"]["details"].as_array().unwrap();
    details.iter().map(|detail| detail["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn parameters_that_are_unknown_or_out_of_bounds_are_refused_together() {
    let app = app().await;
    let answer = app.get("/api/v1/alerts?limit=0&sort=oldest&from=yesterday").await;
    let mut found = pointers(&answer);
    found.sort_unstable();
    assert_eq!(found, ["?from", "?limit", "?sort"]);
    let unknown = app.get("/api/v1/alerts?stauts=active&limits=5").await;
    assert_eq!(pointers(&unknown), ["?stauts", "?limits"]);
    for (parameter, value) in [
        ("limit", "201"),
        ("limit", "-1"),
        ("limit", "many"),
        ("status", "open"),
        ("status", "active,gone"),
        ("severity", ""),
        ("account", ""),
        ("assignee", ""),
        ("detector", "rules"),
        ("min_risk_score", "2"),
        ("min_risk_score", "NaN"),
        ("currency", "eur"),
        ("min_amount", "5.00"),
        ("sort", "amount"),
        ("is_escalated", "yes"),
        ("kind", "manual"),
        ("sla", "late"),
        ("q", ""),
        ("account", "a%00b"),
        ("to", "-009999-01-02T00:00:00Z"),
        ("from", "infinity"),
    ] {
        let answer = app.get(&format!("/api/v1/alerts?{parameter}={value}")).await;
        assert_eq!(pointers(&answer), [format!("?{parameter}")], "{value}: {}", answer.body);
    }
    for limit in [1, 200] {
        assert_eq!(app.get(&format!("/api/v1/alerts?limit={limit}")).await.status, StatusCode::OK);
    }
}

/// The plan of a page, newest first, of these statuses.
async fn plan(app: &TestApp, statuses: &[&str]) -> String {
    let filter = AlertFilter {
        statuses: Some(statuses.iter().map(|status| (*status).to_owned()).collect()),
        ..AlertFilter::default()
    };
    let page = Page { as_of: jiff::Timestamp::now(), after: None, limit: 51 };
    let connection = app.state.database.connect().await.unwrap();
    let client = connection.client().unwrap();
    alert_queue::plan_of_page(client, &filter, QueueOrder::Newest, page).await.unwrap().join("\n")
}

#[tokio::test]
async fn newest_first_reads_a_page_of_each_status_from_an_index() {
    let app = app().await;
    seed(&app.database, 0, 8_000).await;
    app.database.owner().await.batch_execute("analyze alerts").await.unwrap();
    for statuses in [&["active"][..], &["closed"], &["active", "in_review"]] {
        let plan = plan(&app, statuses).await;
        assert!(!plan.contains("Seq Scan"), "{plan}");
        // A quarter or a half have the status: some pages' worth is looked at for one.
        let removed = plan.lines().filter_map(|line| line.split("Rows Removed by Filter: ").nth(1));
        let n_removed: i64 = removed.map(|n| n.trim().parse::<i64>().unwrap()).sum();
        assert!(n_removed < 1_000, "{plan}");
    }
    let ids: Value = app.get("/api/v1/alerts?status=active").await.body["alerts"].clone();
    assert_eq!(ids.as_array().unwrap().len(), 50);
}
