//! Every operation by every role, and by nobody: deny by default.

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::domain::access::{Credentials, Permission, Role};
use shared::http::layers;
use shared::testing::alerting::raise;
use shared::testing::app::{Answer, TestApp, of_function};
use shared::workflow::access::admit;
use shared::workflow::keys::ApiKey;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;

/// An operation as the description of the API has it; every id in its path exists where one can.
struct Operation {
    method: Method,
    path: String,
    /// What it asks for; none where no key is asked for.
    permission: Option<Permission>,
}

/// What exists before the calls.
struct Raised {
    alert: String,
    assessment: String,
    note: String,
    attachment: String,
    operation: String,
}

/// Every operation there is, out of the description that the routes themselves make: what stands beside a handler as
/// its permission is what these tests hold it to.
fn operations(Raised { alert, assessment, note, attachment, operation }: &Raised) -> Vec<Operation> {
    let people = alerts::routes().merge(investigations::routes()).merge(admin::routes());
    let all = ingest::routes().merge(people).merge(health::routes());
    let description = serde_json::to_value(all.into_openapi()).unwrap();
    let mut operations = Vec::new();
    for (template, item) in description["paths"].as_object().unwrap() {
        let path = template
            .replace("/alerts/{id}", &format!("/alerts/{alert}"))
            .replace("/assessments/{id}", &format!("/assessments/{assessment}"))
            .replace("/operations/{id}", &format!("/operations/{operation}"))
            .replace("{note_id}", note)
            .replace("{attachment_id}", attachment)
            .replace("{id}", "unknown")
            .replace("{version}", "unknown");
        assert!(!path.contains('{'), "{path}: nothing stands for its parameter");
        for (method, described) in item.as_object().unwrap() {
            let word = described["security"][0]["key"][0].as_str();
            let permission = word.map(|word| {
                let known = Permission::ALL.into_iter().find(|permission| permission.as_str() == word);
                known.unwrap_or_else(|| unreachable!("{method} {template}: {word} is no permission"))
            });
            let method = method.to_uppercase().parse().unwrap();
            operations.push(Operation { method, path: path.clone(), permission });
        }
    }
    operations
}

/// All functions' routes as one service, each over its own login.
async fn app() -> TestApp {
    TestApp::deployed(|state| {
        let ingest = ingest::routes().with_state(of_function(&state, "ingest"));
        let alerts = alerts::routes().with_state(of_function(&state, "alerts"));
        let investigations = investigations::routes().with_state(of_function(&state, "investigations"));
        let health = health::routes().with_state(of_function(&state, "health"));
        let admin = admin::routes().with_state(of_function(&state, "admin"));
        layers::finish(ingest.merge(alerts).merge(investigations).merge(admin).merge(health), state)
    })
    .await
}

/// An alert with its assessment, a note and a file on it, and an operation that claimed it.
async fn raised(app: &TestApp) -> Raised {
    let alert = raise(app, "a").await;
    let detail = app.get(&format!("/api/v1/alerts/{alert}")).await.body;
    let note = app.post(&format!("/api/v1/alerts/{alert}/notes"), &json!({"text": "seen"})).await.body;
    let file = json!({"name": "seen.txt", "media_type": "text/plain", "content": "c2Vlbg=="});
    let attachment = app.post(&format!("/api/v1/alerts/{alert}/attachments"), &file).await.body;
    let bulk = json!({"action": "claim", "items": [{"id": alert}]});
    let operation = app.post("/api/v1/alerts/bulk", &bulk).await.body;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Raised {
        assessment: text(&detail["assessment"]["id"]),
        note: text(&note["id"]),
        attachment: text(&attachment["id"]),
        operation: text(&operation["id"]),
        alert,
    }
}

/// Calls it with an object without fields, which no operation refuses before it has looked at the key.
async fn call(app: &TestApp, operation: &Operation) -> Answer {
    let has_body = [Method::POST, Method::PUT].contains(&operation.method);
    let body = if has_body { "{}" } else { "" };
    app.send(operation.method.clone(), &operation.path, body.to_owned()).await
}

