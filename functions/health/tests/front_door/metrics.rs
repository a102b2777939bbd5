//! `/metrics`: who may read it, and figures worked by hand from a small history.

use axum::http::{Method, StatusCode};
use serde_json::json;
use shared::domain::access::Role;
use shared::http::layers;
use shared::state::AppState;
use shared::testing::alerting::{act, raise, resolve};
use shared::testing::app::{Answer, TestApp, state_for, state_with};
use shared::testing::database::{TestDatabase, with_database};

const TOKEN: &str = "a-token-of-the-tests-with-enough-characters";

/// Everything that makes the history, and the figures.
fn router(state: AppState) -> axum::Router {
    layers::finish(ingest::routes().merge(investigations::routes()).merge(health::routes()), state)
}

async fn app_with(settings: &[(&str, &str)]) -> TestApp {
    let database = TestDatabase::fresh().await;
    let state = state_with(&database.url, settings);
    TestApp::with_state(database, state, router).await
}

/// The value of a series, by its name and labels as they stand in the text.
fn value(answer: &Answer, series: &str) -> Option<f64> {
    let line = answer.text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    line.parse().ok()
}

fn figure(answer: &Answer, name: &str) -> Option<f64> {
    value(answer, &format!("{name}{{environment=\"local\"}}"))
}

/// Four alerts: two false positives decided after a minute and after two, a fraud after ten, and one that waits past
/// its time to respond.
async fn seed(app: &TestApp) {
    for account in ["a", "b", "c", "d"] {
        let alert = raise(app, account).await;
        match account {
            "a" | "b" => resolve(app, &alert).await,
            "c" => {
                assert_eq!(act(app, &alert, "claim", &json!({})).await.status, StatusCode::OK);
                let fraud = json!({"disposition": "confirmed_fraud", "notes": "the card was stolen"});
                assert_eq!(act(app, &alert, "decide", &fraud).await.status, StatusCode::OK);
            }
            _ => {}
        }
    }
    let history = "
        update alerts set decided_at = created_at + interval '1 minute' where account_id = 'a';
        update alerts set decided_at = created_at + interval '2 minutes' where account_id = 'b';
        update alerts set decided_at = created_at + interval '10 minutes' where account_id = 'c';
        update alerts set respond_by = now() - interval '1 second' where account_id = 'd';
        insert into models values (
          '00000000-0000-7000-8000-000000000001', 'isolation_forest', '', sha256(''), 1, 1, now(), now(), now(), 0,
          now() - interval '1 day'
        );
        update active_versions set model_id = '00000000-0000-7000-8000-000000000001';
        insert into metrics_snapshots values
          (gen_random_uuid(), 'drift', now() - interval '1 day', '{\"score\": 0.5, \"feature\": 0.6}'),
          (gen_random_uuid(), 'drift', now() - interval '1 hour', '{\"score\": 0.125, \"feature\": 0.25}');
        insert into transactions (
          id, received_at, source, external_id, account_id, counterparty_id, amount_minor, currency, occurred_at,
          channel, attributes
        ) values (lowest_id_at('2001-01-01'), now(), 's', 'e', 'a', 'c', 1, 'EUR', now(), 'online', '{}');";
    let written = app.database.owner().await.batch_execute(history).await;
    assert!(written.is_ok(), "{written:?}");
}

#[tokio::test]
async fn the_figures_are_those_of_the_history() {
    let app = app_with(&[]).await;
    seed(&app).await;
    let answer = app.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let expected = [
        ("telltale_queue_depth", 1.0),
        ("telltale_sla_breaches", 1.0),
        // Two of the three decisions.
        ("telltale_false_positive_rate_percent", 200.0 / 3.0),
        // The middle one of 60, 120 and 600.
        ("telltale_resolution_time_seconds", 120.0),
        ("telltale_score_drift", 0.125),
        ("telltale_feature_drift", 0.25),
        ("telltale_stray_rows", 1.0),
        // Sixty payments a habit and one that breaks it, four times.
        ("telltale_transactions_total", 244.0),
        ("telltale_behavioral_scored_total", 4.0 * 61.0 - count_abstained(&answer)),
        ("telltale_critical_alerts_total", 4.0),
    ];
    for (name, expected) in expected {
        let told = figure(&answer, name);
        assert!(told.is_some_and(|told| (told - expected).abs() < 1e-9), "{name}: {told:?}\n{}", answer.text);
    }
    let age = figure(&answer, "telltale_model_age_seconds").expect("a champion's age");
    assert!((86_400.0..90_000.0).contains(&age), "{age}");
}

