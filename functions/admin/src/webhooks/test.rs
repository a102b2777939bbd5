//! `POST /api/v1/webhooks/{id}/test`

use crate::wire::webhook::WebhookOut;
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
use shared::workflow::webhooks::test as test_webhook;

/// Sends the event `webhook.tested` to this webhook alone; what comes of it stands among the deliveries.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "test_webhook",
    params(("id" = String, Path, description = "`whk_` and a UUID.")), responses((status = 202, body = WebhookOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn test(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<WebhookOut>), Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Administer, now).await?;
    let id = WebhookId::parse(&id).map_err(|_| Error::not_found("webhook"))?;
    let tested = test_webhook(&mut session, id, &request_id).await?;
    Ok((StatusCode::ACCEPTED, Json(WebhookOut::new(tested, now))))
}
