//! A request's metrics: what the edge saw of it, and what was noted while it ran.

use super::clock;
use crate::state::AppState;
use crate::telemetry;
use crate::telemetry::catalogue::{
    COLD_STARTS, ERRORS, LATENCY, POOL_IDLE, POOL_SIZE, POOL_WAIT, POOL_WAITING, REQUESTS,
};
use crate::telemetry::line::Invocation;
use crate::telemetry::meter::Reading;
use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use std::time::Duration;

/// What no route takes. One name for all of it: each name is a custom metric, and callers must not make them.
const UNROUTED: &str = "unrouted";

/// Method and path as the router knows it.
#[derive(Debug)]
pub(super) struct Route(Option<String>);

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub status: StatusCode,
    pub elapsed: Duration,
    pub is_cold_start: bool,
}

impl Route {
    pub(super) fn of(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let method = match *request.method() {
            // A HEAD is answered by the GET.
            Method::GET | Method::HEAD => Some("GET"),
            Method::POST => Some("POST"),
            Method::PUT => Some("PUT"),
            Method::DELETE => Some("DELETE"),
            _ => None,
        };
        Self(method.zip(path).map(|(method, path)| format!("{method} {path}")))
    }

    /// A path with a method that it does not take is as good as no path.
    fn name(&self, status: StatusCode) -> &str {
        match &self.0 {
            Some(route) if status != StatusCode::METHOD_NOT_ALLOWED => route,
            Some(_) | None => UNROUTED,
        }
    }
}

/// Ends a request: its metric line.
pub(super) fn end(state: &AppState, route: &Route, answered: Answered, request_id: &str) {
    let mut readings = vec![Reading::once(REQUESTS, 1.0), Reading::times(LATENCY, answered.elapsed, 1)];
    // Left out where there are none: a metric is charged for the hours in which it has values.
    if answered.status.is_server_error() {
        readings.push(Reading::once(ERRORS, 1.0));
    }
    if answered.is_cold_start {
        readings.push(Reading::once(COLD_STARTS, 1.0));
    }
    let (waited, n_waits) = state.database.waits().take();
    if n_waits > 0 {
        readings.push(Reading::times(POOL_WAIT, waited, n_waits));
    }
    readings.extend(pool_readings(state));
    let invocation = Invocation {
        at: clock::now(),
        environment: state.config.environment.as_str(),
        function: state.function,
        route: Some(route.name(answered.status)),
        request_id: Some(request_id),
    };
    telemetry::end(&state.config, &state.meter, invocation, readings);
}

/// Ends an invocation that is no request: Lambda itself counts those, so its line holds only what was noted.
pub fn end_invocation(state: &AppState, request_id: &str) {
    let invocation = Invocation {
        at: clock::now(),
        environment: state.config.environment.as_str(),
        function: state.function,
        route: None,
        request_id: Some(request_id),
    };
    telemetry::end(&state.config, &state.meter, invocation, Vec::new());
}

/// The pool right now.
pub fn pool_readings(state: &AppState) -> [Reading; 3] {
    let pool = state.database.pool_status();
    [
        Reading::once(POOL_SIZE, pool.n_connections as f64),
        Reading::once(POOL_IDLE, pool.n_idle as f64),
        Reading::once(POOL_WAITING, pool.n_waiting as f64),
    ]
}
