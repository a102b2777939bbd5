//! What a use case can answer instead of a result: a closed list, free of any transport.
//!
//! [`ErrorKind`] is what the API documents as `error.type`; `http::error` turns it into a status and a
//! body. The cause stays in `source`, for the log at the edge; a client never sees it.

use std::error::Error as StdError;

/// A cause, kept for the log.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// The closed list of error types. A variant is what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The body is not JSON: mend the syntax.
    MalformedRequest,
    /// No key, or one that is unknown, wrong, expired or revoked: send a valid one.
    Unauthenticated,
    /// The key may not do this: use another.
    Forbidden,
    /// There is no such thing: check the id or path.
    NotFound,
    /// The path exists, the method does not: see `Allow`.
    MethodNotAllowed,
    /// The natural key is taken by other content: send another key.
    ContentConflict,
    /// The same natural key is being ingested right now: try again shortly.
    InProgress,
    /// The alert or key is not in a state that allows this: read it again.
    WrongState,
    /// What the caller has seen is no longer the current version: read it again.
    PreconditionFailed,
    /// The body is too large: send less at once.
    PayloadTooLarge,
    /// The body is not declared as JSON: send `Content-Type: application/json`.
    UnsupportedMediaType,
    /// Fields are wrong: each is listed with its pointer.
    ValidationFailed,
    /// An edit must say which version it was made on: send `If-Match`.
    PreconditionRequired,
    /// Too many requests: wait as `Retry-After` says.
    RateLimited,
    /// Something else holds a lock: try again shortly.
    Busy,
    /// The database cannot be reached: try again shortly.
    DatabaseUnavailable,
    /// The reply of a commit was lost: sending the same request again is safe.
    OutcomeUnknown,
    /// The request took longer than its deadline: sending the same request again is safe.
    DeadlineExceeded,
    /// A fault of ours: report the request id.
    InternalError,
}

impl ErrorKind {
    /// All, in the order of their status.
    pub const ALL: [Self; 19] = [
        Self::MalformedRequest,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::ContentConflict,
        Self::InProgress,
        Self::WrongState,
        Self::PreconditionFailed,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::ValidationFailed,
        Self::PreconditionRequired,
        Self::RateLimited,
        Self::InternalError,
        Self::Busy,
        Self::DatabaseUnavailable,
        Self::OutcomeUnknown,
        Self::DeadlineExceeded,
    ];

    /// The PascalCase word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MalformedRequest => "MalformedRequest",
            Self::Unauthenticated => "Unauthenticated",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "NotFound",
            Self::MethodNotAllowed => "MethodNotAllowed",
            Self::ContentConflict => "ContentConflict",
            Self::InProgress => "InProgress",
            Self::WrongState => "WrongState",
            Self::PreconditionFailed => "PreconditionFailed",
            Self::PayloadTooLarge => "PayloadTooLarge",
            Self::UnsupportedMediaType => "UnsupportedMediaType",
            Self::ValidationFailed => "ValidationFailed",
            Self::PreconditionRequired => "PreconditionRequired",
            Self::RateLimited => "RateLimited",
            Self::Busy => "Busy",
            Self::DatabaseUnavailable => "DatabaseUnavailable",
            Self::OutcomeUnknown => "OutcomeUnknown",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::InternalError => "InternalError",
        }
    }
}

/// One wrong field: where (RFC 6901) and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// A JSON pointer into the body, or `?name` for a query parameter.
    pub pointer: String,
    /// What would be right, in lower case.
    pub message: String,
}

/// A use case's refusal or failure.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What the caller can do about it.
    pub kind: ErrorKind,
    /// A sentence for a person.
    pub message: String,
    /// The wrong fields, when the kind is [`ErrorKind::ValidationFailed`].
    pub details: Vec<FieldProblem>,
    /// When to try again, in whole seconds.
    pub retry_after_seconds: Option<u32>,
    /// The version there is now, where the caller's was another or none.
    pub current_version: Option<i64>,
    /// Why, for the log only.
    #[source]
    pub cause: Option<Cause>,
}

impl Error {
    /// An error without details or cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            details: Vec::new(),
            retry_after_seconds: None,
            current_version: None,
            cause: None,
        }
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorKind::NotFound, format!("there is no such {what}"))
    }

    /// Wrong fields.
    pub fn validation(details: Vec<FieldProblem>) -> Self {
        let message = match details.len() {
            1 => "1 field is wrong".to_owned(),
            n => format!("{n} fields are wrong"),
        };
        Self { details, ..Self::new(ErrorKind::ValidationFailed, message) }
    }

    /// The caller has seen another version than the current one.
    pub fn stale(current: i64) -> Self {
        let message = format!("it has changed since: the current version is {current}; read it again");
        Self { current_version: Some(current), ..Self::new(ErrorKind::PreconditionFailed, message) }
    }

    /// An edit that does not say which version it was made on.
    pub fn unconditional(current: i64) -> Self {
        let message =
            format!("send If-Match with the version you have seen; the current version is {current}");
        Self { current_version: Some(current), ..Self::new(ErrorKind::PreconditionRequired, message) }
    }

    /// A fault of ours; the cause is logged and not shown.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::new(ErrorKind::InternalError, "something went wrong on our side; report the request id")
            .because(cause)
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }
}

/// The whole chain of causes, outermost first, for one log line.
pub fn causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
