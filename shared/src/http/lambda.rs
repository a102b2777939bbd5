//! Serving a router from a Lambda function behind a REST API of API Gateway.
//!
//! What differs from a socket is put right here, before the router sees the request: its path and the
//! client's address. Everything else is the router's. The schedule's function has no router; it shares only
//! how an error is told to Lambda.

use super::extract::{ClientAddress, Traced};
use super::measure;
use crate::config::Environment;
use crate::error::{Error, ErrorKind, causes};
use crate::state::AppState;
use axum::Router;
use axum::http::Uri;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use std::fmt::Write as _;
use std::time::Duration;
use tower::ServiceExt;
use tracing::Instrument;

pub use lambda_http::Context;
/// What a function's start may fail with.
pub use lambda_http::Error as BoxError;
/// What Lambda is told of an invocation that failed; the runtime logs it.
pub use lambda_http::lambda_runtime::Diagnostic;

/// Runs until the runtime ends the process.
///
/// # Errors
/// When the Runtime API cannot be reached.
pub async fn run(router: Router) -> Result<(), BoxError> {
    lambda_http::run(router.map_request(as_the_client_sent_it)).await
}

/// Does the work of an invocation that is no request. What it noted becomes its metric line.
pub async fn invoked<T>(state: &AppState, context: &Context, work: impl Future<Output = T>) -> T {
    let done = spanned(state.config.environment, context, work).await;
    measure::end_invocation(state, &context.request_id);
    done
}

/// Does work whose log lines name Lambda's request and the trace.
pub async fn spanned<T>(environment: Environment, context: &Context, work: impl Future<Output = T>) -> T {
    let span = tracing::info_span!(
        "invocation",
        request_id = context.request_id,
        environment = environment.as_str(),
        trace_id = context.xray_trace_id.as_deref().and_then(trace_id),
    );
    work.instrument(span).await
}

/// An error of an invocation that no client waits for: its type, and everything that is known of why.
pub fn diagnostic(error: &Error) -> Diagnostic {
    let mut error_message = causes(error);
    for problem in &error.details {
        let _ = write!(error_message, "; {} {}", problem.pointer, problem.message);
    }
    Diagnostic { error_type: error.kind.as_str().to_owned(), error_message }
}

/// Kept of an invocation's time for its answer.
const FOR_THE_ANSWER: Duration = Duration::from_secs(2);

/// Ends a task before Lambda ends the function, so that whoever sent the event is told why. What is given up rolls back.
///
/// # Errors
/// The task's own, and [`ErrorKind::DeadlineExceeded`].
pub async fn within<T>(
    time_left: Duration,
    task: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let within = time_left.saturating_sub(FOR_THE_ANSWER);
    tokio::time::timeout(within, task).await.unwrap_or_else(|_| {
        let message = format!("the task did not end within {} s and was given up", within.as_secs());
        Err(Error::new(ErrorKind::DeadlineExceeded, message))
    })
}

/// The client's address is the one that the gateway saw; X-Forwarded-For can be written by anybody.
fn as_the_client_sent_it(mut request: Request) -> Request {
    let traced = traced(&request);
    request.extensions_mut().insert(traced);
    let (uri, address) = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => {
            (without_stage(&request, context.stage.as_deref()), context.identity.source_ip.clone())
        }
        Some(_) | None => (None, None),
    };
    if let Some(uri) = uri {
        *request.uri_mut() = uri;
    }
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
    request
}

/// The ids that AWS gave the request.
fn traced(request: &Request) -> Traced {
    let gateway_request_id = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.request_id.clone(),
        Some(_) | None => None,
    };
    let header = request.lambda_context_ref().and_then(|context| context.xray_trace_id.as_deref());
    Traced { gateway_request_id, trace_id: header.and_then(trace_id) }
}

/// The trace's id out of what Lambda tells an invocation, such as `Root=1-6a1f0000-0123;Parent=53995c3f;Sampled=1`.
pub fn trace_id(header: &str) -> Option<String> {
    header.split(';').find_map(|part| part.trim().strip_prefix("Root=")).map(str::to_owned)
}

