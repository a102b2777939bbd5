//! `POST /api/v1/webhooks`

use crate::wire::webhook::NewWebhookOut;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::text::Text;
use shared::domain::webhook::EventType;
use shared::domain::webhook::address::{Reach, WebhookUrl};
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::present::{NO_STORE, Unkept};
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::webhooks::{NewWebhook, add as add_webhook};
use utoipa::ToSchema;

/// What `POST /api/v1/webhooks` takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = WebhookToAdd)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct WebhookIn {
    /// Where messages go: `https://` and a public address.
    #[schema(max_length = 500)]
    url: String,
    /// What it is told of.
    #[schema(value_type = Vec<words::WebhookEvent>, min_items = 1, max_items = 7)]
    events: Vec<String>,
    /// What it is for.
    #[schema(min_length = 1, max_length = 200)]
    description: String,
}

/// What a webhook is for.
type Purpose = Text<200>;

/// Makes a webhook, told of what happens from now on. Its secret is shown this once.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "add_webhook",
    request_body = WebhookIn, responses((status = 201, body = NewWebhookOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn add(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Unkept<NewWebhookOut>), Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Administer, now).await?;
    let wanted = read_webhook(&body, state.config.environment.webhook_reach())?;
    let added = add_webhook(&mut session, wanted, &request_id).await?;
    Ok((StatusCode::CREATED, (NO_STORE, Json(NewWebhookOut::new(added, now)))))
}

fn read_webhook(body: &Value, reach: Reach) -> Result<NewWebhook, Error> {
    let mut fields = Fields::new(body, "");
    let url = fields.required("url", |text| WebhookUrl::parse(text, reach));
    let events = read_events(&mut fields);
    let description = fields.required("description", Purpose::parse);
    match (url, description, fields.finish()) {
        (Some(url), Some(description), problems) if problems.is_empty() => {
            Ok(NewWebhook { url, events, description: description.to_string() })
        }
        (.., problems) => Err(Error::validation(problems)),
    }
}

/// In their own order, each once.
fn read_events(fields: &mut Fields<'_>) -> Vec<EventType> {
    let items = fields.items("events", EventType::OFFERED.len());
    let mut events = Vec::new();
    for (position, item) in items.iter().enumerate() {
        let word = item.as_str().ok_or_else(|| Invalid::new("must be a string"));
        match word.and_then(EventType::parse_offered) {
            Ok(event) => events.push(event),
            Err(invalid) => fields.note_at("events", position, invalid.0),
        }
    }
    events.sort();
    events.dedup();
    events
}
