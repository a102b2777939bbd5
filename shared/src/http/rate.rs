//! What an answer says of the limit that its request counted against: `RateLimit-Policy` and `RateLimit`, as structured
//! fields (RFC 9651) of draft-ietf-httpapi-ratelimit-headers-10.

use crate::domain::rate::RateUse;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The limit: its name, `q` requests a window of `w` seconds.
pub(super) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// What is left: the limit's name, `r` requests for the next `t` seconds.
pub(super) const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// Adds both headers where a request was counted.
pub(super) fn tell(headers: &mut HeaderMap, used: Option<&RateUse>) {
    let Some(used) = used else {
        return;
    };
    let name = used.subject.as_str();
    let policy = format!("\"{name}\";q={};w={}", used.limit, used.window_seconds);
    let left = format!("\"{name}\";r={};t={}", used.n_left(), used.ends_in_seconds);
    for (header, text) in [(POLICY, policy), (LEFT, left)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(header, value);
        }
    }
}
