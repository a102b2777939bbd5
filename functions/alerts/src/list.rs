//! `GET /api/v1/alerts`

use crate::wire::PageOut;
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::alert::AlertStatus;
use shared::domain::ids::AlertId;
use shared::domain::severity::Severity;
use shared::domain::text::AccountId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::{Fields, read_time};
use shared::http::pagination;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::alerts::{AlertFilter, Page, Position, QueueOrder, QueuedAlert, list as list_alerts};

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

/// Where the next page begins; ages stay those of the first page's moment.
#[derive(Serialize, Deserialize)]
struct CursorIn {
    as_of: Timestamp,
    priority: f64,
    id: String,
}

struct Listing {
    filter: AlertFilter,
    order: QueueOrder,
    limit: i64,
    cursor: Option<String>,
    /// Names the listing; a cursor opens only with the same.
    signature: String,
}

/// A page of the queue, by filters: newest raised first, or highest priority first.
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<PageOut>, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Read, now).await?;
    let listing = read_listing(&query)?;
    let secret = &state.config.secret_key;
    let mut page = Page { as_of: now, after: None, limit: listing.limit + 1 };
    if let Some(cursor) = &listing.cursor {
        let position: CursorIn = pagination::open(secret, &listing.signature, cursor)?;
        let id = AlertId::parse(&position.id).map_err(Error::internal)?;
        page.as_of = position.as_of;
        page.after = Some(Position { priority: position.priority, id: id.0 });
    }
    let mut alerts = list_alerts(&session, &listing.filter, listing.order, page).await?;
    let limit = usize::try_from(listing.limit).unwrap_or(usize::MAX);
    let next_cursor = if alerts.len() > limit {
        alerts.truncate(limit);
        alerts.last().map(|last| seal(secret, &listing.signature, page.as_of, last)).transpose()?
    } else {
        None
    };
    Ok(Json(PageOut::new(&alerts, next_cursor)))
}

fn seal(secret: &str, signature: &str, as_of: Timestamp, last: &QueuedAlert) -> Result<String, Error> {
    let position = CursorIn { as_of, priority: last.priority, id: last.alert.id.to_string() };
    pagination::seal(secret, signature, &position)
}

fn read_listing(query: &Value) -> Result<Listing, Error> {
    let mut fields = Fields::of_query(query);
    let filter = AlertFilter {
        statuses: fields
            .optional("status", |text| words(text, |word| Ok(AlertStatus::parse(word)?.as_str()))),
        severities: fields
            .optional("severity", |text| words(text, |word| Ok(Severity::parse(word)?.as_str()))),
        account: fields.optional("account", |text| Ok(AccountId::parse(text)?.to_string())),
        from: fields.optional("from", read_time),
        to: fields.optional("to", read_time),
    };
    let order = fields.optional("sort", |text| match text {
        "newest" => Ok(QueueOrder::Newest),
        "priority" => Ok(QueueOrder::Priority),
        _ => Err(Invalid::new("must be newest or priority")),
    });
    let limit = fields.optional("limit", limit);
    let cursor = fields.optional("cursor", |text| Ok(text.to_owned()));
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let order = order.unwrap_or(QueueOrder::Newest);
    let signature = format!("alerts {filter:?} {order:?}");
    Ok(Listing { filter, order, limit: limit.unwrap_or(DEFAULT_LIMIT), cursor, signature })
}

/// One or several words separated by commas.
fn words(text: &str, parse: impl Fn(&str) -> Result<&'static str, Invalid>) -> Result<Vec<String>, Invalid> {
    text.split(',').map(|word| parse(word.trim()).map(str::to_owned)).collect()
}

fn limit(text: &str) -> Result<i64, Invalid> {
    text.parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| Invalid(format!("must be a whole number from 1 to {MAX_LIMIT}")))
}
