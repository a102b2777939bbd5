//! The real routes behind a stage's path on the loopback interface, as API Gateway puts them, with or without a fault.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use serde_json::Value;
use shared::http::layers;
use shared::state::AppState;
use shared::testing::app::{TestApp, state_with};
use shared::testing::database::TestDatabase;
use std::net::SocketAddr;

pub(crate) const ORIGIN: &str = "https://console.example.com";

/// What a deployment can have wrong with it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    DatabaseGone,
    DashboardWithoutFigures,
    SecondPageIsTheFirst,
    ContextWithoutFeatures,
    ContextWithoutCounterfactual,
    ErrorsWithStackTraces,
    ErrorsWithoutRequestIds,
    ErrorsOfTheGateway,
    EveryOriginAllowed,
    NoOriginAllowed,
    OriginsEchoed,
    PreflightWithoutAuthorization,
}

/// A running deployment.
pub(crate) struct Deployment {
    pub(crate) app: TestApp,
    pub(crate) url: String,
}

impl Deployment {
    /// The routes of every function, and not those of the local process alone.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::fresh().await;
        let settings: Vec<_> =
            [("CORS_ORIGINS", ORIGIN)].into_iter().chain(settings.iter().copied()).collect();
        let state = state_with(&database.url, &settings);
        let app = TestApp::with_state(database, state.clone(), routes).await;
        let url = serve(routes(state)).await;
        Self { app, url }
    }

    /// The same over the same database with a fault between it and the world: its address.
    pub(crate) async fn with_fault(&self, fault: Fault) -> String {
        let faulty = move |request, next| plant(fault, request, next);
        serve(routes(self.app.state.clone()).layer(from_fn(faulty))).await
    }
}

fn routes(state: AppState) -> Router {
    layers::finish(local::serve::routes(), state)
}

/// Serves behind the path `/live`, on a free port.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/live", listener.local_addr().unwrap());
    let service = Router::new().nest_service("/live", router);
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    url
}

async fn plant(fault: Fault, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let origin = request.headers().get(header::ORIGIN).cloned();
    if matches!(fault, Fault::SecondPageIsTheFirst) && request.uri().query().is_some() {
        let query = request.uri().query().unwrap_or_default();
        let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("cursor=")).collect();
        *request.uri_mut() = format!("{path}?{}", kept.join("&")).parse::<Uri>().unwrap();
    }
    let response = next.run(request).await;
    let is_error = response.status().is_client_error();
    match fault {
        Fault::SecondPageIsTheFirst => response,
        Fault::DatabaseGone if path == "/health" => {
            let body =
                r#"{"status": "unhealthy", "database": "disconnected", "uptime_seconds": 1, "version": "1"}"#;
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        }
        Fault::DashboardWithoutFigures if path == "/api/v1/dashboard" => {
            rewritten(response, |body| {
                body.as_object_mut().unwrap().remove("outcomes");
            })
            .await
        }
        Fault::ContextWithoutFeatures if path.starts_with("/api/v1/alerts/alr_") && !is_error => {
            rewritten(response, |body| body["assessment"]["features"] = Value::Array(Vec::new())).await
        }
        Fault::ContextWithoutCounterfactual if path.starts_with("/api/v1/alerts/alr_") && !is_error => {
            rewritten(response, |body| {
                body["assessment"].as_object_mut().unwrap().remove("counterfactual");
            })
            .await
        }
        Fault::ErrorsWithStackTraces if is_error => {
            let trace = "thread 'main' panicked at shared/src/db/alerts.rs:12:3";
            rewritten(response, |body| body["detail"] = trace.into()).await
        }
        Fault::ErrorsWithoutRequestIds if is_error => {
            rewritten(response, |body| {
                body["error"].as_object_mut().unwrap().remove("request_id");
            })
            .await
        }
        Fault::ErrorsOfTheGateway if is_error => {
            rewritten(response, |body| *body = serde_json::json!({"message": "Missing Authentication Token"}))
                .await
        }
        Fault::EveryOriginAllowed => allowing(response, Some(HeaderValue::from_static("*"))),
        Fault::NoOriginAllowed => allowing(response, None),
        Fault::OriginsEchoed => allowing(response, origin),
        Fault::PreflightWithoutAuthorization => {
            let mut response = response;
            response.headers_mut().remove(header::ACCESS_CONTROL_ALLOW_HEADERS);
            response
        }
        _ => response,
    }
}

async fn rewritten(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let mut value = serde_json::from_slice(&bytes).unwrap_or_default();
    change(&mut value);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

fn allowing(mut response: Response, origin: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    headers.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}
