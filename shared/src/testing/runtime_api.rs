//! A Lambda Runtime API: hands events to a function's binary and takes its answers.

use super::app::Answer;
use super::events::GatewayEvent;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use std::io::Read;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};

/// How long an invocation may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);
/// The function's own time, above the request's: Lambda tells it with each event.
const FUNCTION_TIMEOUT: jiff::SignedDuration = jiff::SignedDuration::from_secs(10);
/// The trace that every invocation belongs to.
pub const TRACE_ID: &str = "1-6a1f0000-0123456789abcdef01234567";
/// What every function has in production; a test's own settings come after.
const IN_PRODUCTION: [(&str, &str); 5] = [
    ("DATABASE_POOL_SIZE", "1"),
    ("DEBUG", "false"),
    ("ENVIRONMENT", "production"),
    ("LOG_FORMAT", "json"),
    ("SECRET_KEY", "a-secret-of-the-tests-with-enough-characters"),
];

/// A function's binary under a Runtime API of its own. The process ends with this value.
#[derive(Debug)]
pub struct RunningFunction {
    process: Child,
    log: Option<oneshot::Receiver<String>>,
    metrics: Option<oneshot::Receiver<String>>,
    events: mpsc::UnboundedSender<Value>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
}

/// An answer, or the error that the function reported instead.
type Outcome = Result<Value, Value>;

#[derive(Debug)]
struct Exchange {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    outcomes: mpsc::UnboundedSender<Outcome>,
}

impl RunningFunction {
    /// Starts a binary as in production, with these settings and nothing else of this process's environment.
    pub async fn start(binary: &str, settings: &[(&str, &str)]) -> Self {
        let (events, waiting) = mpsc::unbounded_channel();
        let (reported, outcomes) = mpsc::unbounded_channel();
        let exchange = Exchange { events: Mutex::new(waiting), outcomes: reported };
        let address = serve(exchange).await;
        let mut process = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "telltale")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "telltale")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "telltale")
            .envs(IN_PRODUCTION)
            .envs(settings.iter().copied())
            // Away from the project, where a developer's .env may lie.
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the function's binary starts");
        let log = process.stderr.take().map(collect);
        let metrics = process.stdout.take().map(collect);
        Self { process, log, metrics, events, outcomes }
    }

    /// Hands the function an event and waits for its answer, or for the error that it reports.
    pub async fn invoke(&mut self, event: Value) -> Outcome {
        self.events.send(event).expect("the Runtime API runs");
        tokio::time::timeout(PATIENCE, self.outcomes.recv())
            .await
            .expect("an answer in time")
            .expect("the Runtime API runs")
    }

    /// Sends a request through the gateway and reads the function's answer as the gateway does.
    pub async fn call(&mut self, event: GatewayEvent) -> Answer {
        let answer = self.invoke(event.into_value()).await.expect("an answer and no error");
        read_answer(&answer)
    }

    /// Ends the process; answers what it had logged, one JSON object a line.
    pub async fn end(self) -> Vec<Value> {
        self.end_with_metrics().await.0
    }

    /// Ends the process; answers its log and the metric lines it left on standard output.
    pub async fn end_with_metrics(mut self) -> (Vec<Value>, Vec<Value>) {
        self.process.kill().expect("the process runs until it is ended");
        let (_status, log) = self.ended().await;
        let metrics = self.metrics.take().expect("the metrics are read once").await.expect("the metrics");
        (lines(&log), lines(&metrics))
    }

    /// Waits until the process ends by itself; answers its status and what it had written to standard error.
    pub async fn ended(&mut self) -> (ExitStatus, String) {
        let log = self.log.take().expect("the log is read once");
        let log = tokio::time::timeout(PATIENCE, log).await.expect("an end in time").expect("the log");
        (self.process.wait().expect("a status"), log)
    }
}

impl Drop for RunningFunction {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

/// Reads until the process closes it, which it does by ending.
fn collect(mut output: impl Read + Send + 'static) -> oneshot::Receiver<String> {
    let (collected, log) = oneshot::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).expect("a process writes text");
        // Nobody may want it.
        let _is_wanted = collected.send(text);
    });
    log
}

/// What the gateway makes of the output of a proxy integration; anything malformed would be its 502.
fn read_answer(answer: &Value) -> Answer {
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = StatusCode::from_u16(status.expect("a statusCode")).expect("a status");
    let single = answer["headers"].as_object().into_iter().flatten();
    let multiple = answer["multiValueHeaders"].as_object().into_iter().flatten();
    let multiple = multiple.flat_map(|(name, values)| {
        values.as_array().expect("a list of values").iter().map(move |value| (name, value))
    });
    let headers = single.chain(multiple).map(|(name, value)| header(name, value.as_str().expect("a value")));
    assert_eq!(answer["isBase64Encoded"], false, "the gateway would take the body for binary: {answer}");
    let text = answer["body"].as_str().unwrap_or_default().to_owned();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, headers: headers.collect(), body, text }
}

fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    (name.parse().expect("a header's name"), value.parse().expect("a header's value"))
}

async fn serve(exchange: Exchange) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(respond))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(fail))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(exchange));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn next(State(exchange): State<Arc<Exchange>>) -> (HeaderMap, Json<Value>) {
    let event = exchange.events.lock().await.recv().await;
    let Some(event) = event else {
        // The test has ended; the process is about to be.
        return std::future::pending().await;
    };
    let deadline = (jiff::Timestamp::now() + FUNCTION_TIMEOUT).as_millisecond();
    let headers = [
        ("lambda-runtime-aws-request-id", uuid::Uuid::now_v7().to_string()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-trace-id", format!("Root={TRACE_ID};Parent=53995c3f42cd8ad8;Sampled=1")),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:telltale".into(),
        ),
    ];
    (headers.iter().map(|(name, value)| header(name, value)).collect(), Json(event))
}

async fn respond(State(exchange): State<Arc<Exchange>>, Path(_id): Path<String>, body: Bytes) -> StatusCode {
    report(&exchange, Ok(read(&body)))
}

async fn fail(State(exchange): State<Arc<Exchange>>, Path(_id): Path<String>, body: Bytes) -> StatusCode {
    report(&exchange, Err(read(&body)))
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).expect("the function answers JSON")
}

fn report(exchange: &Exchange, outcome: Outcome) -> StatusCode {
    // The test may have ended without waiting for this one.
    let _is_taken = exchange.outcomes.send(outcome);
    StatusCode::ACCEPTED
}