fn count_abstained(answer: &Answer) -> f64 {
    figure(answer, "telltale_behavioral_abstained_total").unwrap_or(0.0)
}

/// A rate of nothing is no rate, and a champion that is not there has no age.
#[tokio::test]
async fn what_there_is_nothing_to_say_of_is_left_out() {
    let app = app_with(&[]).await;
    let answer = app.get("/metrics").await;
    for name in ["false_positive_rate", "resolution_time", "model_age", "score_drift", "feature_drift"] {
        assert!(!answer.text.contains(name), "{name} is told:\n{}", answer.text);
    }
    for name in ["telltale_queue_depth", "telltale_sla_breaches", "telltale_stray_rows"] {
        assert_eq!(figure(&answer, name), Some(0.0), "{name}");
    }
}

#[tokio::test]
async fn a_local_process_tells_its_own_requests_times_and_pool() {
    let app = app_with(&[]).await;
    app.get("/version").await;
    // A HEAD is the GET's; what no route takes is one route, however it is called.
    app.send(Method::HEAD, "/version", String::new()).await;
    app.get("/nowhere").await;
    app.send(Method::DELETE, "/version", String::new()).await;
    let answer = app.get("/metrics").await;
    assert!(!answer.text.contains("HEAD") && !answer.text.contains("DELETE"), "{}", answer.text);
    for quantile in ["0.5", "0.95", "0.99"] {
        for route in ["GET /version", "unrouted"] {
            let labels = format!("{{environment=\"local\",route=\"{route}\",quantile=\"{quantile}\"}}");
            let told = value(&answer, &format!("telltale_latency_milliseconds{labels}"));
            assert!(told.is_some_and(|told| told > 0.0), "{labels}:\n{}", answer.text);
        }
    }
    assert_eq!(figure(&answer, "telltale_requests_total"), Some(4.0));
    assert_eq!(figure(&answer, "telltale_pool_size"), Some(1.0));
    assert_eq!(figure(&answer, "telltale_pool_idle"), Some(1.0));
    assert_eq!(figure(&answer, "telltale_pool_waiting"), Some(0.0));
}

#[tokio::test]
async fn elsewhere_than_locally_only_the_database_speaks() {
    let app = app_with(&[("ENVIRONMENT", "staging"), ("METRIC_LINES", "false")]).await;
    app.get("/version").await;
    let answer = app.get("/metrics").await;
    assert_eq!(value(&answer, "telltale_queue_depth{environment=\"staging\"}"), Some(0.0), "{}", answer.text);
    for name in ["telltale_requests", "telltale_latency", "telltale_pool"] {
        assert!(!answer.text.contains(name), "{name} is told:\n{}", answer.text);
    }
}

#[tokio::test]
async fn the_token_reads_metrics_and_nothing_else() {
    let app = app_with(&[("METRICS_TOKEN", TOKEN)]).await;
    assert_eq!(app.get("/metrics").await.status, StatusCode::OK, "an admin's key still does");
    let monitor = app.with_key(TOKEN);
    assert_eq!(monitor.get("/metrics").await.status, StatusCode::OK);
    let claimed = act(&monitor, "alr_00000000-0000-7000-8000-000000000000", "claim", &json!({})).await;
    assert_eq!(claimed.status, StatusCode::UNAUTHORIZED);
    for wrong in ["", &TOKEN[1..], &format!("{TOKEN}x")] {
        let answer = app.with_key(wrong).get("/metrics").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong:?}");
        assert_eq!(answer.body["error"]["type"], "Unauthenticated");
    }
    let analyst = app.with_role(Role::Analyst).await.get("/metrics").await;
    assert_eq!(analyst.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_a_token_in_the_settings_no_token_reads_metrics() {
    let app = app_with(&[]).await;
    for token in ["", TOKEN] {
        assert_eq!(app.with_key(token).get("/metrics").await.status, StatusCode::UNAUTHORIZED, "{token:?}");
    }
}

#[tokio::test]
async fn without_a_database_metrics_are_503_in_the_error_structure() {
    let there = TestDatabase::fresh().await;
    let gone = with_database(&there.url, "there_is_none");
    let gone = state_with(&gone, &[("METRICS_TOKEN", TOKEN)]);
    let state = state_for(&there.url);
    let app = TestApp::with_state(there, state, |_| health::router(gone)).await;
    for caller in [app.with_key(TOKEN), app] {
        let answer = caller.get("/metrics").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.body["error"]["type"], "DatabaseUnavailable", "{}", answer.text);
        assert_eq!(answer.headers["retry-after"], "1");
    }
}
