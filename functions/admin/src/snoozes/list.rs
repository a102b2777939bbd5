//! `GET /api/v1/snoozes`

use crate::wire::snooze::{SnoozeOut, SnoozePageOut, SnoozesQuery};
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::force::ForceStatus;
use shared::domain::ids::SnoozeId;
use shared::domain::text::AccountId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::snoozes::{SnoozeFilter, StoredSnooze, list as list_snoozes};

/// A page of snoozes, newest made first; those that ended are history and stay.
#[utoipa::path(
    get, path = "/api/v1/snoozes", tag = "lists", operation_id = "list_snoozes",
    params(SnoozesQuery), responses((status = 200, body = SnoozePageOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<SnoozePageOut>, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Read, now).await?;
    let (filter, paging) = read_listing(&query)?;
    let signature = format!("snoozes {filter:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after: Option<String> = paging.position(sealing.0, sealing.1)?;
    let after = after.map(|id| SnoozeId::parse(&id)).transpose().map_err(Error::internal)?;
    let snoozes = list_snoozes(&session, &filter, (after, paging.n_wanted())).await?;
    let paged = paging.page(snoozes, sealing, |last: &StoredSnooze| last.snooze.id.to_string())?;
    let snoozes = paged.rows.into_iter().map(|snooze| SnoozeOut::new(snooze, now)).collect();
    Ok(Json(SnoozePageOut { snoozes, next_cursor: paged.next_cursor }))
}

fn read_listing(query: &Value) -> Result<(SnoozeFilter, Paging), Error> {
    let mut fields = Fields::of_query(query);
    let filter = SnoozeFilter {
        account: fields.optional("account", |text| Ok(AccountId::parse(text)?.to_string())),
        is_active: fields.optional("status", |text| Ok(ForceStatus::parse(text)? == ForceStatus::Active)),
    };
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if problems.is_empty() { Ok((filter, paging)) } else { Err(Error::validation(problems)) }
}
