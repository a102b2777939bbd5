//! `GET /api/v1/alerts/{id}/related`

use crate::wire::record::RelatedOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::AlertId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::Caller;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::alerts::related;

/// The newest alerts that share counterparty, device or IP address with one.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/related", tag = "alerts", operation_id = "list_related_alerts", params(("id" = String, Path, description = "`alr_` and a UUID")),
    responses((status = 200, body = RelatedOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<RelatedOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = AlertId::parse(&id).map_err(|_| Error::not_found("alert"))?;
    Ok(Json(RelatedOut::from(related(&session, id).await?)))
}
