//! `POST /api/v1/deliveries/{id}/redeliver`

use crate::wire::delivery::DeliveryOut;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use shared::domain::access::Permission;
use shared::domain::ids::DeliveryId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::deliveries::redeliver as order_again;

/// Orders a delivery that ended again, with all its attempts before it; the message has the same id.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{id}/redeliver", tag = "webhooks", operation_id = "redeliver",
    params(("id" = String, Path, description = "`dlv_` and a UUID.")), responses((status = 202, body = DeliveryOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn redeliver(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<DeliveryOut>), Error> {
    let mut session = admit(&state, &credentials, Permission::Administer, clock::now()).await?;
    let id = DeliveryId::parse(&id).map_err(|_| Error::not_found("delivery"))?;
    let ordered = order_again(&mut session, id, &request_id).await?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryOut::from(ordered))))
}
