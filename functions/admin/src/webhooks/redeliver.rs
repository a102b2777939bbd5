//! `POST /api/v1/webhooks/{id}/redeliver`

use crate::wire::webhook::OrderedAgainOut;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use shared::domain::access::Permission;
use shared::domain::ids::WebhookId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::deliveries::redeliver_dead;

/// Orders the webhook's dead deliveries again, at most 1,000, the oldest first.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/redeliver", tag = "webhooks", operation_id = "redeliver_dead",
    params(("id" = String, Path, description = "`whk_` and a UUID.")), responses((status = 202, body = OrderedAgainOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn redeliver(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<OrderedAgainOut>), Error> {
    let mut session = admit(&state, &credentials, Permission::Administer, clock::now()).await?;
    let id = WebhookId::parse(&id).map_err(|_| Error::not_found("webhook"))?;
    let n_ordered = redeliver_dead(&mut session, id, &request_id).await?;
    Ok((StatusCode::ACCEPTED, Json(OrderedAgainOut::new(n_ordered))))
}
