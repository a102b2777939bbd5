//! What stands round every router: request id, one log line a request, the error body, limits of time and size.

use super::error::{kind_of, render};
use super::extract::{ClientAddress, RequestId, Traced};
use super::idempotency::{IDEMPOTENCY_KEY, REPLAYED, know_again};
use super::parameters::refuse_unknown_parameters;
use super::{measure, rate};
use crate::config::Config;
use crate::domain::rate::Tally;
use crate::error::{Error, ErrorKind, causes};
use crate::state::AppState;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument;

/// A request's own time: above the statement timeout (3 s), below the function's (10 s).
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(6);
/// The largest body: Lambda ends at 6 MB.
pub const MAX_BODY_BYTES: usize = 5 * 1024 * 1024;
/// The largest body with a file. 4 MiB are 5,592,408 characters of base64; the rest is for the other fields, and for who
/// writes `/` as `\/`. With the gateway's event round it, it stays below the 6,291,456 bytes that Lambda takes.
pub const MAX_BODY_BYTES_OF_A_FILE: usize = 5_750_000;

/// Whether this process has seen no request yet: on Lambda the first one waited for a cold start.
static IS_COLD: AtomicBool = AtomicBool::new(true);

/// Marks a response whose error body has a shape of its own (`/health`).
#[derive(Debug, Clone, Copy)]
pub struct OwnShape;

/// Turns routes into a service: everything that every function's router has round it.
pub fn finish(routes: impl Into<Router<AppState>>, state: AppState) -> Router {
    finish_within(routes, state, REQUEST_TIMEOUT)
}

/// The same with a time limit of its own, for what a schedule would run and not a client.
pub fn finish_within(routes: impl Into<Router<AppState>>, state: AppState, timeout: Duration) -> Router {
    let cors = cors(&state.config);
    routes
        .into()
        .with_state(state.clone())
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(state.clone(), know_again))
        .layer(from_fn(refuse_unknown_parameters))
        .layer(CatchPanicLayer::custom(|panic: Box<dyn std::any::Any + Send>| {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            axum::response::IntoResponse::into_response(Error::internal(format!(
                "a handler panicked: {text}"
            )))
        }))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, timeout))
        .layer(cors)
        .layer(from_fn_with_state(state, edge))
}

fn cors(config: &Config) -> CorsLayer {
    let origins = config.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.filter(|origin| origin != "*")))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, IDEMPOTENCY_KEY])
        .expose_headers([
            header::ETAG,
            header::RETRY_AFTER,
            REPLAYED,
            header::HeaderName::from_static("x-request-id"),
            rate::POLICY,
            rate::LEFT,
        ])
        .max_age(Duration::from_secs(3_600))
}

/// The outermost layer.
async fn edge(State(state): State<AppState>, mut request: Request, next: Next) -> Response<Body> {
    let started = Instant::now();
    let request_id = format!("req-{}", uuid::Uuid::now_v7());
    let line = RequestLine::of(&request, request_id.clone(), &state);
    let route = measure::Route::of(&request);
    let tally = Tally::default();
    request.extensions_mut().insert(RequestId(request_id.clone()));
    request.extensions_mut().insert(Arc::clone(&tally));
    if let Some(ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let address = ClientAddress(address.ip().to_string());
        request.extensions_mut().insert(address);
    }
    let span = line.span();
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = span.in_scope(|| with_error_body(response, &request_id, &line.path));
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", value);
    }
    rate::tell(response.headers_mut(), tally.get());
    let (status, elapsed) = (response.status(), started.elapsed());
    line.log(status, elapsed);
    let answered = measure::Answered { status, elapsed, is_cold_start: line.is_cold_start };
    measure::end(&state, &route, answered, &request_id);
    response
}

/// Gives every error response its body; what a library answered without one too.
fn with_error_body(response: Response<Body>, request_id: &str, path: &str) -> Response<Body> {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.extensions().get::<OwnShape>().is_some() {
        return response;
    }
    let error =
        response.extensions().get::<Arc<Error>>().cloned().unwrap_or_else(|| Arc::new(unsaid(status)));
    if status.is_server_error() {
        tracing::error!(kind = error.kind.as_str(), "a request failed: {}", causes(&*error));
    }
    let mut rendered = render(&error, request_id, path, Timestamp::now());
    // What other layers said stays: Allow, and what lets a browser read the answer. Only the body is another.
    let is_of_body = |name| [header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name);
    for (name, value) in response.headers().iter().filter(|(name, _)| !is_of_body(*name)) {
        rendered.headers_mut().append(name, value.clone());
    }
    rendered
}

fn unsaid(status: StatusCode) -> Error {
    let kind = kind_of(status);
    let message = match kind {
        ErrorKind::NotFound => "there is no such path; see docs/API.md for those there are",
        ErrorKind::MethodNotAllowed => "the path exists, but not with this method; see the Allow header",
        ErrorKind::DeadlineExceeded => "the request took too long; sending it again is safe",
        _ => "the request could not be served",
    };
    Error::new(kind, message)
}

/// What one log line says of a request; never its body, its key or its query.
struct RequestLine {
    request_id: String,
    environment: &'static str,
    traced: Traced,
    is_cold_start: bool,
    method: Method,
    path: String,
    user_agent: String,
}

impl RequestLine {
    fn of(request: &Request, request_id: String, state: &AppState) -> Self {
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            request_id,
            environment: state.config.environment.as_str(),
            traced: request.extensions().get::<Traced>().cloned().unwrap_or_default(),
            is_cold_start: IS_COLD.swap(false, Ordering::Relaxed),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            user_agent: user_agent.unwrap_or_default().to_owned(),
        }
    }

    /// Stands round every line that the request leaves before it is completed.
    fn span(&self) -> tracing::Span {
        tracing::info_span!(
            "request",
            request_id = self.request_id,
            environment = self.environment,
            gateway_request_id = self.traced.gateway_request_id,
            trace_id = self.traced.trace_id,
            cold_start = self.is_cold_start,
        )
    }

    fn log(&self, status: StatusCode, elapsed: Duration) {
        tracing::info!(
            event = "request_completed",
            request_id = self.request_id,
            environment = self.environment,
            gateway_request_id = self.traced.gateway_request_id,
            trace_id = self.traced.trace_id,
            cold_start = self.is_cold_start,
            method = %self.method,
            path = self.path,
            status = status.as_u16(),
            duration_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            user_agent = self.user_agent,
            "request completed"
        );
    }
}
