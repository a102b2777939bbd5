//! Every route by every role, and by nobody: deny by default.

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::access::{Credentials, Permission, Role};
use shared::http::layers;
use shared::testing::alerting::raise;
use shared::testing::app::{Answer, TestApp, of_function};
use shared::testing::builders::{noon, transaction};
use shared::workflow::access::admit;
use shared::workflow::keys::ApiKey;

/// A route, what it takes, and the roles that may call it; none where no key is asked for.
struct Route {
    method: Method,
    path: String,
    body: Value,
    roles: Option<&'static [Role]>,
}

const SENDERS: &[Role] = &[Role::Ingest, Role::Admin];
const LABELLERS: &[Role] = &[Role::Ingest, Role::Supervisor, Role::Admin];
const READERS: &[Role] = &[Role::Analyst, Role::Supervisor, Role::Admin, Role::Demo];
const INVESTIGATORS: &[Role] = &[Role::Analyst, Role::Supervisor, Role::Admin];
const ADMINS: &[Role] = &[Role::Admin];

/// Every route there is; `alert` exists, and `assessment`.
fn routes((alert, assessment): &(String, String)) -> Vec<Route> {
    let get =
        |path: &str, roles| Route { method: Method::GET, path: path.to_owned(), body: Value::Null, roles };
    let post = |path: &str, body, roles| Route {
        method: Method::POST,
        path: path.to_owned(),
        body,
        roles: Some(roles),
    };
    let decision = json!({"disposition": "inconclusive"});
    let label = json!({
        "source": "cards",
        "external_id": "unknown",
        "verdict": "fraud",
        "label_source": "chargeback",
        "observed_at": noon().to_string(),
    });
    vec![
        get("/health", None),
        get("/ready", None),
        get("/version", None),
        get("/openapi.json", None),
        get("/metrics", Some(ADMINS)),
        post("/api/v1/transactions", transaction("t-1"), SENDERS),
        post("/api/v1/transactions/batch", json!({"transactions": [transaction("t-1")]}), SENDERS),
        get("/api/v1/alerts", Some(READERS)),
        get("/api/v1/alerts/facets", Some(READERS)),
        get("/api/v1/alerts/export", Some(READERS)),
        get(&format!("/api/v1/alerts/{alert}/context"), Some(READERS)),
        get(&format!("/api/v1/alerts/{alert}/related"), Some(READERS)),
        get("/api/v1/transactions", Some(READERS)),
        get(&format!("/api/v1/transactions/{}", assessment.replace("asm_", "txn_")), Some(READERS)),
        get("/api/v1/accounts", Some(READERS)),
        get("/api/v1/accounts/a", Some(READERS)),
        get("/api/v1/investigations", Some(READERS)),
        get("/api/v1/labels", Some(READERS)),
        get("/api/v1/audit", Some(READERS)),
        get("/api/v1/noise", Some(READERS)),
        get("/api/v1/noise/counts", Some(READERS)),
        get("/api/v1/configurations", Some(READERS)),
        get(&format!("/api/v1/alerts/{alert}"), Some(READERS)),
        get(&format!("/api/v1/assessments/{assessment}"), Some(READERS)),
        get(&format!("/api/v1/assessments/{assessment}/replay"), Some(READERS)),
        post(&format!("/api/v1/alerts/{alert}/claim"), json!({}), INVESTIGATORS),
        post(&format!("/api/v1/alerts/{alert}/release"), json!({}), INVESTIGATORS),
        post(&format!("/api/v1/alerts/{alert}/decide"), decision, INVESTIGATORS),
        post("/api/v1/labels", json!({"labels": [label]}), LABELLERS),
    ]
}

/// All functions' routes as one service, each over its own login.
async fn app() -> TestApp {
    TestApp::deployed(|state| {
        let ingest = ingest::routes().with_state(of_function(&state, "ingest"));
        let alerts = alerts::routes().with_state(of_function(&state, "alerts"));
        let investigations = investigations::routes().with_state(of_function(&state, "investigations"));
        let health = health::routes().with_state(of_function(&state, "health"));
        layers::finish(ingest.merge(alerts).merge(investigations).merge(health), state)
    })
    .await
}

/// An alert and its assessment.
async fn raised(app: &TestApp) -> (String, String) {
    let alert = raise(app, "a").await;
    let detail = app.get(&format!("/api/v1/alerts/{alert}")).await.body;
    let assessment = detail["assessment"]["id"].as_str().unwrap_or_default().to_owned();
    (alert, assessment)
}

async fn call(app: &TestApp, route: &Route) -> Answer {
    let body = if route.body.is_null() { String::new() } else { route.body.to_string() };
    app.send(route.method.clone(), &route.path, body).await
}

