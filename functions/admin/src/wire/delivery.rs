//! A delivery as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::webhook::DeliveryStatus;
use shared::http::words;
use shared::workflow::deliveries::Delivery;
use utoipa::{IntoParams, ToSchema};

/// What `GET /api/v1/deliveries` takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(crate) struct DeliveriesQuery {
    /// To this webhook: `whk_` and a UUID.
    webhook_id: Option<String>,
    /// What they tell.
    #[param(value_type = Option<words::DeliveryEvent>, inline)]
    event: Option<String>,
    /// How they stand.
    #[param(value_type = Option<words::DeliveryStatus>, inline)]
    status: Option<String>,
    /// Deliveries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

/// One event on its way to one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryOut {
    /// `dlv_` and a UUID.
    id: String,
    webhook_id: String,
    /// What the receiver knows the message by: the header `webhook-id`, the same at each attempt.
    message_id: String,
    /// What it tells.
    #[schema(value_type = words::DeliveryEvent)]
    event: &'static str,
    /// The event in the audit trail: its chain.
    chain: String,
    /// Its place in the chain, from 1.
    sequence: i64,
    /// pending, delivered or dead.
    #[schema(value_type = words::DeliveryStatus)]
    status: &'static str,
    /// Attempts since it was ordered last.
    n_attempts: i64,
    /// When the next attempt is due; null unless it is pending.
    next_attempt_at: Option<Timestamp>,
    created_at: Timestamp,
    last_attempt_at: Option<Timestamp>,
    /// The HTTP status that the last attempt was answered with.
    last_status: Option<i16>,
    /// Why the last attempt failed.
    last_error: Option<String>,
    /// When it was delivered or given up.
    ended_at: Option<Timestamp>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryPage)]
pub(crate) struct DeliveryPageOut {
    pub(crate) deliveries: Vec<DeliveryOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

impl From<Delivery> for DeliveryOut {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            webhook_id: delivery.webhook.to_string(),
            message_id: delivery.id.message_id(),
            event: delivery.event.as_str(),
            chain: delivery.chain,
            sequence: delivery.sequence,
            status: delivery.status.as_str(),
            n_attempts: delivery.n_attempts,
            next_attempt_at: (delivery.status == DeliveryStatus::Pending).then_some(delivery.due_at),
            created_at: delivery.created_at,
            last_attempt_at: delivery.last_attempt_at,
            last_status: delivery.last_status,
            last_error: delivery.last_error,
            ended_at: delivery.ended_at,
        }
    }
}
