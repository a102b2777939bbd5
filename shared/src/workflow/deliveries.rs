//! Deliveries as people look at them and order them again.

use super::access::Session;
use super::audit::append;
use super::configuration::CHAIN;
use super::lists::event;
use crate::db::audit::lock_head;
pub use crate::db::deliveries::{Delivery, DeliveryFilter};
use crate::db::{deliveries, webhooks};
use crate::domain::ids::{DeliveryId, WebhookId};
use crate::domain::webhook::DeliveryStatus;
use crate::error::{Error, ErrorKind};
use jiff::Timestamp;
use serde_json::json;

/// A page of deliveries, newest event first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    session: &Session,
    filter: &DeliveryFilter,
    page: (Option<(Timestamp, DeliveryId)>, i64),
) -> Result<Vec<Delivery>, Error> {
    Ok(deliveries::page(session.connection.client()?, filter, page).await?)
}

/// Makes a delivery that ended due again, with all its attempts before it. The message is the same: a receiver that has
/// seen it knows it by its id.
///
/// # Errors
/// 404 when unknown; 409 while it is pending, and when its webhook was removed.
pub async fn redeliver(session: &mut Session, id: DeliveryId, request_id: &str) -> Result<Delivery, Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let before = deliveries::lock(client, id).await?.ok_or_else(unknown)?;
            if before.status == DeliveryStatus::Pending {
                return Err(refused("the delivery is on its way; wait until it is delivered or dead"));
            }
            let webhook = webhooks::find(client, before.webhook).await?;
            if webhook.is_none_or(|webhook| webhook.removed_at.is_some()) {
                return Err(refused("the delivery's webhook was removed; add it anew"));
            }
            deliveries::reorder(client, id, now).await?;
            let by = (actor.audit_name(), now, request_id);
            let told =
                |status: DeliveryStatus| json!({"delivery_id": id.to_string(), "status": status.as_str()});
            let change = (told(before.status), told(DeliveryStatus::Pending));
            append(client, event("delivery_ordered_again", by, change)).await?;
            deliveries::lock(client, id).await?.ok_or_else(unknown)
        })
        .await
}

/// The most deliveries that one request orders again: an hour's worth to one webhook is 1,800.
pub const MAX_ORDERED_AGAIN: i64 = 1_000;

/// Makes a webhook's dead deliveries due again, the oldest first, once its receiver is well; how many. One event of the
/// trail, not one a delivery.
///
/// # Errors
/// 404 when unknown, 409 when it was removed.
pub async fn redeliver_dead(
    session: &mut Session,
    webhook: WebhookId,
    request_id: &str,
) -> Result<i64, Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let found = webhooks::find(client, webhook).await?.ok_or_else(|| Error::not_found("webhook"))?;
            if found.removed_at.is_some() {
                return Err(refused("the webhook was removed; add it anew"));
            }
            let n_ordered = deliveries::reorder_dead(client, webhook, (now, MAX_ORDERED_AGAIN)).await?;
            if n_ordered > 0 {
                let by = (actor.audit_name(), now, request_id);
                let told = |status: DeliveryStatus| {
                    json!({"webhook_id": webhook.to_string(), "status": status.as_str(), "n_deliveries": n_ordered})
                };
                let change = (told(DeliveryStatus::Dead), told(DeliveryStatus::Pending));
                append(client, event("deliveries_ordered_again", by, change)).await?;
            }
            Ok(n_ordered)
        })
        .await
}

fn unknown() -> Error {
    Error::not_found("delivery")
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::WrongState, message)
}
