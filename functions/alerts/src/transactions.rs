//! `GET /api/v1/transactions`, `GET /api/v1/transactions/{id}`

use crate::filter::score;
use crate::wire::query::{PagingQuery, TransactionsQuery};
use crate::wire::transaction::{TransactionRecordOut, TransactionsOut};
use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::ids::TransactionId;
use shared::domain::text::{AccountId, CounterpartyId, ExternalId, Source};
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::{Fields, read_time};
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::records::{
    AfterTransaction, AssessedTransaction, TransactionFilter, list_transactions, read_transaction,
};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct CursorIn {
    occurred_at: Timestamp,
    id: Uuid,
}

/// A page of transactions: of one account by event time, otherwise newest received first.
#[utoipa::path(
    get, path = "/api/v1/transactions", tag = "transactions", operation_id = "list_transactions", params(TransactionsQuery, PagingQuery),
    responses((status = 200, body = TransactionsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<TransactionsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let (filter, paging) = read_listing(&query)?;
    let signature = format!("transactions {filter:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after: Option<CursorIn> = paging.position(sealing.0, sealing.1)?;
    let after = after.map(|CursorIn { occurred_at, id }| AfterTransaction { occurred_at, id });
    let rows = list_transactions(&session, &filter, after, paging.n_wanted()).await?;
    let paged = paging.page(rows, sealing, |last: &AssessedTransaction| CursorIn {
        occurred_at: last.transaction.content.occurred_at,
        id: last.transaction.id.0,
    })?;
    Ok(Json(TransactionsOut::from(paged)))
}

fn read_listing(query: &Value) -> Result<(TransactionFilter, Paging), Error> {
    let mut fields = Fields::of_query(query);
    let filter = TransactionFilter {
        account: fields.optional("account", |text| Ok(AccountId::parse(text)?.to_string())),
        counterparty: fields.optional("counterparty", |text| Ok(CounterpartyId::parse(text)?.to_string())),
        source: fields.optional("source", |text| Ok(Source::parse(text)?.to_string())),
        external_id: fields.optional("external_id", |text| Ok(ExternalId::parse(text)?.to_string())),
        from: fields.optional("from", read_time),
        to: fields.optional("to", read_time),
        min_risk_score: fields.optional("min_risk_score", score),
    };
    let paging = Paging::read(&mut fields);
    if filter.external_id.is_some() && filter.source.is_none() {
        fields.note("external_id", "needs `source` beside it, which it is of");
    }
    let problems = fields.finish();
    if problems.is_empty() { Ok((filter, paging)) } else { Err(Error::validation(problems)) }
}

/// One transaction with what its assessment says, and its labels.
#[utoipa::path(
    get, path = "/api/v1/transactions/{id}", tag = "transactions", operation_id = "read_transaction", params(("id" = String, Path, description = "`txn_` and a UUID")),
    responses((status = 200, body = TransactionRecordOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<TransactionRecordOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = TransactionId::parse(&id).map_err(|_| Error::not_found("transaction"))?;
    Ok(Json(TransactionRecordOut::from(read_transaction(&session, id).await?)))
}
