//! The description of the API (OpenAPI 3.1): made from the routes of all functions, and what all operations share.
//!
//! `docs/openapi.json` is this, committed; a test holds the two together. The functions serve that file.

mod inputs;
mod shared_parts;

use crate::serve::routes;
use axum::Router;
use serde_json::Value;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The description.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn document() -> Result<Value, serde_json::Error> {
    let mut document = serde_json::to_value(routes().into_openapi())?;
    shared_parts::add(&mut document)?;
    Ok(document)
}

/// The description as it is committed.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn text() -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(&document()?)? + "\n")
}

/// `/docs`: pages to read the description of `/openapi.json` by, and to try it. Everything comes from this process.
pub fn pages() -> Router {
    SwaggerUi::new("/docs").config(Config::from("/openapi.json")).into()
}
