//! `If-Match` and `ETag`: which version a change was made on (RFC 9110, section 13.1.1).

use crate::domain::version::Seen;
use crate::error::{Error, ErrorKind};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

/// What `If-Match` says.
#[derive(Debug, Clone)]
pub struct IfMatch(pub Seen);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Error> {
        read(&parts.headers).map(Self)
    }
}

/// A body with the version it shows as its `ETag`.
pub type Tagged<T> = ([(HeaderName, String); 1], Json<T>);

/// Adds the `ETag` of a version.
pub fn tagged<T>(version: i64, body: T) -> Tagged<T> {
    ([(header::ETAG, etag(version))], Json(body))
}

/// A version as an entity tag.
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Several header lines are one list, and an empty one says nothing. A tag that is not one of ours, or a weak one, is well formed and never current.
fn read(headers: &HeaderMap) -> Result<Seen, Error> {
    let mut tags = Vec::new();
    for value in headers.get_all(header::IF_MATCH) {
        let text = value.to_str().map_err(|_| malformed())?.trim();
        if text == "*" {
            return Ok(Seen::Any);
        }
        if text.is_empty() {
            continue;
        }
        tags.extend(text.split(',').map(|tag| tag.trim().to_owned()));
    }
    if tags.is_empty() {
        return Ok(Seen::Nothing);
    }
    let versions: Result<Vec<Option<i64>>, Error> = tags.iter().map(|tag| version(tag)).collect();
    Ok(Seen::OneOf(versions?.into_iter().flatten().collect()))
}

fn version(tag: &str) -> Result<Option<i64>, Error> {
    let is_weak = tag.starts_with("W/");
    let quoted = tag.strip_prefix("W/").unwrap_or(tag);
    let opaque = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(malformed)?;
    Ok(if is_weak { None } else { opaque.parse().ok() })
}

fn malformed() -> Error {
    Error::new(ErrorKind::MalformedRequest, "If-Match must be * or entity tags in quotes, such as \"3\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn said(lines: &[&'static str]) -> Option<Seen> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_MATCH, HeaderValue::from_static(line));
        }
        read(&headers).ok()
    }

    #[test]
    fn a_list_of_tags_is_read_from_all_lines_and_weak_or_foreign_ones_never_match() {
        assert_eq!(said(&[]), Some(Seen::Nothing));
        assert_eq!(said(&[""]), Some(Seen::Nothing));
        assert_eq!(said(&["*"]), Some(Seen::Any));
        assert_eq!(said(&["\"3\""]), Some(Seen::OneOf(vec![3])));
        assert_eq!(said(&["\"3\", W/\"4\"", "\"x\",\"5\""]), Some(Seen::OneOf(vec![3, 5])));
        assert_eq!(said(&["W/\"3\""]), Some(Seen::OneOf(Vec::new())));
        for wrong in ["3", "\"3", "\"3\","] {
            assert_eq!(said(&[wrong]), None, "{wrong}");
        }
    }
}
