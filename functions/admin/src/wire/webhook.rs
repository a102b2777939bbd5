//! A webhook as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::force::ForceStatus;
use shared::http::words;
use shared::workflow::deliveries::MAX_ORDERED_AGAIN;
use shared::workflow::webhooks::{Secret, Webhook};
use utoipa::{IntoParams, ToSchema};

/// What `GET /api/v1/webhooks` takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(crate) struct WebhooksQuery {
    /// Whether they are told anything.
    #[param(value_type = Option<words::ForceStatus>, inline)]
    status: Option<String>,
    /// Webhooks a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

/// A webhook; nothing of its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookOut {
    /// `whk_` and a UUID.
    id: String,
    /// Where messages go.
    url: String,
    /// What it is told of.
    #[schema(value_type = Vec<words::WebhookEvent>)]
    events: Vec<&'static str>,
    /// What it is for.
    description: String,
    /// active, or ended when somebody has removed it.
    #[schema(value_type = words::ForceStatus)]
    status: &'static str,
    /// The key that made it.
    owner: String,
    created_at: Timestamp,
    removed_at: Option<Timestamp>,
    /// The key that removed it.
    removed_by: Option<String>,
    /// How many secrets it has had.
    generation: i64,
    /// Until when the secret before the newest signs too; null where only one does.
    previous_secret_ends_at: Option<Timestamp>,
}

/// A webhook with its newest secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewWebhook)]
pub(crate) struct NewWebhookOut {
    webhook: WebhookOut,
    /// `whsec_` and 32 bytes in base64, as libraries of the Standard Webhooks specification take it.
    secret: String,
}

/// A page of webhooks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookPage)]
pub(crate) struct WebhookPageOut {
    pub(crate) webhooks: Vec<WebhookOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// What was ordered again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderedAgain)]
pub(crate) struct OrderedAgainOut {
    /// Deliveries that were dead and are pending.
    n_ordered: i64,
    /// False where there may be more: ask again.
    is_complete: bool,
}

impl OrderedAgainOut {
    pub(crate) fn new(n_ordered: i64) -> Self {
        Self { n_ordered, is_complete: n_ordered < MAX_ORDERED_AGAIN }
    }
}

impl WebhookOut {
    pub(crate) fn new(webhook: Webhook, now: Timestamp) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url,
            events: webhook.events.iter().map(|event| event.as_str()).collect(),
            description: webhook.description,
            status: ForceStatus::at(now, webhook.removed_at, None).as_str(),
            owner: webhook.owner,
            created_at: webhook.created_at,
            removed_at: webhook.removed_at,
            removed_by: webhook.removed_by,
            generation: webhook.generation,
            previous_secret_ends_at: webhook.previous_secret_ends_at.filter(|ends_at| *ends_at > now),
        }
    }
}

impl NewWebhookOut {
    pub(crate) fn new((webhook, secret): (Webhook, Secret), now: Timestamp) -> Self {
        Self { webhook: WebhookOut::new(webhook, now), secret: secret.reveal().to_owned() }
    }
}
