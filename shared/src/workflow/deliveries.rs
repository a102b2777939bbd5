//! Deliveries as people look at them and order them again.

use super::access::Session;
use super::audit::append;
use super::configuration::CHAIN;
use super::lists::event;
use crate::db::audit::lock_head;
pub use crate::db::deliveries::{Delivery, DeliveryFilter};
use crate::db::{deliveries, webhooks};
use crate::domain::ids::DeliveryId;
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

fn unknown() -> Error {
    Error::not_found("delivery")
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::WrongState, message)
}
