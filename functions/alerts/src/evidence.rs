//! `GET /api/v1/alerts/{id}/evidence`

mod answers;
mod bundle;
mod page;
mod wire;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::evidence::canonical;
use shared::domain::ids::AlertId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::evidence::gather;
use wire::{EvidenceOut, EvidenceQuery};

/// How the bundle is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// To be verified.
    Json,
    /// To be read and printed.
    Html,
}

/// The evidence bundle of an alert, to be verified offline or to be read.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/evidence", tag = "alerts", operation_id = "read_evidence",
    params(("id" = String, Path, description = "`alr_` and a UUID"), EvidenceQuery),
    responses((status = 200, content((EvidenceOut = "application/json"), (String = "text/html")))),
    security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    (Path(id), Query(query)): (Path<String>, Query),
    headers: HeaderMap,
) -> Result<Response, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Read, now).await?;
    let format = read_format(&query, &headers)?;
    let id = AlertId::parse(&id).map_err(|_| Error::not_found("alert"))?;
    let bundle = bundle::of(&gather(&session, id).await?, now)?;
    Ok(match format {
        Format::Json => as_json(id, &bundle),
        Format::Html => as_html(page::render(&bundle)?),
    })
}

/// What `format` says; else HTML for whoever takes that first, as browsers do.
fn read_format(query: &Value, headers: &HeaderMap) -> Result<Format, Error> {
    let mut fields = Fields::of_query(query);
    let named = fields.optional("format", |text| match text {
        "json" => Ok(Format::Json),
        "html" => Ok(Format::Html),
        _ => Err(Invalid::new("must be json or html")),
    });
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_for_reading = accepted.trim_start().starts_with("text/html");
    Ok(named.unwrap_or(if is_for_reading { Format::Html } else { Format::Json }))
}

/// The canonical text: what the manifest is of, byte by byte.
fn as_json(id: AlertId, bundle: &Value) -> Response {
    let disposition = format!("attachment; filename=\"evidence-{id}.json\"");
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::VARY, "Accept".to_owned()),
    ];
    (headers, canonical(bundle)).into_response()
}

/// The page runs no script and loads nothing.
fn as_html(page: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (header::VARY, "Accept"),
    ];
    (headers, page).into_response()
}
