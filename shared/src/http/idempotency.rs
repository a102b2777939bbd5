//! `Idempotency-Key`, on every POST and required by none: the layer that knows a request again.

use super::clock;
use super::extract::{Caller, TOO_LARGE};
use super::layers::MAX_BODY_BYTES_OF_A_FILE;
use crate::domain::idempotency::{IdempotencyClaim, IdempotencyKey};
use crate::error::{Error, ErrorKind, FieldProblem, causes};
use crate::state::AppState;
use crate::workflow::idempotency::{KeptAnswer, first_answer, keep};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};

/// The client's key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that the answer is the first one, given again.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// A longer answer is not kept.
const MAX_KEPT_BYTES: usize = 256 * 1024;

/// Answers a repeated request as the first time; lets others through and keeps what they are answered.
pub(super) async fn know_again(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response<Body>, Error> {
    let Some(key) = read_key(&request)? else {
        return Ok(next.run(request).await);
    };
    let (mut parts, body) = request.into_parts();
    // The most that any path takes; what this one takes is known where its body is read.
    let body = to_bytes(body, MAX_BODY_BYTES_OF_A_FILE)
        .await
        .map_err(|error| Error::new(ErrorKind::PayloadTooLarge, TOO_LARGE).because(error))?;
    let claim = claim(&parts, &body, key);
    parts.extensions.insert(claim.clone());
    let Caller(credentials) = Caller::from_request_parts(&mut parts, &state).await?;
    if let Some(answer) = first_answer(&state, (&credentials, &claim), clock::now()).await? {
        return replayed(answer);
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if response.status().is_success() { Ok(kept(&state, &claim, response).await) } else { Ok(response) }
}

fn read_key(request: &Request) -> Result<Option<IdempotencyKey>, Error> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY).filter(|_| request.method() == Method::POST)
    else {
        return Ok(None);
    };
    IdempotencyKey::parse(value.to_str().unwrap_or_default()).map(Some).map_err(|invalid| {
        Error::validation(vec![FieldProblem { pointer: "Idempotency-Key".into(), message: invalid.0 }])
    })
}

fn claim(parts: &Parts, body: &[u8], key: IdempotencyKey) -> IdempotencyClaim {
    let shown = parts.headers.get(header::AUTHORIZATION).map_or(&[][..], HeaderValue::as_bytes);
    let fingerprint = Sha256::new()
        .chain_update(parts.method.as_str())
        .chain_update([0])
        .chain_update(parts.uri.path())
        .chain_update([0])
        .chain_update(body);
    IdempotencyClaim { scope: Sha256::digest(shown).into(), key, fingerprint: fingerprint.finalize().into() }
}

fn replayed(answer: KeptAnswer) -> Result<Response<Body>, Error> {
    let status = u16::try_from(answer.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.ok_or_else(|| Error::internal("a kept answer has no status"))?;
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    if let Some(etag) = answer.etag {
        headers.insert(header::ETAG, HeaderValue::from_str(&etag).map_err(Error::internal)?);
    }
    Ok(response)
}

/// Keeps the answer. That it cannot be kept is no failure of the request, which was carried out.
async fn kept(state: &AppState, claim: &IdempotencyClaim, response: Response<Body>) -> Response<Body> {
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return Error::internal(error).into_response(),
    };
    let answer = KeptAnswer {
        status: i16::try_from(parts.status.as_u16()).unwrap_or_default(),
        etag: parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned),
        body: if is_keepable(&parts.headers, &body) { body.to_vec() } else { Vec::new() },
    };
    if let Err(error) = keep(state, claim, (&answer, clock::now())).await {
        tracing::warn!("the answer for an Idempotency-Key was not kept: {}", causes(&error));
    }
    Response::from_parts(parts, Body::from(body))
}

/// What must not be stored holds a secret, which is shown once.
fn is_keepable(headers: &HeaderMap, body: &Bytes) -> bool {
    let is_secret = headers
        .get(header::CACHE_CONTROL)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("no-store"));
    !is_secret && body.len() <= MAX_KEPT_BYTES
}
