//! `GET /api/v1/lists`

use crate::wire::list::{EntriesQuery, EntryOut, EntryPageOut};
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::force::ForceStatus;
use shared::domain::ids::ListEntryId;
use shared::domain::lists::{ListKind, ListSubject};
use shared::domain::text::Text;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::lists::{EntryFilter, StoredEntry, list as list_entries};

/// A page of entries, newest made first; those that ended are history and stay.
#[utoipa::path(
    get, path = "/api/v1/lists", tag = "lists", operation_id = "list_list_entries",
    params(EntriesQuery), responses((status = 200, body = EntryPageOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<EntryPageOut>, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Read, now).await?;
    let (filter, paging) = read_listing(&query)?;
    let signature = format!("lists {filter:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after: Option<String> = paging.position(sealing.0, sealing.1)?;
    let after = after.map(|id| ListEntryId::parse(&id)).transpose().map_err(Error::internal)?;
    let entries = list_entries(&session, &filter, (after, paging.n_wanted())).await?;
    let paged = paging.page(entries, sealing, |last: &StoredEntry| last.entry.id.to_string())?;
    let lists = paged.rows.into_iter().map(|entry| EntryOut::new(entry, now)).collect();
    Ok(Json(EntryPageOut { lists, next_cursor: paged.next_cursor }))
}

fn read_listing(query: &Value) -> Result<(EntryFilter, Paging), Error> {
    let mut fields = Fields::of_query(query);
    let filter = EntryFilter {
        kind: fields.optional("kind", ListKind::parse),
        subject: fields.optional("subject", ListSubject::parse),
        value: fields.optional("value", |text| Ok(Text::<128>::parse(text)?.to_string())),
        is_active: fields.optional("status", |text| Ok(ForceStatus::parse(text)? == ForceStatus::Active)),
    };
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if problems.is_empty() { Ok((filter, paging)) } else { Err(Error::validation(problems)) }
}
