//! Webhooks as people keep them. Each change is an event of the chain `configuration`, whose lock comes first and so
//! orders them.

use super::access::Session;
use super::audit::append;
use super::configuration::CHAIN;
use super::entropy;
use super::lists::event;
use crate::db::audit::lock_head;
use crate::db::deliveries;
pub use crate::db::webhooks::Webhook;
use crate::db::webhooks::{self, find};
use crate::domain::ids::WebhookId;
use crate::domain::webhook::EventType;
use crate::domain::webhook::address::WebhookUrl;
use crate::error::{Error, ErrorKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio_postgres::Client;

/// Webhooks that there may be at once: each event that they ask for is a row and a message for each.
pub const MAX_WEBHOOKS: i64 = 20;

/// A webhook that somebody wants.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Where messages go.
    pub url: WebhookUrl,
    /// What it is told of, at least one.
    pub events: Vec<EventType>,
    /// What it is for.
    pub description: String,
}

/// What a webhook's messages are signed with, in the form of the Standard Webhooks specification: `whsec_` and 32 random
/// bytes. Shown once.
pub struct Secret(String);

impl Secret {
    fn generate() -> Result<Self, Error> {
        Ok(Self(format!("whsec_{}", STANDARD.encode(entropy::bytes::<32>()?))))
    }

    /// The secret itself, for whom it was made.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Makes a webhook; it is told of what happens from now on.
///
/// # Errors
/// 409 when there are [`MAX_WEBHOOKS`].
pub async fn add(
    session: &mut Session,
    wanted: NewWebhook,
    request_id: &str,
) -> Result<(Webhook, Secret), Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    let secret = Secret::generate()?;
    let webhook = Webhook {
        id: WebhookId::mint(now, entropy::for_id()?),
        url: wanted.url.to_string(),
        events: wanted.events,
        description: wanted.description,
        owner: actor.key_id.clone(),
        created_at: now,
        removed_at: None,
        removed_by: None,
        generation: 1,
        previous_secret_ends_at: None,
    };
    session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            if webhooks::count_live(client).await? >= MAX_WEBHOOKS {
                let message =
                    format!("there are {MAX_WEBHOOKS} webhooks, the most there can be; remove one first");
                return Err(Error::new(ErrorKind::WrongState, message));
            }
            webhooks::insert(client, &webhook).await?;
            webhooks::insert_secret(client, (webhook.id, 1), (secret.reveal(), now)).await?;
            let by = (actor.audit_name(), now, request_id);
            append(client, event("webhook_added", by, (Value::Null, describe(&webhook)))).await
        })
        .await?;
    tracing::info!(webhook_id = %webhook.id, "webhook {} was added", webhook.id);
    Ok((webhook, secret))
}

/// Gives a webhook a second secret; the first one signs too for a while, so that the receiver can change over meanwhile.
///
/// # Errors
/// 404 when unknown, 409 when it was removed.
pub async fn rotate(
    session: &mut Session,
    id: WebhookId,
    (overlap, request_id): (SignedDuration, &str),
) -> Result<(Webhook, Secret), Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    let secret = Secret::generate()?;
    let rotated = session
        .transact(async |client| {
            let before = lock_live(client, id).await?;
            webhooks::end_secrets(client, id, (now + overlap, now)).await?;
            let generation = before.generation + 1;
            webhooks::insert_secret(client, (id, generation), (secret.reveal(), now)).await?;
            let after = find(client, id).await?.ok_or_else(unknown)?;
            let by = (actor.audit_name(), now, request_id);
            append(client, event("webhook_rotated", by, (describe(&before), describe(&after)))).await?;
            Ok(after)
        })
        .await?;
    tracing::info!(webhook_id = %id, "the secret of webhook {id} was rotated");
    Ok((rotated, secret))
}

/// Removes a webhook; what is on its way to it is given up by the next claim. One that was removed already stays as it is.
///
/// # Errors
/// 404 when unknown.
pub async fn remove(session: &mut Session, id: WebhookId, request_id: &str) -> Result<Webhook, Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    let removed = session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let before = find(client, id).await?.ok_or_else(unknown)?;
            if before.removed_at.is_some() {
                return Ok(before);
            }
            webhooks::remove(client, id, (&actor.key_id, now)).await?;
            webhooks::end_secrets(client, id, (now, now)).await?;
            let after = find(client, id).await?.ok_or_else(unknown)?;
            let by = (actor.audit_name(), now, request_id);
            append(client, event("webhook_removed", by, (describe(&before), describe(&after)))).await?;
            Ok(after)
        })
        .await?;
    tracing::info!(webhook_id = %id, "webhook {id} was removed");
    Ok(removed)
}

/// Orders a message to one webhook, so that people see whether it works.
///
/// # Errors
/// 404 when unknown, 409 when it was removed.
pub async fn test(session: &mut Session, id: WebhookId, request_id: &str) -> Result<Webhook, Error> {
    let (actor, now) = (session.actor.clone(), session.now);
    session
        .transact(async |client| {
            let webhook = lock_live(client, id).await?;
            let by = (actor.audit_name(), now, request_id);
            let after = json!({"webhook_id": id.to_string()});
            append(client, event("webhook_tested", by, (Value::Null, after))).await?;
            let head = lock_head(client, CHAIN).await?;
            let told = (CHAIN, head.sequence, now);
            deliveries::insert_one(client, (id, EventType::WebhookTested), told).await?;
            Ok(webhook)
        })
        .await
}

/// A page of webhooks, newest made first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    session: &Session,
    is_active: Option<bool>,
    page: (Option<WebhookId>, i64),
) -> Result<Vec<Webhook>, Error> {
    Ok(webhooks::page(session.connection.client()?, is_active, page).await?)
}

async fn lock_live(client: &Client, id: WebhookId) -> Result<Webhook, Error> {
    lock_head(client, CHAIN).await?;
    let webhook = find(client, id).await?.ok_or_else(unknown)?;
    if webhook.removed_at.is_some() {
        return Err(Error::new(ErrorKind::WrongState, "the webhook was removed; add it anew"));
    }
    Ok(webhook)
}

fn unknown() -> Error {
    Error::not_found("webhook")
}

fn describe(webhook: &Webhook) -> Value {
    json!({
        "webhook_id": webhook.id.to_string(),
        "url": webhook.url,
        "events": webhook.events.iter().map(|event| event.as_str()).collect::<Vec<_>>(),
        "description": webhook.description,
        "generation": webhook.generation,
        "previous_secret_ends_at": webhook.previous_secret_ends_at,
        "removed_at": webhook.removed_at,
    })
}
