//! `GET /version`

use axum::Json;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct VersionOut {
    version: &'static str,
}

/// The version of the running code.
pub(crate) async fn version() -> Json<VersionOut> {
    Json(VersionOut { version: env!("CARGO_PKG_VERSION") })
}
