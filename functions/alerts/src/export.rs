//! `GET /api/v1/alerts/export`

use crate::list::{CursorIn, Listing};
use crate::wire::export::{Part, part};
use crate::wire::query::{FilterQuery, PartQuery, SortQuery};
use axum::extract::State;
use axum::http::{HeaderName, Uri, header};
use axum::response::{IntoResponse, Response};
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::pagination;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::alerts::{Page, Position, list as list_alerts};

/// Alerts of one part, at most; long notes make it fewer.
const ALERTS_OF_A_PART: i64 = 2_000;

/// The queue as CSV (RFC 4180), in parts: `Link` leads to the next, as long as there is one.
#[utoipa::path(
    get, path = "/api/v1/alerts/export", tag = "alerts", operation_id = "export_alerts",
    params(FilterQuery, SortQuery, PartQuery),
    responses((status = 200, body = String, content_type = "text/csv")), security(("key" = ["read"]))
)]
pub(crate) async fn export(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    uri: Uri,
    Query(query): Query,
) -> Result<Response, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Read, now).await?;
    let listing = Listing::read(&query, &session.actor, "export")?;
    let sealing = (state.config.secret_key.as_str(), listing.signature.as_str());
    let position: Option<CursorIn> = listing.paging.position(sealing.0, sealing.1)?;
    let as_of = position.as_ref().map_or(now, |position| position.as_of);
    let after = position.map(Position::try_from).transpose()?;
    let page = Page { as_of, after, limit: ALERTS_OF_A_PART + 1 };
    let mut alerts = list_alerts(&session, &listing.filter, listing.order, page).await?;
    let has_more = alerts.len() > usize::try_from(ALERTS_OF_A_PART).unwrap_or(usize::MAX);
    if has_more {
        alerts.pop();
    }
    let Part { text, last } = part(&alerts, as_of)?;
    let is_cut = last.map(|last| last.id) != alerts.last().map(|last| last.position.id);
    let next = last.filter(|_| has_more || is_cut).map(|last| CursorIn::after(as_of, last));
    let next = next.map(|next| pagination::seal(sealing.0, sealing.1, &next)).transpose()?;
    Ok(answer(text, next.map(|cursor| link(&uri, &cursor))))
}

fn answer(text: String, next: Option<String>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"alerts.csv\""),
    ];
    let link: Option<[(HeaderName, String); 1]> = next.map(|next| [(header::LINK, next)]);
    match link {
        Some(link) => (headers, link, text).into_response(),
        None => (headers, text).into_response(),
    }
}

/// The same request with another cursor (RFC 8288); relative, since the service does not know its address.
fn link(uri: &Uri, cursor: &str) -> String {
    let pairs = uri.query().unwrap_or_default().split('&');
    let kept = pairs.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let cursor = format!("cursor={cursor}");
    let query: Vec<&str> = kept.chain([cursor.as_str()]).collect();
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))
}
