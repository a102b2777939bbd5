//! `GET /openapi.json`: the description of the whole API, as it is committed.

use axum::http::header;
use axum::response::IntoResponse;

/// Made from the routes of all functions by `telltale openapi`; a test holds it to them.
const DESCRIPTION: &str = include_str!("../../../docs/openapi.json");

/// The description of the API, OpenAPI 3.1.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operation", operation_id = "openapi",
    responses((status = 200, body = serde_json::Value))
)]
pub(crate) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION)
}