/// What anybody could see or change: no call that is refused may move it.
async fn state_of(owner: &Client) -> i64 {
    let statement = "select (select count(*) from transactions) + (select count(*) from ingest_keys)
      + (select count(*) from labels) + (select count(*) from audit_events where chain <> 'access')
      + (select count(*) from api_keys where name <> 'test') + (select count(*) from revoked_sessions)";
    owner.query_one(statement, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn every_operation_admits_exactly_the_roles_that_may_do_it() {
    let app = app().await;
    let raised = raised(&app).await;
    let operations = operations(&raised);
    let owner = app.database.owner().await;
    for role in Role::ALL {
        let caller = app.with_role(role).await;
        for operation in &operations {
            // There are about as many operations as a key may call in a minute.
            owner.batch_execute("delete from rate_counters").await.unwrap();
            let Operation { method, path, permission } = operation;
            let may = permission.is_none_or(|permission| role.may(permission));
            let before = if may { None } else { Some(state_of(&owner).await) };
            let answer = call(&caller, operation).await;
            let place = format!("{method} {path} by {}: {}", role.as_str(), answer.body);
            let is_of_role = answer.status == StatusCode::FORBIDDEN
                && answer.body["error"]["message"].as_str().is_some_and(|it| it.contains("with the role"));
            assert_eq!(is_of_role, !may, "{place}");
            if let Some(before) = before {
                assert_eq!(state_of(&owner).await, before, "{place}, and something was written");
            } else {
                // It may still be refused for its fields, or for the state of what it names.
                let is_answered = answer.status != StatusCode::UNAUTHORIZED
                    && answer.status != StatusCode::METHOD_NOT_ALLOWED
                    && !answer.status.is_server_error()
                    && !answer.text.contains("no such path");
                assert!(is_answered, "{place}");
            }
        }
    }
}

#[tokio::test]
async fn without_a_valid_key_only_what_asks_for_none_answers() {
    let app = app().await;
    let raised = raised(&app).await;
    let owner = app.database.owner().await;
    let before = state_of(&owner).await;
    for key in ["", "tt_0000_secret", "ts_AAAA", "not a key"] {
        // All of these count against one address.
        owner.batch_execute("delete from rate_counters").await.unwrap();
        for operation in operations(&raised) {
            let answer = call(&app.with_key(key), &operation).await;
            let place = format!("{} {} with {key:?}: {}", operation.method, operation.path, answer.body);
            match operation.permission {
                None => assert_eq!(answer.status, StatusCode::OK, "{place}"),
                Some(_) => {
                    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{place}");
                    assert_eq!(answer.headers["www-authenticate"], "Bearer", "{place}");
                }
            }
        }
    }
    assert_eq!(state_of(&owner).await, before);
}

/// The demo key may read what a person reads, and nothing it sends changes a row.
#[tokio::test]
async fn demo_can_only_read() {
    let app = app().await;
    let raised = raised(&app).await;
    let demo = app.with_role(Role::Demo).await;
    let owner = app.database.owner().await;
    let before = state_of(&owner).await;
    for operation in operations(&raised) {
        let answer = call(&demo, &operation).await;
        let is_for_demo = operation.permission.is_none_or(|permission| permission == Permission::Read);
        let place = format!("{} {}: {}", operation.method, operation.path, answer.body);
        assert_eq!(answer.status == StatusCode::FORBIDDEN, !is_for_demo, "{place}");
        // A session is stored nowhere: a key that can only read has one too.
        let is_a_session = operation.path == "/api/v1/sessions";
        assert!(!is_for_demo || operation.method == Method::GET || is_a_session, "{place}");
    }
    assert_eq!(state_of(&owner).await, before);
}

/// Were a handler to forget the role, the database still refuses: a demo key's session reads only.
#[tokio::test]
async fn a_demo_session_cannot_write_even_past_the_handlers() {
    let app = app().await;
    let demo = app.with_role(Role::Demo).await;
    let key = ApiKey::parse(demo.key()).unwrap();
    let hash = key.secret_hash();
    let credentials = Credentials::of_key(key.id, hash, "192.0.2.1");
    let session = admit(&app.state, &credentials, Permission::Read, Timestamp::now()).await.unwrap();
    let client = session.connection.client().unwrap();
    let refused = client.execute("update rate_counters set n_requests = 0", &[]).await.unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "25006", "{refused}");
}

/// Nothing of the API is open by oversight: what asks for no key is named here.
#[tokio::test]
async fn every_operation_but_these_asks_for_a_key() {
    let app = app().await;
    let raised = raised(&app).await;
    let operations = operations(&raised);
    let open: BTreeSet<&str> = operations
        .iter()
        .filter(|operation| operation.permission.is_none())
        .map(|operation| operation.path.as_str())
        .collect();
    assert_eq!(open, BTreeSet::from(["/health", "/openapi.json", "/ready", "/version"]));
    let mut paths: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for operation in &operations {
        let methods = paths.entry(&operation.path).or_default();
        methods.insert(operation.method.as_str());
        if operation.method == Method::GET {
            methods.insert("HEAD");
        }
    }
    for (path, methods) in paths {
        let answer = app.send(Method::PATCH, path, String::new()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allowed: BTreeSet<&str> = answer.headers["allow"].to_str().unwrap().split(',').collect();
        assert_eq!(allowed, methods, "{path}");
    }
}
