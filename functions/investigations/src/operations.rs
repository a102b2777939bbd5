//! `GET /api/v1/operations`, `GET /api/v1/operations/{id}`, `POST /api/v1/operations/{id}/undo`

use crate::wire::{OperationOut, OperationsOut, PageQuery};
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::OperationId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query, RequestId};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::{investigations, operations};

/// Names the listing in its cursors.
const SIGNATURE: &str = "operations";

/// A page of operations, newest first, without their items.
#[utoipa::path(
    get, path = "/api/v1/operations", tag = "operations", operation_id = "list_operations",
    params(PageQuery),
    responses((status = 200, body = OperationsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<OperationsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let mut fields = Fields::of_query(&query);
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let sealing = (state.config.secret_key.as_str(), SIGNATURE);
    let position: Option<String> = paging.position(sealing.0, sealing.1)?;
    let before = position.map(|id| OperationId::parse(&id)).transpose().map_err(Error::internal)?;
    let page = operations::page(&session, (before, paging.n_wanted())).await?;
    let paged = paging.page(page, sealing, |last| last.id.to_string())?;
    Ok(Json(OperationsOut {
        operations: paged.rows.iter().map(OperationOut::from).collect(),
        next_cursor: paged.next_cursor,
    }))
}

/// One operation, with what came of each alert.
#[utoipa::path(
    get, path = "/api/v1/operations/{id}", tag = "operations", operation_id = "read_operation",
    params(("id" = String, Path, description = "`opr_` and a UUID")),
    responses((status = 200, body = OperationOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<OperationOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let (operation, items) = operations::detail(&session, operation_id(&id)?).await?;
    Ok(Json(OperationOut::with_items(&operation, &items)))
}

/// Takes every alert that has not moved since back to where it stood.
#[utoipa::path(
    post, path = "/api/v1/operations/{id}/undo", tag = "operations", operation_id = "undo_operation",
    params(("id" = String, Path, description = "`opr_` and a UUID")),
    responses((status = 200, body = OperationOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn undo(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<Json<OperationOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let outcome = investigations::undo(&mut session, operation_id(&id)?, &request_id).await?;
    Ok(Json(OperationOut::with_items(&outcome.operation, &outcome.items)))
}

fn operation_id(text: &str) -> Result<OperationId, Error> {
    OperationId::parse(text).map_err(|_| Error::not_found("operation"))
}
