//! `GET /api/v1/deliveries`

use crate::wire::delivery::{DeliveriesQuery, DeliveryOut, DeliveryPageOut};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::ids::{DeliveryId, WebhookId};
use shared::domain::webhook::{DeliveryStatus, EventType};
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::deliveries::{Delivery, DeliveryFilter, list as list_deliveries};

/// A page of deliveries, newest event first; what ended is kept for a month.
#[utoipa::path(
    get, path = "/api/v1/deliveries", tag = "webhooks", operation_id = "list_deliveries",
    params(DeliveriesQuery), responses((status = 200, body = DeliveryPageOut)), security(("key" = ["supervise"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<DeliveryPageOut>, Error> {
    let session = admit(&state, &credentials, Permission::Supervise, clock::now()).await?;
    let mut fields = Fields::of_query(&query);
    let filter = DeliveryFilter {
        webhook: fields.optional("webhook_id", WebhookId::parse),
        event: fields.optional("event", EventType::parse),
        status: fields.optional("status", DeliveryStatus::parse),
    };
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let signature = format!("deliveries {filter:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after: Option<(Timestamp, String)> = paging.position(sealing.0, sealing.1)?;
    let after = after.map(|(at, id)| Ok::<_, Invalid>((at, DeliveryId::parse(&id)?))).transpose();
    let after = after.map_err(Error::internal)?;
    let deliveries = list_deliveries(&session, &filter, (after, paging.n_wanted())).await?;
    let position = |last: &Delivery| (last.created_at, last.id.to_string());
    let paged = paging.page(deliveries, sealing, position)?;
    let deliveries = paged.rows.into_iter().map(DeliveryOut::from).collect();
    Ok(Json(DeliveryPageOut { deliveries, next_cursor: paged.next_cursor }))
}
