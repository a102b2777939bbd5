//! A stand-in for S3: serves objects to addresses that are signed as S3 asks, in parts.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Bytes of a part: rows are cut in the middle.
const PART: usize = 700;

/// A running stand-in with one object.
pub(crate) struct Bucket {
    /// Its address.
    pub(crate) url: String,
}

struct Object {
    key: &'static str,
    content: String,
    /// How much is promised beyond the content: the connection then ends too early.
    n_missing: usize,
}

impl Bucket {
    pub(crate) async fn with(key: &'static str, content: String) -> Self {
        Self::serve(Object { key, content, n_missing: 0 }).await
    }

    /// The download ends before the object does.
    pub(crate) async fn that_breaks_off(key: &'static str, content: String) -> Self {
        Self::serve(Object { key, content, n_missing: 10 }).await
    }

    async fn serve(object: Object) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{bucket}/{*key}", get(read)).with_state(Arc::new(object));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url }
    }

    /// The settings with which the function finds it, as Lambda's environment has them.
    pub(crate) fn settings(&self) -> [(&str, &str); 5] {
        [
            ("S3_ENDPOINT", &self.url),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", "a session/of+the function"),
        ]
    }
}

async fn read(
    State(object): State<Arc<Object>>,
    Path((bucket, key)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<impl IntoResponse, StatusCode> {
    let scope = query.get("X-Amz-Credential").map_or("", String::as_str);
    let is_signed = query.get("X-Amz-Algorithm").is_some_and(|algorithm| algorithm == "AWS4-HMAC-SHA256")
        && scope.starts_with("AKIAIOSFODNN7EXAMPLE/")
        && scope.ends_with("/eu-west-1/s3/aws4_request")
        && query.get("X-Amz-Security-Token").is_some_and(|token| token == "a session/of+the function")
        && query.get("X-Amz-Signature").is_some_and(|signature| signature.len() == 64);
    if !is_signed {
        return Err(StatusCode::FORBIDDEN);
    }
    if bucket != "telltale-transactions" || key != object.key {
        return Err(StatusCode::NOT_FOUND);
    }
    let length = (object.content.len() + object.n_missing).to_string();
    let content = object.content.clone().into_bytes();
    let parts: Vec<Result<Vec<u8>, std::io::Error>> =
        content.chunks(PART).map(|part| Ok(part.to_vec())).collect();
    Ok(([("content-length", length)], Body::from_stream(futures_util::stream::iter(parts))))
}
