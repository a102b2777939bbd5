//! An error as the client sees it: a problem document (RFC 9457) that carries the `error` object.

use super::precondition::etag;
use super::words;
use crate::error::{Error, ErrorKind};
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The status of each kind.
pub fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::MalformedRequest => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorKind::ContentConflict | ErrorKind::InProgress | ErrorKind::WrongState => StatusCode::CONFLICT,
        ErrorKind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        ErrorKind::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::ValidationFailed => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Busy
        | ErrorKind::DatabaseUnavailable
        | ErrorKind::OutcomeUnknown
        | ErrorKind::DeadlineExceeded => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What a status means when a library answered it without saying more.
pub fn kind_of(status: StatusCode) -> ErrorKind {
    match status {
        StatusCode::NOT_FOUND => ErrorKind::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorKind::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorKind::PayloadTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorKind::UnsupportedMediaType,
        StatusCode::UNPROCESSABLE_ENTITY => ErrorKind::ValidationFailed,
        StatusCode::REQUEST_TIMEOUT => ErrorKind::DeadlineExceeded,
        status if status.is_client_error() => ErrorKind::MalformedRequest,
        _ => ErrorKind::InternalError,
    }
}

/// The error travels to the edge as an extension; there it gets its request id, its log line and its body.
impl IntoResponse for Error {
    fn into_response(self) -> Response<Body> {
        let mut response = status_of(self.kind).into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The body of every error: a problem document (RFC 9457) that carries the `error` object.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Problem<'a> {
    /// `urn:telltale:error:` and the error's type.
    r#type: String,
    #[schema(value_type = words::ErrorType)]
    title: &'a str,
    status: u16,
    /// The message.
    detail: &'a str,
    /// The request's path.
    instance: &'a str,
    error: ErrorObject<'a>,
}

/// What went wrong, and which request it was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErrorObject)]
struct ErrorObject<'a> {
    #[schema(value_type = words::ErrorType)]
    r#type: &'a str,
    /// A sentence for a person.
    message: &'a str,
    /// `req-` and a UUID, as `X-Request-Id` has it.
    request_id: &'a str,
    timestamp: Timestamp,
    /// The wrong fields, of ValidationFailed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Detail<'a>>,
    /// The version there is now, of PreconditionFailed and PreconditionRequired.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<i64>,
}

/// One wrong field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldProblem)]
struct Detail<'a> {
    /// A JSON pointer into the body, or `?name` for a query parameter.
    pointer: &'a str,
    /// What would be right.
    message: &'a str,
}

/// Writes the body of an error. `instance` is the request's path.
pub fn render(error: &Error, request_id: &str, instance: &str, now: Timestamp) -> Response<Body> {
    let kind = error.kind.as_str();
    let details = error
        .details
        .iter()
        .map(|problem| Detail { pointer: &problem.pointer, message: &problem.message })
        .collect();
    let problem = Problem {
        r#type: format!("urn:telltale:error:{kind}"),
        title: kind,
        status: status_of(error.kind).as_u16(),
        detail: &error.message,
        instance,
        error: ErrorObject {
            r#type: kind,
            message: &error.message,
            request_id,
            timestamp: now,
            details,
            current_version: error.current_version,
        },
    };
    let mut response = (status_of(error.kind), axum::Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = error.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(version) = error.current_version
        && let Ok(tag) = HeaderValue::from_str(&etag(version))
    {
        headers.insert(header::ETAG, tag);
    }
    if error.kind == ErrorKind::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
