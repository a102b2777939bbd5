//! A Lambda Runtime API: hands recorded events to a function's binary and takes its answers.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

/// How long an invocation may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A function's binary under a Runtime API of its own. The process ends with this value.
#[derive(Debug)]
pub struct RunningFunction {
    process: Child,
    events: mpsc::UnboundedSender<Value>,
    answers: mpsc::UnboundedReceiver<Value>,
}

#[derive(Debug)]
struct Exchange {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    answers: mpsc::UnboundedSender<Value>,
}

impl RunningFunction {
    /// Starts a binary with these settings in its environment and nothing else.
    pub async fn start(binary: &str, settings: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (events, waiting) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let exchange = Arc::new(Exchange { events: Mutex::new(waiting), answers: answered });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(answer))
            .route("/2018-06-01/runtime/init/error", post(answer))
            .with_state(exchange);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let process = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "telltale")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "telltale")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "telltale")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .spawn()
            .expect("the function's binary starts");
        Self { process, events, answers }
    }

    /// Hands the function an event and waits for its answer.
    pub async fn invoke(&mut self, event: Value) -> Value {
        self.events.send(event).expect("the Runtime API runs");
        tokio::time::timeout(PATIENCE, self.answers.recv())
            .await
            .expect("an answer in time")
            .expect("the Runtime API runs")
    }
}

impl Drop for RunningFunction {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

async fn next(State(exchange): State<Arc<Exchange>>) -> (HeaderMap, Json<Value>) {
    let event = exchange.events.lock().await.recv().await;
    let Some(event) = event else {
        // The test has ended; the process is about to be.
        return std::future::pending().await;
    };
    let deadline = jiff::Timestamp::now().as_millisecond() + 10_000;
    let headers = [
        ("lambda-runtime-aws-request-id", uuid::Uuid::now_v7().to_string()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:telltale".into(),
        ),
    ];
    let headers = headers
        .into_iter()
        .map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(&value).expect("a header"))
        })
        .collect();
    (headers, Json(event))
}

async fn answer(State(exchange): State<Arc<Exchange>>, Path(_id): Path<String>, body: Bytes) -> StatusCode {
    let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    // The test may have ended without waiting for this one.
    let _is_taken = exchange.answers.send(value);
    StatusCode::ACCEPTED
}
