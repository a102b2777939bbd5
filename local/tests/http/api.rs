//! A small HTTP server on the loopback interface that answers as a test tells it to, and keeps every request.
//!
//! It speaks the API's wire forms and decides nothing of its own, so that a test can make the server busy,
//! limited or wrong at will, which the real one cannot be made.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use local::client::{Client, ClientOptions};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

/// One answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<&'static str>,
    pub(crate) body: Value,
}

/// Answers the n-th request, from 0.
type Script = dyn Fn(usize, &Request) -> Answer + Send + Sync;

#[derive(Clone)]
struct Api {
    requests: Arc<Mutex<Vec<Request>>>,
    script: Arc<Script>,
}

/// A running server.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts on a free port.
    pub(crate) async fn start(script: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let api = Api { requests: requests.clone(), script: Arc::new(script) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(api);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, requests }
    }

    /// What has arrived so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Options for this server that lose no time where the server names no pause.
    pub(crate) fn options(&self) -> ClientOptions {
        let options = ClientOptions::new(self.url.clone(), "tt_test".to_owned());
        ClientOptions { first_pause: Duration::from_millis(1), patience: Duration::from_secs(5), ..options }
    }

    /// A client with these options.
    pub(crate) fn client(&self) -> Client {
        Client::try_new(self.options()).unwrap()
    }
}

async fn answer(State(api): State<Api>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get("authorization").map_or("", |value| value.to_str().unwrap()).to_owned();
    // A GET has no body.
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    let request = Request { path: uri.path().to_owned(), authorization, body };
    let number = {
        let mut requests = api.requests.lock().unwrap();
        requests.push(request.clone());
        requests.len() - 1
    };
    let answer = (api.script)(number, &request);
    let status = StatusCode::from_u16(answer.status).unwrap();
    let mut response = (status, answer.body.to_string()).into_response();
    if let Some(seconds) = answer.retry_after {
        response.headers_mut().insert("retry-after", seconds.parse().unwrap());
    }
    response
}

/// Success with this body.
pub(crate) fn success(body: Value) -> Answer {
    Answer { status: 200, retry_after: None, body }
}

/// A refusal in the error structure.
pub(crate) fn refusal(status: u16, kind: &str, retry_after: Option<&'static str>) -> Answer {
    let error = json!({
        "type": kind, "message": "as the test says", "request_id": "req-1", "timestamp": "2025-03-01T00:00:00Z"
    });
    Answer { status, retry_after, body: json!({ "error": error }) }
}

/// Success with one item for each of the request's transactions or labels.
pub(crate) fn items(request: &Request, item: impl Fn(&Value) -> Value) -> Answer {
    let sent = ["transactions", "labels"].iter().find_map(|name| request.body[*name].as_array()).unwrap();
    let items: Vec<Value> = sent
        .iter()
        .enumerate()
        .map(|(index, one)| {
            let mut answer = item(one);
            answer["index"] = json!(index);
            answer
        })
        .collect();
    success(json!({ "items": items, "counts": {} }))
}
