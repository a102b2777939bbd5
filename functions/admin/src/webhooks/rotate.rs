//! `POST /api/v1/webhooks/{id}/rotate`

use crate::keys::rotate::{RotationIn, read_overlap};
use crate::wire::webhook::NewWebhookOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::WebhookId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, OptionalJsonBody, RequestId};
use shared::http::present::{NO_STORE, Unkept};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::webhooks::rotate as rotate_webhook;

/// Gives a webhook a second secret; the first one signs too for a while, so that the receiver can change over.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/rotate", tag = "webhooks", operation_id = "rotate_webhook",
    params(("id" = String, Path, description = "`whk_` and a UUID.")), request_body = Option<RotationIn>,
    responses((status = 200, body = NewWebhookOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn rotate(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Unkept<NewWebhookOut>, Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Administer, now).await?;
    let id = WebhookId::parse(&id).map_err(|_| Error::not_found("webhook"))?;
    let overlap = read_overlap(&body)?;
    let rotated = rotate_webhook(&mut session, id, (overlap, &request_id)).await?;
    Ok((NO_STORE, Json(NewWebhookOut::new(rotated, now))))
}