/// The request's address without the stage, which `lambda_http` puts in front of the path unless the path
/// begins with it or an environment variable forbids it. None where there is nothing to take away.
fn without_stage(request: &Request, stage: Option<&str>) -> Option<Uri> {
    let stage = format!("/{}", stage?);
    if request.raw_http_path().starts_with(&format!("{stage}/")) {
        return None;
    }
    let rest = request.uri().path_and_query()?.as_str().strip_prefix(&stage)?;
    if !rest.starts_with('/') {
        return None;
    }
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(rest.parse().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FieldProblem;
    use serde_json::{Value, json};

    /// What of a gateway's event is read here.
    fn event(stage: &str, path: &str) -> Value {
        let identity = json!({"sourceIp": "192.0.2.7"});
        let context = json!({"stage": stage, "identity": identity, "httpMethod": "GET"});
        let headers = json!({"Host": "api.example.com", "X-Forwarded-For": "203.0.113.99, 192.0.2.7"});
        json!({"path": path, "httpMethod": "GET", "headers": headers, "requestContext": context})
    }

    fn received(event: &Value) -> Option<Request> {
        lambda_http::request::from_str(&event.to_string()).ok().map(as_the_client_sent_it)
    }

    fn routed(event: &Value) -> Option<String> {
        received(event)?.uri().path_and_query().map(ToString::to_string)
    }

    #[test]
    fn the_stage_is_no_part_of_the_path() {
        for stage in ["production", "staging", "v1", "$default"] {
            let routed = routed(&event(stage, "/api/v1/alerts"));
            assert_eq!(routed.as_deref(), Some("/api/v1/alerts"), "on the stage {stage}");
        }
        assert_eq!(routed(&event("production", "/")).as_deref(), Some("/"));
    }

    #[test]
    fn a_stage_that_is_called_as_the_path_begins_takes_nothing_away() {
        for (stage, path) in [("api", "/api/v1/alerts"), ("health", "/health"), ("health", "/healthy")] {
            assert_eq!(routed(&event(stage, path)).as_deref(), Some(path), "on the stage {stage}");
        }
    }

    #[test]
    fn the_query_is_kept_and_encoded_again() {
        let mut event = event("production", "/api/v1/alerts");
        event["multiValueQueryStringParameters"] = json!({"from": ["2026-06-03T12:00:00+02:00"]});
        let expected = "/api/v1/alerts?from=2026-06-03T12%3A00%3A00%2B02%3A00";
        assert_eq!(routed(&event).as_deref(), Some(expected));
    }

    #[test]
    fn the_clients_address_is_the_one_the_gateway_saw() {
        let request = received(&event("production", "/health")).unwrap();
        assert_eq!(request.extensions().get::<ClientAddress>().unwrap().0, "192.0.2.7");
    }

    #[test]
    fn the_gateways_id_and_the_traces_root_are_taken() {
        let mut event = event("production", "/health");
        event["requestContext"]["requestId"] = json!("0f1e2d3c");
        let traced = received(&event).unwrap().extensions().get::<Traced>().cloned().unwrap();
        assert_eq!(traced.gateway_request_id.as_deref(), Some("0f1e2d3c"));
        assert_eq!(traced.trace_id, None);
        let header = "Root=1-6a1f0000-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1";
        assert_eq!(trace_id(header).as_deref(), Some("1-6a1f0000-0123456789abcdef01234567"));
        assert_eq!(trace_id("Parent=53995c3f42cd8ad8"), None);
    }

    #[test]
    fn an_error_without_a_client_says_everything_that_is_known() {
        let problem = FieldProblem { pointer: "/task".into(), message: "is required".into() };
        let told = diagnostic(&Error::validation(vec![problem]).because("the cause"));
        assert_eq!(told.error_type, "ValidationFailed");
        assert_eq!(told.error_message, "1 field is wrong: the cause; /task is required");
    }
}
