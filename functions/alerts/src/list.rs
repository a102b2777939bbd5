//! `GET /api/v1/alerts`

use crate::wire::{AlertsQuery, PageOut};
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
use shared::http::listing::{Paging, words};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::alerts::{AlertFilter, Page, Position, QueueOrder, QueuedAlert, list as list_alerts};

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
    paging: Paging,
    /// Names the listing; a cursor opens only with the same.
    signature: String,
}

/// The queue: a page of alerts by filters, newest raised first or highest priority first.
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "alerts", operation_id = "list_alerts", params(AlertsQuery),
    responses((status = 200, body = PageOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<PageOut>, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Read, now).await?;
    let listing = read_listing(&query)?;
    let sealing = (state.config.secret_key.as_str(), listing.signature.as_str());
    let position: Option<CursorIn> = listing.paging.position(sealing.0, sealing.1)?;
    let as_of = position.as_ref().map_or(now, |position| position.as_of);
    let after = position.map(Position::try_from).transpose()?;
    let page = Page { as_of, after, limit: listing.paging.n_wanted() };
    let alerts = list_alerts(&session, &listing.filter, listing.order, page).await?;
    let paged = listing.paging.page(alerts, sealing, |last: &QueuedAlert| CursorIn {
        as_of,
        priority: last.priority,
        id: last.alert.id.to_string(),
    })?;
    Ok(Json(PageOut::new(&paged.rows, paged.next_cursor)))
}

impl TryFrom<CursorIn> for Position {
    type Error = Error;

    fn try_from(cursor: CursorIn) -> Result<Self, Error> {
        let id = AlertId::parse(&cursor.id).map_err(Error::internal)?;
        Ok(Self { priority: cursor.priority, id: id.0 })
    }
}

fn read_listing(query: &Value) -> Result<Listing, Error> {
    let mut fields = Fields::of_query(query);
    let filter = AlertFilter {
        statuses: fields
            .optional("status", |text| words(text, |word| Ok(AlertStatus::parse(word)?.as_str().to_owned()))),
        severities: fields
            .optional("severity", |text| words(text, |word| Ok(Severity::parse(word)?.as_str().to_owned()))),
        account: fields.optional("account", |text| Ok(AccountId::parse(text)?.to_string())),
        from: fields.optional("from", read_time),
        to: fields.optional("to", read_time),
    };
    let order = fields.optional("sort", |text| match text {
        "newest" => Ok(QueueOrder::Newest),
        "priority" => Ok(QueueOrder::Priority),
        _ => Err(Invalid::new("must be newest or priority")),
    });
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let order = order.unwrap_or(QueueOrder::Newest);
    let signature = format!("alerts {filter:?} {order:?}");
    Ok(Listing { filter, order, paging, signature })
}
