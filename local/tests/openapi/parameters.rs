//! Query parameters at the front door: what a router takes is what its handlers describe, and nothing else. What is
//! not refused for its parameters fails at the database, which is none.

use super::operations;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use local::openapi::document;
use local::serve::router;
use serde_json::Value;
use shared::testing::app::state_for;
use tower::ServiceExt;

/// Nothing answers there.
const NO_DATABASE: &str = "postgres://nobody:nothing@127.0.0.1:1/none";
const MISSPELT: &str = "misspelt";

/// An operation of the API as the handlers describe it: its method, its path with something for its parameters, and
/// the names of its query parameters.
struct Operation {
    method: Method,
    path: String,
    names: Vec<String>,
}

fn operations_of_the_api() -> Vec<Operation> {
    let all = operations(&document().unwrap()).into_iter();
    all.filter_map(|(place, described)| {
        let (method, path) = place.split_once(' ').unwrap();
        let parameters = described["parameters"].as_array().into_iter().flatten();
        let names = parameters.filter(|parameter| parameter["in"] == "query");
        path.starts_with("/api/").then(|| Operation {
            method: method.to_uppercase().parse().unwrap(),
            path: path.replace(['{', '}'], ""),
            names: names.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect(),
        })
    })
    .collect()
}

/// The query parameters that a request is told not to have; `None` when it was refused for something else.
async fn refused(method: &Method, path: &str, names: &[&str]) -> Option<Vec<String>> {
    let query: Vec<String> = names.iter().map(|name| format!("{name}=1")).collect();
    let request = Request::builder().method(method).uri(format!("{path}?{}", query.join("&")));
    let request = request.body(Body::empty()).unwrap();
    let response = router(state_for(NO_DATABASE)).oneshot(request).await.unwrap();
    if *method == Method::HEAD {
        // Its answer has no body.
        return (response.status() == StatusCode::UNPROCESSABLE_ENTITY).then(Vec::new);
    }
    let body: Value =
        serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap();
    let problems = body["error"]["details"].as_array().into_iter().flatten();
    let unknown = problems.filter(|problem| problem["message"] == "is not a parameter of this request");
    let pointers: Vec<String> = unknown.map(|it| it["pointer"].as_str().unwrap().to_owned()).collect();
    (!pointers.is_empty()).then_some(pointers)
}

#[tokio::test]
async fn every_operation_takes_the_parameters_it_describes_and_no_other() {
    let operations = operations_of_the_api();
    assert!(operations.iter().filter(|operation| !operation.names.is_empty()).count() > 10);
    for Operation { method, path, names } in operations {
        let mut sent: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(refused(&method, &path, &sent).await, None, "{method} {path}");
        sent.push(MISSPELT);
        let unknown = refused(&method, &path, &sent).await;
        assert_eq!(unknown, Some(vec![format!("?{MISSPELT}")]), "{method} {path}");
    }
}

#[tokio::test]
async fn a_head_takes_what_the_get_takes() {
    for Operation { path, names, .. } in
        operations_of_the_api().into_iter().filter(|operation| operation.method == Method::GET)
    {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(refused(&Method::HEAD, &path, &known).await, None, "{path}");
        assert!(refused(&Method::HEAD, &path, &[MISSPELT]).await.is_some(), "{path}");
    }
}

/// Monitors add what they like to their addresses.
#[tokio::test]
async fn beside_the_api_any_parameter_is_taken() {
    let request = Request::get(format!("/version?{MISSPELT}=1")).body(Body::empty()).unwrap();
    let answer = router(state_for(NO_DATABASE)).oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}
