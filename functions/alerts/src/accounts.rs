//! `GET /api/v1/accounts`, `GET /api/v1/accounts/{id}`

use crate::wire::account::{AccountRecordOut, AccountsOut};
use crate::wire::query::{AccountsQuery, PagingQuery};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::text::AccountId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::accounts::read as read_account;
use shared::workflow::accounts::{AccountOrder, AccountSummary, AfterActivity, list as list_accounts};
use uuid::Uuid;

/// After which account the next page begins.
#[derive(Serialize, Deserialize)]
enum CursorIn {
    Id(String),
    Activity { first: Uuid, last: Uuid },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Id,
    Activity,
}

/// A page of accounts: by id, of those that begin with `q`, or by newest activity.
#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "accounts", operation_id = "list_accounts", params(AccountsQuery, PagingQuery),
    responses((status = 200, body = AccountsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<AccountsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let (beginning, sort, paging) = read_listing(&query)?;
    let signature = format!("accounts {beginning:?} {sort:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after: Option<CursorIn> = paging.position(sealing.0, sealing.1)?;
    let (order, earlier_first) = match (sort, after) {
        (_, Some(CursorIn::Id(id))) => (AccountOrder::Id(beginning, Some(id)), None),
        (_, Some(CursorIn::Activity { first, last })) => {
            (AccountOrder::Activity(Some(AfterActivity { first, last })), Some(first))
        }
        (Sort::Id, None) => (AccountOrder::Id(beginning, None), None),
        (Sort::Activity, None) => (AccountOrder::Activity(None), None),
    };
    let rows = list_accounts(&session, order, paging.n_wanted()).await?;
    let first = earlier_first.or_else(|| rows.first()?.listed.newest_transaction);
    let paged = paging.page(rows, sealing, |last: &AccountSummary| {
        let activity = first.zip(last.listed.newest_transaction);
        activity.map_or_else(
            || CursorIn::Id(last.listed.id.clone()),
            |(first, last)| CursorIn::Activity { first, last },
        )
    })?;
    Ok(Json(AccountsOut::from(paged)))
}

fn read_listing(query: &Value) -> Result<(Option<String>, Sort, Paging), Error> {
    let mut fields = Fields::of_query(query);
    let beginning = fields.optional("q", |text| Ok(AccountId::parse(text)?.to_string()));
    let sort = fields.optional("sort", |text| match text {
        "id" => Ok(Sort::Id),
        "activity" if beginning.is_some() => Err(Invalid::new("must be id beside `q`")),
        "activity" => Ok(Sort::Activity),
        _ => Err(Invalid::new("must be id or activity")),
    });
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if problems.is_empty() {
        Ok((beginning, sort.unwrap_or(Sort::Id), paging))
    } else {
        Err(Error::validation(problems))
    }
}

/// One account: what it usually does, its newest alerts, and how they ended.
#[utoipa::path(
    get, path = "/api/v1/accounts/{id}", tag = "accounts", operation_id = "read_account", params(("id" = String, Path, description = "An account's id")),
    responses((status = 200, body = AccountRecordOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<AccountRecordOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = AccountId::parse(&id).map_err(|_| Error::not_found("account"))?;
    let record = read_account(&session, id.as_str()).await?;
    Ok(Json(AccountRecordOut::new(&record, session.now)))
}
