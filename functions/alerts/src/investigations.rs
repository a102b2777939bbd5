//! `GET /api/v1/investigations`

use crate::list::CursorIn;
use crate::wire::query::{InvestigationsQuery, PagingQuery};
use crate::wire::record::InvestigationsOut;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::{Actor, Permission};
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::alerts::{AlertFilter, Assignee, Investigation, Page, Position, list_investigations};

/// A page of the alerts in review, soonest deadline first, with who holds each and since when.
#[utoipa::path(
    get, path = "/api/v1/investigations", tag = "investigations", operation_id = "list_investigations", params(InvestigationsQuery, PagingQuery),
    responses((status = 200, body = InvestigationsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<InvestigationsOut>, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Read, now).await?;
    let (filter, paging) = read_listing(&query, &session.actor)?;
    let signature = format!("investigations {filter:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let position: Option<CursorIn> = paging.position(sealing.0, sealing.1)?;
    let as_of = position.as_ref().map_or(now, |position| position.as_of);
    let after = position.map(Position::try_from).transpose()?;
    let page = Page { as_of, after, limit: paging.n_wanted() };
    let rows = list_investigations(&session, &filter, page).await?;
    let paged =
        paging.page(rows, sealing, |last: &Investigation| CursorIn::after(as_of, last.queued.position))?;
    Ok(Json(InvestigationsOut::new(paged, as_of)))
}

fn read_listing(query: &Value, actor: &Actor) -> Result<(AlertFilter, Paging), Error> {
    let mut fields = Fields::of_query(query);
    let team = AlertFilter::default();
    let filter = fields.optional("view", |text| match text {
        "mine" => Ok(AlertFilter { assignee: Some(Assignee::me(actor)), ..AlertFilter::default() }),
        "team" => Ok(AlertFilter::default()),
        "escalated" => Ok(AlertFilter { is_escalated: Some(true), ..AlertFilter::default() }),
        "awaiting_approval" => Ok(AlertFilter { is_awaiting_approval: Some(true), ..AlertFilter::default() }),
        _ => Err(Invalid::new("must be mine, team, escalated or awaiting_approval")),
    });
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if problems.is_empty() { Ok((filter.unwrap_or(team), paging)) } else { Err(Error::validation(problems)) }
}
