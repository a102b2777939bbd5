//! `POST /api/v1/webhooks/{id}/remove`

use crate::wire::webhook::WebhookOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::WebhookId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::webhooks::remove as remove_webhook;

/// Removes a webhook: it is told nothing any more, and what is on its way to it is given up.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/remove", tag = "webhooks", operation_id = "remove_webhook",
    params(("id" = String, Path, description = "`whk_` and a UUID.")), responses((status = 200, body = WebhookOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn remove(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<Json<WebhookOut>, Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Administer, now).await?;
    let id = WebhookId::parse(&id).map_err(|_| Error::not_found("webhook"))?;
    let removed = remove_webhook(&mut session, id, &request_id).await?;
    Ok(Json(WebhookOut::new(removed, now)))
}
