//! What handlers take: the caller's credentials, a parsed JSON body, query parameters, the request's id.

use super::{clock, session};
use crate::domain::access::Credentials;
use crate::domain::idempotency::IdempotencyClaim;
use crate::domain::rate::Tally;
use crate::error::{Error, ErrorKind};
use crate::state::AppState;
use crate::workflow::keys::ApiKey;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

/// What is said of a body beyond its path's limit ([`super::layers`]).
pub(super) const TOO_LARGE: &str =
    "the body is too large: 5 MB, or a file of 4 MiB in base64; send less at once";

/// The request's id, `req-` and a version 7 UUID; set by the outermost layer.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The client's address, set by whoever accepted the connection: never the left of X-Forwarded-For.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

/// What AWS calls this request, set on Lambda: to find it in the gateway's access log and in X-Ray.
#[derive(Debug, Clone, Default)]
pub struct Traced {
    /// The gateway's id.
    pub gateway_request_id: Option<String>,
    /// The trace's id, such as `1-6a1f0000-0123456789abcdef01234567`.
    pub trace_id: Option<String>,
}

/// The text after `Bearer`, whatever it is: for the one route that takes a token beside keys.
#[derive(Debug)]
pub struct BearerToken(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for BearerToken {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(bearer(&parts.headers).map(str::to_owned)))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

/// What the caller showed, a key or a session; whether it is valid is asked in the handler, so that a revoked key fails at its
/// next call.
#[derive(Debug, Clone)]
pub struct Caller(pub Credentials);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let address = parts.extensions.get::<ClientAddress>().map_or("unknown", |address| address.0.as_str());
        let shown = credentials(&parts.headers, address, &state.config.secret_key)?;
        let tally = parts.extensions.get::<Tally>().cloned().unwrap_or_default();
        let claim = parts.extensions.get::<IdempotencyClaim>().cloned();
        Ok(Self(shown.noting(tally).claiming(claim)))
    }
}

/// A key, or a session's token; nobody where the header holds neither.
fn credentials(headers: &HeaderMap, address: &str, secret: &str) -> Result<Credentials, Error> {
    let Some(shown) = bearer(headers) else {
        return Ok(Credentials::nobody(address));
    };
    if let Some(key) = ApiKey::parse(shown) {
        let hash = key.secret_hash();
        return Ok(Credentials::of_key(key.id, hash, address));
    }
    let session = session::open(secret, shown, clock::now())?;
    Ok(session.map_or_else(
        || Credentials::nobody(address),
        |(key_id, claim)| Credentials::of_session(key_id, claim, address),
    ))
}

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self(String::new())))
    }
}

/// A JSON body. Reading it checks media type, size and syntax; the fields are the handler's.
#[derive(Debug)]
pub struct JsonBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::new(
                ErrorKind::UnsupportedMediaType,
                "send the body as JSON, with `Content-Type: application/json`",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let kind = super::error::kind_of(rejection.status());
            let message = match kind {
                ErrorKind::PayloadTooLarge => TOO_LARGE,
                _ => "the body could not be read to its end",
            };
            Error::new(kind, message).because(rejection)
        })?;
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(ErrorKind::MalformedRequest, format!("the body is not valid JSON: {error}"))
        })?;
        Ok(Self(value))
    }
}

/// A JSON body that may be left out: then it is an object without fields.
#[derive(Debug)]
pub struct OptionalJsonBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for OptionalJsonBody {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if axum::body::HttpBody::is_end_stream(request.body()) {
            return Ok(Self(Value::Object(Map::new())));
        }
        JsonBody::from_request(request, state).await.map(|JsonBody(body)| Self(body))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
}

/// Query parameters as an object of strings, to be read with [`super::fields::Fields::of_query`].
#[derive(Debug)]
pub struct Query(pub Value);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Error::new(ErrorKind::MalformedRequest, rejection.body_text()))?;
        let object: Map<String, Value> =
            pairs.0.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        Ok(Self(Value::Object(object)))
    }
}
