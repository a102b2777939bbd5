//! `GET /version`

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Version)]
pub(crate) struct VersionOut {
    version: &'static str,
}

/// The version of the running code.
#[utoipa::path(get, path = "/version", tag = "operation", operation_id = "version", responses((status = 200, body = VersionOut)))]
pub(crate) async fn version() -> Json<VersionOut> {
    Json(VersionOut { version: env!("CARGO_PKG_VERSION") })
}