/// What anybody could see or change: no call that is refused may move it.
async fn state_of(app: &TestApp) -> i64 {
    app.database
        .number(
            "select (select count(*) from transactions) + (select count(*) from ingest_keys)
              + (select count(*) from labels) + (select count(*) from audit_events where chain like 'alert:%')",
        )
        .await
}

#[tokio::test]
async fn every_route_admits_exactly_its_roles() {
    let app = app().await;
    let raised = raised(&app).await;
    for role in Role::ALL {
        let caller = app.with_role(role).await;
        for route in routes(&raised) {
            let before = state_of(&app).await;
            let answer = call(&caller, &route).await;
            let place = format!("{} {} by {}: {}", route.method, route.path, role.as_str(), answer.status);
            if route.roles.is_none_or(|roles| roles.contains(&role)) {
                // A move may be refused for the alert's state, or because another holds it.
                let is_refused = matches!(
                    answer.body["error"]["type"].as_str(),
                    Some("Unauthenticated" | "NotFound" | "MethodNotAllowed" | "InternalError")
                );
                let is_of_role =
                    answer.body["error"]["message"].as_str().is_some_and(|it| it.contains("role"));
                assert!(!is_refused && !is_of_role, "{place}: {}", answer.body);
            } else {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{place}");
                assert_eq!(answer.body["error"]["type"], "Forbidden", "{place}");
                assert_eq!(state_of(&app).await, before, "{place}, and something was written");
            }
        }
    }
}

#[tokio::test]
async fn without_a_valid_key_only_health_answers() {
    let app = app().await;
    let raised = raised(&app).await;
    let before = state_of(&app).await;
    for key in ["", "tt_0000_secret", "not a key"] {
        for route in routes(&raised) {
            let answer = call(&app.with_key(key), &route).await;
            let place = format!("{} {} with {key:?}: {}", route.method, route.path, answer.body);
            match route.roles {
                None => assert_eq!(answer.status, StatusCode::OK, "{place}"),
                Some(_) => {
                    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{place}");
                    assert_eq!(answer.headers["www-authenticate"], "Bearer", "{place}");
                }
            }
        }
    }
    assert_eq!(state_of(&app).await, before);
}

/// The demo key reads everything that a person reads, and nothing it sends changes a row.
#[tokio::test]
async fn demo_can_only_read() {
    let app = app().await;
    let raised = raised(&app).await;
    let demo = app.with_role(Role::Demo).await;
    let before = state_of(&app).await;
    for route in routes(&raised) {
        let answer = call(&demo, &route).await;
        let is_for_people = route.method == Method::GET && route.roles != Some(ADMINS);
        let expected = if is_for_people { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, expected, "{} {}: {}", route.method, route.path, answer.body);
    }
    assert_eq!(state_of(&app).await, before);
}

/// Were a handler to forget the role, the database still refuses: a demo key's session reads only.
#[tokio::test]
async fn a_demo_session_cannot_write_even_past_the_handlers() {
    let app = app().await;
    let demo = app.with_role(Role::Demo).await;
    let key = ApiKey::parse(demo.key()).unwrap();
    let credentials =
        Credentials { secret_hash: key.secret_hash(), key_id: key.id, address: "192.0.2.1".into() };
    let session = admit(&app.state, &credentials, Permission::Read, Timestamp::now()).await.unwrap();
    let client = session.connection.client().unwrap();
    let refused = client.execute("update rate_counters set n_requests = 0", &[]).await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "25006", "{refused}");
}

/// The table above is whole: what stands in it is routed with that method alone, and a route's declaration in
/// the sources that is not in it fails here.
#[tokio::test]
async fn the_table_of_routes_is_the_routers() {
    let app = app().await;
    let raised = raised(&app).await;
    let routes = routes(&raised);
    for route in &routes {
        let answer = app.send(Method::DELETE, &route.path, String::new()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{}", route.path);
        let methods =
            routes.iter().filter(|other| other.path == route.path).map(|other| match other.method {
                Method::GET => "GET,HEAD",
                _ => "POST",
            });
        let mut allowed: Vec<&str> = answer.headers["allow"].to_str().unwrap().split(',').collect();
        let mut expected: Vec<&str> = methods.flat_map(|methods| methods.split(',')).collect();
        allowed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(allowed, expected, "{}", route.path);
    }
    let sources = [
        include_str!("../../src/lib.rs"),
        include_str!("../../../ingest/src/lib.rs"),
        include_str!("../../../alerts/src/lib.rs"),
        include_str!("../../../investigations/src/lib.rs"),
    ];
    let n_declared: usize = sources.iter().map(|source| source.matches(".routes(").count()).sum();
    assert_eq!(n_declared, routes.len(), "a route is missing in the table, or doubled");
}
