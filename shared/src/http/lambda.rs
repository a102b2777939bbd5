//! Serving a router from a Lambda function behind API Gateway.

use super::extract::ClientAddress;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use lambda_http::request::RequestContext;

/// What a function's start may fail with.
pub use lambda_http::Error as BoxError;

/// Runs until the runtime ends the process.
///
/// # Errors
/// When the Runtime API cannot be reached.
pub async fn run(router: Router) -> Result<(), BoxError> {
    lambda_http::run(router.layer(from_fn(with_client_address))).await
}

/// The address as the gateway saw it; X-Forwarded-For can be written by anybody.
async fn with_client_address(mut request: Request, next: Next) -> Response {
    let address = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.clone(),
        Some(_) | None => None,
    };
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddress(address));
    }
    next.run(request).await
}
