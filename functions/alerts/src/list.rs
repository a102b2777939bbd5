//! `GET /api/v1/alerts`

use crate::filter::read_filter;
use crate::wire::PageOut;
use crate::wire::query::{FilterQuery, PagingQuery, SortQuery};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::{Actor, Permission};
use shared::domain::ids::AlertId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::alerts::{
    AlertFilter, Page, Position, QueueOrder, QueuedAlert, SortKey, list as list_alerts,
};

/// Where the next page begins; ages stay those of the first page's moment.
#[derive(Serialize, Deserialize)]
pub(crate) struct CursorIn {
    pub(crate) as_of: Timestamp,
    key: KeyIn,
    id: String,
}

/// What the order is by.
#[derive(Serialize, Deserialize)]
enum KeyIn {
    Id,
    Whole(i64),
    Score(f64),
    At(Timestamp),
}

/// A listing of the queue as it was asked for.
pub(crate) struct Listing {
    pub(crate) filter: AlertFilter,
    pub(crate) order: QueueOrder,
    pub(crate) paging: Paging,
    /// Names the listing; a cursor opens only with the same.
    pub(crate) signature: String,
}

/// A page of the queue, by filters and in one of five orders.
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "alerts", operation_id = "list_alerts", params(FilterQuery, SortQuery, PagingQuery),
    responses((status = 200, body = PageOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<PageOut>, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Read, now).await?;
    let listing = Listing::read(&query, &session.actor, "alerts")?;
    let sealing = (state.config.secret_key.as_str(), listing.signature.as_str());
    let position: Option<CursorIn> = listing.paging.position(sealing.0, sealing.1)?;
    let as_of = position.as_ref().map_or(now, |position| position.as_of);
    let after = position.map(Position::try_from).transpose()?;
    let page = Page { as_of, after, limit: listing.paging.n_wanted() };
    let alerts = list_alerts(&session, &listing.filter, listing.order, page).await?;
    let paged =
        listing.paging.page(alerts, sealing, |last: &QueuedAlert| CursorIn::after(as_of, last.position))?;
    Ok(Json(PageOut::new(&paged.rows, as_of, paged.next_cursor)))
}

impl CursorIn {
    /// Of the last row of a page.
    pub(crate) fn after(as_of: Timestamp, position: Position) -> Self {
        let key = match position.key {
            SortKey::Id => KeyIn::Id,
            SortKey::Whole(whole) => KeyIn::Whole(whole),
            SortKey::Score(score) => KeyIn::Score(score),
            SortKey::At(at) => KeyIn::At(at),
        };
        Self { as_of, key, id: AlertId(position.id).to_string() }
    }
}

impl TryFrom<CursorIn> for Position {
    type Error = Error;

    fn try_from(cursor: CursorIn) -> Result<Self, Error> {
        let key = match cursor.key {
            KeyIn::Id => SortKey::Id,
            KeyIn::Whole(whole) => SortKey::Whole(whole),
            KeyIn::Score(score) => SortKey::Score(score),
            KeyIn::At(at) => SortKey::At(at),
        };
        Ok(Self { key, id: AlertId::parse(&cursor.id).map_err(Error::internal)?.0 })
    }
}

impl Listing {
    /// Reads filters, order and paging.
    ///
    /// # Errors
    /// 422 with every parameter that is wrong.
    pub(crate) fn read(query: &Value, actor: &Actor, name: &str) -> Result<Self, Error> {
        let mut fields = Fields::of_query(query);
        let filter = read_filter(&mut fields, actor);
        let order = fields.optional("sort", |text| sort(text, &filter)).unwrap_or(QueueOrder::Newest);
        let paging = Paging::read(&mut fields);
        let problems = fields.finish();
        if !problems.is_empty() {
            return Err(Error::validation(problems));
        }
        let signature = format!("{name} {filter:?} {order:?}");
        Ok(Self { filter, order, paging, signature })
    }
}

fn sort(text: &str, filter: &AlertFilter) -> Result<QueueOrder, Invalid> {
    match text {
        "newest" => Ok(QueueOrder::Newest),
        "priority" => Ok(QueueOrder::Priority),
        "score" => Ok(QueueOrder::Score),
        "amount" if filter.currency.is_none() => {
            Err(Invalid::new("needs `currency` beside it to be amount: currencies do not compare"))
        }
        "amount" => Ok(QueueOrder::Amount),
        "deadline" => Ok(QueueOrder::Deadline),
        _ => Err(Invalid::new("must be newest, priority, score, amount or deadline")),
    }
}
