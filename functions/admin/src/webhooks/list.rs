//! `GET /api/v1/webhooks`

use crate::wire::webhook::{WebhookOut, WebhookPageOut, WebhooksQuery};
use axum::Json;
use axum::extract::State;
use shared::domain::access::Permission;
use shared::domain::force::ForceStatus;
use shared::domain::ids::WebhookId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::webhooks::{Webhook, list as list_webhooks};

/// A page of webhooks, newest made first; those that were removed are history and stay.
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    params(WebhooksQuery), responses((status = 200, body = WebhookPageOut)), security(("key" = ["supervise"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<WebhookPageOut>, Error> {
    let now = clock::now();
    let session = admit(&state, &credentials, Permission::Supervise, now).await?;
    let mut fields = Fields::of_query(&query);
    let is_active = fields.optional("status", |text| Ok(ForceStatus::parse(text)? == ForceStatus::Active));
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let signature = format!("webhooks {is_active:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after: Option<String> = paging.position(sealing.0, sealing.1)?;
    let after = after.map(|id| WebhookId::parse(&id)).transpose().map_err(Error::internal)?;
    let webhooks = list_webhooks(&session, is_active, (after, paging.n_wanted())).await?;
    let paged = paging.page(webhooks, sealing, |last: &Webhook| last.id.to_string())?;
    let webhooks = paged.rows.into_iter().map(|webhook| WebhookOut::new(webhook, now)).collect();
    Ok(Json(WebhookPageOut { webhooks, next_cursor: paged.next_cursor }))
}
