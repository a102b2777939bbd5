//! Calling a router as a client would.

use super::database::{TestDatabase, with_user};
use crate::config::Config;
use crate::domain::access::Role;
use crate::state::AppState;
use crate::workflow::configuration::seed;
use crate::workflow::keys::{ApiKey, KeyPurpose, store};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::Value;
use tower::ServiceExt;

/// A router over a database of its own, and an unlimited key.
#[derive(Debug, Clone)]
pub struct TestApp {
    /// The database behind it.
    pub database: TestDatabase,
    /// The state behind it.
    pub state: AppState,
    router: Router,
    key: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null when it is empty or no JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl TestApp {
    /// A fresh database, and the router that `build` makes over it, called with an admin's key.
    pub async fn new(build: impl FnOnce(AppState) -> Router) -> Self {
        Self::over(TestDatabase::fresh().await, build).await
    }

    /// The same as a deployment leaves it: with a first configuration, which no function's role may make.
    pub async fn deployed(build: impl FnOnce(AppState) -> Router) -> Self {
        let database = TestDatabase::fresh().await;
        let state = state_for(&database.url);
        seed(&state, Timestamp::now()).await.expect("a first configuration");
        Self::with_state(database, state, build).await
    }

    /// The router over a given database.
    pub async fn over(database: TestDatabase, build: impl FnOnce(AppState) -> Router) -> Self {
        let state = state_for(&database.url);
        Self::with_state(database, state, build).await
    }

    /// The router over a given state.
    pub async fn with_state(
        database: TestDatabase,
        state: AppState,
        build: impl FnOnce(AppState) -> Router,
    ) -> Self {
        let key = ApiKey::generate().expect("a key");
        store_key(&state, &key, Role::Admin).await;
        Self { router: build(state.clone()), key: key.reveal(), database, state }
    }

    /// The same router called with another key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// The same router called with a new key of this role.
    pub async fn with_role(&self, role: Role) -> Self {
        let key = ApiKey::generate().expect("a key");
        store_key(&self.state, &key, role).await;
        self.with_key(&key.reveal())
    }

    /// The key that calls carry.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// POSTs JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body.to_string()).await
    }

    /// GETs.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    /// Sends any text as a JSON body.
    pub async fn send(&self, method: Method, path: &str, body: String) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .expect("a request");
        self.call(request).await
    }

    /// Sends any request as it is.
    pub async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("routers are infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(bytes.to_vec()).expect("an answer is text");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body, text }
    }
}

/// A state over a database URL, with defaults for everything else.
pub fn state_for(url: &str) -> AppState {
    state_with(url, &[])
}

/// The same state, over a function's own login.
pub fn of_function(state: &AppState, function: &str) -> AppState {
    let mut config = Config::clone(&state.config);
    config.database_url = with_user(&config.database_url, &format!("telltale_{function}"));
    AppState::new(config, state.started_at).expect("the function's state")
}

/// A state over a database URL with some settings of its own.
pub fn state_with(url: &str, settings: &[(&str, &str)]) -> AppState {
    let config = Config::from_lookup(|name| match name {
        "DATABASE_URL" => Some(url.to_owned()),
        "LOG_LEVEL" => Some("error".to_owned()),
        _ => settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
    })
    .expect("the test's configuration");
    // A failed test shows why a request answered 5xx.
    crate::telemetry::start(config.log);
    AppState::new(config, Timestamp::now()).expect("the test's state")
}

/// Stores a key of this role; an admin's is unlimited, the others have the default limit.
pub async fn store_key(state: &AppState, key: &ApiKey, role: Role) {
    let purpose = KeyPurpose::of_role("test", role);
    store(state, key, &purpose, Timestamp::now()).await.expect("a stored key");
}
