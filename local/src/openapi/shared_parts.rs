//! What all operations share, said once: how a key is sent, which errors there are, and the headers of every answer.

use super::inputs;
use serde_json::{Map, Value, json};
use shared::error::ErrorKind;
use shared::http::error::{Problem, status_of};
use std::collections::BTreeMap;
use utoipa::{PartialSchema, ToSchema};

/// Adds to a description what its operations do not say themselves.
///
/// # Errors
/// When a schema cannot be written as JSON.
pub(super) fn add(document: &mut Value) -> Result<(), serde_json::Error> {
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": "Telltale",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Transaction anomaly detection. docs/API.md has the words to it.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["components"]["securitySchemes"] = json!({
        "key": {"type": "http", "scheme": "bearer", "description": "A key, `tt_<key id>_<secret>`, or a session of one, `ts_...`"},
    });
    for (name, schema) in problem_schemas() {
        document["components"]["schemas"][name] = serde_json::to_value(schema)?;
    }
    document["components"]["responses"] = problem_answers();
    document["components"]["parameters"] = json!({"IdempotencyKey": idempotency_key()});
    inputs::close(document);
    let Some(paths) = document["paths"].as_object_mut() else {
        return Ok(());
    };
    for (method, operation) in paths.values_mut().filter_map(Value::as_object_mut).flatten() {
        complete(operation);
        describe_versions(operation);
        if method == "post" {
            add_idempotency_key(operation);
        }
        if method == "delete" {
            add_problem(operation, ErrorKind::WrongState);
        }
    }
    Ok(())
}

/// `If-Match` names one version or any, wherever it is taken.
fn describe_versions(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
    for parameter in parameters.filter(|parameter| parameter["name"] == "If-Match") {
        parameter["schema"] = json!({"type": "string", "pattern": "^(\\*|\"[0-9]{1,15}\")$"});
    }
}

/// What every POST takes and none requires.
fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description": "Under the same key the same request has its effect once and its first answer again",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    })
}

fn add_idempotency_key(operation: &mut Value) {
    let parameters = &mut operation["parameters"];
    if !parameters.is_array() {
        *parameters = json!([]);
    }
    parameters
        .as_array_mut()
        .into_iter()
        .for_each(|parameters| parameters.push(json!({"$ref": "#/components/parameters/IdempotencyKey"})));
}

fn problem_schemas() -> Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)> {
    let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut schemas);
    schemas
}

/// One answer a status, with the types it may have: operations refer to them.
fn problem_answers() -> Value {
    let mut kinds_by_status: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    for kind in ErrorKind::ALL {
        kinds_by_status.entry(status_of(kind).as_u16()).or_default().push(kind.as_str());
    }
    let answer = |(status, kinds): (u16, Vec<&str>)| {
        let described = json!({
            "description": kinds.join(", "),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            "headers": headers_of(status),
        });
        (format!("Problem{status}"), described)
    };
    kinds_by_status.into_iter().map(answer).collect::<Map<String, Value>>().into()
}

/// The errors of one operation, and the headers of its other answers.
fn complete(operation: &mut Value) {
    let answers = operation["responses"].as_object_mut().into_iter().flat_map(Map::iter_mut);
    for (status, answer) in answers {
        answer["headers"] = headers_of(status.parse().unwrap_or_default());
        if answer["description"].as_str().is_none_or(str::is_empty) {
            answer["description"] = json!("As asked for");
        }
    }
    for kind in kinds_of(operation) {
        add_problem(operation, kind);
    }
}

fn add_problem(operation: &mut Value, kind: ErrorKind) {
    let status = status_of(kind).as_u16();
    let described = &mut operation["responses"][status.to_string()];
    if described.is_null() {
        *described = json!({"$ref": format!("#/components/responses/Problem{status}")});
    }
}

/// What may go wrong with any operation of this shape.
fn kinds_of(operation: &Value) -> Vec<ErrorKind> {
    let has_parameter =
        |place: &str| operation["parameters"].as_array().into_iter().flatten().any(|it| it["in"] == place);
    let mut kinds =
        vec![ErrorKind::InternalError, ErrorKind::DatabaseUnavailable, ErrorKind::DeadlineExceeded];
    if operation["security"].is_array() {
        kinds.extend([ErrorKind::Unauthenticated, ErrorKind::Forbidden, ErrorKind::RateLimited]);
        kinds.extend([ErrorKind::ValidationFailed, ErrorKind::MalformedRequest]);
    }
    // An edit that must name the version it was made on.
    if has_parameter("header") {
        kinds.extend([ErrorKind::PreconditionFailed, ErrorKind::PreconditionRequired]);
    }
    if operation["requestBody"].is_object() {
        kinds.extend([ErrorKind::PayloadTooLarge, ErrorKind::UnsupportedMediaType]);
        kinds.extend([ErrorKind::ContentConflict, ErrorKind::InProgress]);
    }
    if has_parameter("path") {
        kinds.push(ErrorKind::NotFound);
    }
    if has_parameter("path") || operation["requestBody"].is_object() {
        kinds.extend([ErrorKind::WrongState, ErrorKind::Busy, ErrorKind::OutcomeUnknown]);
    }
    kinds
}

fn headers_of(status: u16) -> Value {
    let text = |description: &str| json!({"description": description, "schema": {"type": "string"}});
    let mut headers = json!({
        "X-Request-Id": text("`req-` and a UUID; report it with an error"),
        "RateLimit-Policy": text("The limit that the request counted against, such as `\"key\";q=100;w=60`; absent without one"),
        "RateLimit": text("What is left of it, such as `\"key\";r=99;t=37`"),
    });
    if [429, 503].contains(&status) {
        let schema = json!({"type": "integer", "minimum": 1});
        headers["Retry-After"] = json!({"description": "Seconds to wait", "schema": schema});
    }
    if status == 401 {
        headers["WWW-Authenticate"] = text("Bearer");
    }
    headers
}
