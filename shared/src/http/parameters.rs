//! Query parameters that a route does not have are refused, by what the description of the API says it has.
//!
//! A misspelt filter would otherwise answer as if it were not there. Beside the API itself (`/health` and its like)
//! monitors may add what they like.

use crate::error::{Error, FieldProblem};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

/// What begins the path of everything that has parameters.
const API: &str = "/api/";

/// The query parameters of each path and method.
#[derive(Debug, Clone)]
pub(super) struct QueryNames(Arc<BTreeMap<(String, &'static str), BTreeSet<String>>>);

impl QueryNames {
    pub(super) fn of(description: &OpenApi) -> Self {
        let names = description.paths.paths.iter().filter(|(path, _)| path.starts_with(API)).flat_map(
            |(path, item)| {
                operations(item)
                    .into_iter()
                    .map(|(method, operation)| ((path.clone(), method), query_names(operation)))
            },
        );
        Self(Arc::new(names.collect()))
    }

    fn unknown(&self, request: &Request) -> Vec<FieldProblem> {
        let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
        let key = path.zip(method_of(request));
        let (Some(known), Some(query)) = (key.and_then(|key| self.0.get(&key)), request.uri().query()) else {
            return Vec::new();
        };
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| !known.contains(name.as_ref()))
            .map(|(name, _)| FieldProblem {
                pointer: format!("?{}", name.replace(char::is_control, "\u{fffd}")),
                message: "is not a parameter of this request".into(),
            })
            .collect()
    }
}

/// A HEAD is answered by the GET.
fn method_of(request: &Request) -> Option<&'static str> {
    match request.method().as_str() {
        "GET" | "HEAD" => Some("GET"),
        "POST" => Some("POST"),
        "PUT" => Some("PUT"),
        "DELETE" => Some("DELETE"),
        _ => None,
    }
}

fn operations(item: &PathItem) -> Vec<(&'static str, &Operation)> {
    [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("DELETE", &item.delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
        .collect()
}

fn query_names(operation: &Operation) -> BTreeSet<String> {
    operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
                Some(parameter.name.clone())
            }
            RefOr::T(_) | RefOr::Ref(_) => None,
        })
        .collect()
}

/// Answers 422 with every parameter that is not the route's.
pub(super) async fn refuse_unknown_parameters(
    State(names): State<QueryNames>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let unknown = names.unknown(&request);
    if unknown.is_empty() { Ok(next.run(request).await) } else { Err(Error::validation(unknown)) }
}
