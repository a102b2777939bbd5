//! A Lambda Runtime API: hands events to a function's binary and takes its answers.

use super::app::Answer;
use super::events::GatewayEvent;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path as InPath, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};

/// How long an invocation may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);
/// The function's own time, above the request's: Lambda tells it with each event.
pub(super) const FUNCTION_TIMEOUT: Duration = Duration::from_secs(10);
/// The trace that every invocation belongs to.
pub const TRACE_ID: &str = "1-6a1f0000-0123456789abcdef01234567";
/// A folder of binaries as cargo-lambda leaves them, one `<name>/bootstrap` each: they run in place of the ones that
/// the tests were built with.
const BUILT: &str = "TELLTALE_LAMBDA_BINARIES";
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
    ready: Option<oneshot::Receiver<()>>,
    started_at: Instant,
    events: mpsc::UnboundedSender<Value>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
}

/// An answer, or the error that the function reported instead.
type Outcome = Result<Value, Value>;

#[derive(Debug)]
struct Exchange {
    events: Mutex<mpsc::UnboundedReceiver<Value>>,
    outcomes: mpsc::UnboundedSender<Outcome>,
    ready: Mutex<Option<oneshot::Sender<()>>>,
    timeout: Duration,
}

impl RunningFunction {
    /// Starts a binary as in production, with these settings and nothing else of this process's environment.
    pub async fn start(binary: &str, settings: &[(&str, &str)]) -> Self {
        Self::start_within(binary, settings, FUNCTION_TIMEOUT).await
    }

    /// The same with another time for each invocation than the functions' that people and feeds call.
    pub async fn start_within(binary: &str, settings: &[(&str, &str)], timeout: Duration) -> Self {
        let (events, waiting) = mpsc::unbounded_channel();
        let (reported, outcomes) = mpsc::unbounded_channel();
        let (polled, ready) = oneshot::channel();
        let exchange = Exchange {
            events: Mutex::new(waiting),
            outcomes: reported,
            ready: Mutex::new(Some(polled)),
            timeout,
        };
        let address = serve(exchange).await;
        let started_at = Instant::now();
        let mut process = Command::new(built(binary))
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
        Self { process, log, metrics, ready: Some(ready), started_at, events, outcomes }
    }

    /// Waits until the function asks for its first event: its start is over.
    pub async fn ready(&mut self) {
        if let Some(ready) = self.ready.take() {
            tokio::time::timeout(PATIENCE, ready)
                .await
                .expect("a start in time")
                .expect("the Runtime API runs");
        }
    }

    /// Since the process was made.
    pub fn age(&self) -> Duration {
        self.started_at.elapsed()
    }

    /// Stops the process for a while, as Lambda freezes it between invocations, and lets it go on.
    pub async fn freeze(&self, meanwhile: impl Future<Output = ()>) {
        self.signal("STOP");
        meanwhile.await;
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.process.id());
        let status = Command::new("sh").args(["-c", &command]).status().expect("a shell");
        assert!(status.success(), "{command} failed");
    }

    /// Resident memory, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let text = std::fs::read_to_string(path).expect("the process runs");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches("kB").trim().parse().expect("a number")
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

    /// Ends the process; answers what it had written to standard error.
    pub async fn end_with_text(mut self) -> String {
        self.process.kill().expect("the process runs until it is ended");
        let (_status, log) = self.ended().await;
        log
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

/// The file that runs for a binary: itself, or what cargo-lambda made of it.
#[expect(clippy::disallowed_methods, reason = "a test's own setting, like its database")]
pub fn built(binary: &str) -> PathBuf {
    let name = Path::new(binary).file_name().expect("a binary's name");
    match std::env::var(BUILT) {
        Ok(folder) => PathBuf::from(folder).join(name).join("bootstrap"),
        Err(_) => PathBuf::from(binary),
    }
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
    if let Some(ready) = exchange.ready.lock().await.take() {
        // Nobody may be waiting for it.
        let _is_wanted = ready.send(());
    }
    let event = exchange.events.lock().await.recv().await;
    let Some(event) = event else {
        // The test has ended; the process is about to be.
        return std::future::pending().await;
    };
    let deadline = (jiff::Timestamp::now() + exchange.timeout).as_millisecond();
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

async fn respond(
    State(exchange): State<Arc<Exchange>>,
    InPath(_id): InPath<String>,
    body: Bytes,
) -> StatusCode {
    report(&exchange, Ok(read(&body)))
}

async fn fail(State(exchange): State<Arc<Exchange>>, InPath(_id): InPath<String>, body: Bytes) -> StatusCode {
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
