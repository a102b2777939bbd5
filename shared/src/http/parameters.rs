//! Query parameters that a route does not have are refused, by what the published description of the API says it has:
//! `build.rs` makes the table out of docs/openapi.json.
//!
//! A misspelt filter would otherwise answer as if it were not there. Beside the API itself (`/health` and its like)
//! monitors may add what they like.

use crate::error::{Error, FieldProblem};
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

/// The query parameters of a path and method.
struct Known {
    path: &'static str,
    method: &'static str,
    names: &'static [&'static str],
}

static KNOWN: &[Known] = include!(concat!(env!("OUT_DIR"), "/query_names.rs"));

/// What the GET of a path may have as query parameters; none of a path that there is not.
pub fn names_of(path: &str) -> &'static [&'static str] {
    let found = KNOWN.iter().find(|known| known.path == path && known.method == Method::GET.as_str());
    found.map_or(&[], |known| known.names)
}

/// What a request may have as query parameters; nothing is known of what is not of the API.
fn known(request: &Request) -> Option<&'static [&'static str]> {
    let path = request.extensions().get::<MatchedPath>()?;
    // A HEAD is answered by the GET.
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let mut all = KNOWN.iter();
    all.find(|known| known.path == path.as_str() && known.method == method.as_str()).map(|known| known.names)
}

fn unknown(request: &Request) -> Vec<FieldProblem> {
    let (Some(query), Some(known)) = (request.uri().query(), known(request)) else {
        return Vec::new();
    };
    form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| !known.contains(&name.as_ref()))
        .map(|(name, _)| FieldProblem {
            pointer: format!("?{}", name.replace(char::is_control, "\u{fffd}")),
            message: "is not a parameter of this request".into(),
        })
        .collect()
}

/// Answers 422 with every parameter that is not the route's.
pub(super) async fn refuse_unknown_parameters(request: Request, next: Next) -> Result<Response, Error> {
    let unknown = unknown(&request);
    if unknown.is_empty() { Ok(next.run(request).await) } else { Err(Error::validation(unknown)) }
}
