//! How the deadlines were met, by week.

use crate::app;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Alerts raised at noon of 3 June 2026 (week 23) with an hour to respond and eight to resolve: taken on and decided
/// after so many minutes.
async fn decided(app: &shared::testing::app::TestApp, alerts: &[(&str, Option<i32>, i32)]) {
    let owner = app.database.owner().await;
    for (position, (severity, responded, decided)) in alerts.iter().enumerate() {
        let statement = "insert into alerts (
              id, kind, account_id, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
              first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, disposition,
              responded_at, decided_at, audit_sequence, audit_hash
            )
            select gen_random_uuid(), 'transaction', $1, 'resolved', $2, 0.7, 1, gen_random_uuid(), gen_random_uuid(),
              r.at, r.at, r.at, r.at + interval '1 hour', r.at + interval '8 hours', 0, 'false_positive',
              r.at + $3 * interval '1 minute', r.at + $4 * interval '1 minute', 1, sha256('')
            from (select timestamptz '2026-06-03 12:00:00+00' as at) as r";
        let account = format!("account-{position}");
        let (responded, decided) = (responded.map(f64::from), f64::from(*decided));
        owner.execute(statement, &[&account, severity, &responded, &decided]).await.unwrap();
    }
}

#[tokio::test]
async fn compliance_and_resolution_time_are_told_by_the_week_of_the_decision() {
    let app = app().await;
    decided(
        &app,
        &[
            ("high", Some(60), 480),
            ("high", Some(61), 481),
            ("critical", None, 60),
            // Monday 8 June is week 24.
            ("high", Some(5), 5 * 24 * 60),
        ],
    )
    .await;
    let answer = app.get("/api/v1/sla?from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let week = |week: &str, severity: Value, figures: [Value; 5]| {
        let [n, responded, resolved, median, p90] = figures;
        json!({
            "week": week, "severity": severity, "n_decided": n, "responded_in_time": responded,
            "resolved_in_time": resolved, "median_resolution_seconds": median, "p90_resolution_seconds": p90,
        })
    };
    let week_24 = [json!(1), json!(1.0), json!(0.0), json!(432_000.0), json!(432_000.0)];
    // 3600, 28800 and 28860 seconds: nine tenths of the way is 0.8 of the last step.
    let all = [json!(3), json!(0.5), json!(2.0 / 3.0), json!(28_800.0), json!(28_848.0)];
    let critical = [json!(1), Value::Null, json!(1.0), json!(3_600.0), json!(3_600.0)];
    let high = [json!(2), json!(0.5), json!(0.5), json!(28_830.0), json!(28_854.0)];
    let expected = json!([
        week("2026-W24", Value::Null, week_24.clone()),
        week("2026-W24", json!("high"), week_24),
        week("2026-W23", Value::Null, all),
        week("2026-W23", json!("critical"), critical),
        week("2026-W23", json!("high"), high),
    ]);
    assert_eq!(answer.body["weeks"], expected);
    assert_eq!(
        app.get("/api/v1/sla?from=2026-06-08T00:00:00Z&to=2026-06-08T00:00:00Z").await.body["weeks"],
        json!([])
    );
    for wrong in ["from=yesterday", "week=23"] {
        let answer = app.get(&format!("/api/v1/sla?{wrong}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}
