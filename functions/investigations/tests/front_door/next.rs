//! The next alert of the queue: the most urgent, and each to one caller.

use crate::app;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::db::alert_next;
use shared::domain::access::Role;
use shared::testing::alerting::{open_connections, raise, raise_many};
use shared::testing::app::TestApp;
use shared::testing::database::connect;
use std::collections::BTreeSet;

const PATH: &str = "/api/v1/alerts/claim-next";

async fn next(caller: &TestApp, wanted: &Value) -> Value {
    let answer = caller.post(PATH, wanted).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["alert"].clone()
}

/// Sets what the priority looks at: severity, risk score, confirmed frauds, and the share of its time that has passed.
async fn shape(app: &TestApp, alert: &Value, (severity, risk, n_confirmed, passed): (&str, f64, i64, f64)) {
    let id: uuid::Uuid = alert.as_str().unwrap().trim_start_matches("alr_").parse().unwrap();
    app.database
        .owner()
        .await
        .execute(
            "update alerts set severity = $2, risk_score = $3, n_confirmed_before = $4,
               created_at = now() - $5 * interval '100 hours', resolve_by = now() + (1 - $5) * interval '100 hours'
             where id = $1",
            &[&id, &severity, &risk, &n_confirmed, &passed],
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn the_most_urgent_alert_comes_first_by_the_priority_of_the_queue() {
    let app = app().await;
    let alerts = raise_many(&app, 5).await;
    // 0.20+0.15+0.15+0.15, 0.40+0.24, 0.30+0.21+0.075, 0.40+0.15, 0.10+0.09
    let shapes = [
        ("medium", 0.5, 4, 1.0),
        ("critical", 0.8, 0, 0.0),
        ("high", 0.7, 1, 0.0),
        ("critical", 0.5, 0, 0.0),
        ("low", 0.3, 0, 0.0),
    ];
    for (alert, shape_of) in alerts.iter().zip(shapes) {
        shape(&app, &json!(alert), shape_of).await;
    }
    let ana = app.with_role(Role::Analyst).await;
    for expected in &alerts {
        let claimed = next(&ana, &json!({})).await;
        assert_eq!((&claimed["id"], &claimed["status"]), (&json!(expected), &json!("in_review")));
    }
    assert_eq!(next(&ana, &json!({})).await, Value::Null);
}

#[tokio::test]
async fn filters_narrow_what_is_taken_and_wrong_ones_are_named() {
    let app = app().await;
    let alerts = raise_many(&app, 3).await;
    for (alert, severity) in alerts.iter().zip(["critical", "high", "medium"]) {
        shape(&app, &json!(alert), (severity, 0.5, 0, 0.0)).await;
    }
    assert_eq!(next(&app, &json!({"account": "b-2", "severity": ["high"]})).await, Value::Null);
    assert_eq!(next(&app, &json!({"account": "b-2"})).await["id"], json!(alerts[2]));
    assert_eq!(next(&app, &json!({"severity": ["medium", "high"]})).await["id"], json!(alerts[1]));
    assert_eq!(next(&app, &json!({"severity": ["low"]})).await, Value::Null);
    let cases = [
        (json!({"severity": ["grave"]}), "/severity/0"),
        (json!({"severity": "high"}), "/severity"),
        (json!({"severity": []}), "/severity"),
        (json!({"account": ""}), "/account"),
        (json!({"sort": "newest"}), "/sort"),
    ];
    for (wrong, pointer) in cases {
        let answer = app.post(PATH, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {}", answer.body);
        assert_eq!(answer.body["error"]["details"][0]["pointer"], pointer, "{wrong}");
    }
}

#[tokio::test]
async fn an_escalated_alert_that_nobody_holds_is_not_handed_out() {
    let app = app().await;
    let alert = raise(&app, "a").await;
    shared::testing::alerting::act(&app, &alert, "claim", &json!({})).await;
    shared::testing::alerting::act(&app, &alert, "decide", &json!({"disposition": "inconclusive"})).await;
    assert_eq!(next(&app, &json!({})).await, Value::Null);
}

/// Two hundred alerts, twenty analysts who each take the next until there is none: each alert goes to exactly one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_who_race_for_the_next_are_each_handed_another() {
    let app = app().await;
    let raised = raise_many(&app, 200).await;
    open_connections(&app).await;
    let mut racers = Vec::new();
    for _ in 0..20 {
        let analyst = app.with_role(Role::Analyst).await;
        racers.push(tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let answer = analyst.post(PATH, &json!({})).await;
                // On a machine under load a caller may wait for a connection too long.
                if answer.status == StatusCode::SERVICE_UNAVAILABLE {
                    continue;
                }
                match answer.body["alert"]["id"].as_str() {
                    Some(id) => taken.push(id.to_owned()),
                    None => return taken,
                }
            }
        }));
    }
    let mut taken = Vec::new();
    for racer in racers {
        taken.extend(racer.await.unwrap());
    }
    assert_eq!(taken.len(), 200);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), raised.into_iter().collect());
    let claims = "select count(*) from audit_events where action = 'alert_claimed'";
    assert_eq!(app.database.number(claims).await, 200);
}

/// A queue of 50,000 is not sorted: of each severity only so many are read.
#[tokio::test]
async fn the_next_alert_is_found_by_index_however_long_the_queue_is() {
    let app = app().await;
    let many = "insert into alerts (
          id, kind, account_id, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
          first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, audit_sequence, audit_hash
        )
        select gen_random_uuid(), 'transaction', 'account-' || n, 'active',
          (array['medium', 'high', 'critical'])[1 + n % 3], 0.5 + n / 100000.0, 1, gen_random_uuid(), gen_random_uuid(),
          now(), now(), now(), now(), now() + interval '1 hour', 0, 1, sha256('')
        from generate_series(1, 50000) as s (n);
        analyze alerts";
    app.database.owner().await.batch_execute(many).await.unwrap();
    let client = connect(&app.database.url).await;
    let severities = ["low", "medium", "high", "needs_review", "critical"];
    let plan = alert_next::plan(&client, &severities, Timestamp::now()).await.unwrap().join("\n");
    assert!(!plan.contains("Seq Scan") && !plan.contains("Rows Removed"), "{plan}");
    for index in ["alerts_waiting_by_score", "alerts_waiting_by_age"] {
        assert!(plan.contains(index), "{plan}");
    }
}
