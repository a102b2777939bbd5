//! `POST /api/v1/alerts/claim-next`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::severity::Severity;
use shared::domain::text::AccountId;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::precondition::tagged;
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::investigations::{Wanted, claim_next as claim};
use utoipa::ToSchema;

/// Which alerts of the queue would be taken; by default any.
#[derive(ToSchema)]
#[schema(as = WantedAlert)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct WantedIn {
    /// One of these severities.
    #[schema(value_type = Option<Vec<words::Severity>>, min_items = 1, max_items = 5)]
    severity: Option<Vec<String>>,
    /// Of one account.
    #[schema(min_length = 1, max_length = 128)]
    account: Option<String>,
}

/// The alert that was claimed; null when none waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NextAlert)]
struct NextOut {
    alert: Option<AlertOut>,
}

/// Claims the most urgent alert of the queue, for the caller.
#[utoipa::path(
    post, path = "/api/v1/alerts/claim-next", tag = "investigations", operation_id = "claim_next_alert",
    request_body = WantedIn,
    responses((status = 200, body = NextOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn claim_next(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let wanted = read_wanted(&body)?;
    let alert = claim(&mut session, &wanted, &request_id).await?;
    let out = NextOut { alert: alert.as_ref().map(AlertOut::from) };
    Ok(match alert {
        Some(alert) => tagged(alert.version(), out).into_response(),
        None => Json(out).into_response(),
    })
}

fn read_wanted(body: &Value) -> Result<Wanted, Error> {
    let mut fields = Fields::new(body, "");
    let severities = read_severities(&mut fields);
    let account = fields.optional("account", |text| Ok(AccountId::parse(text)?.to_string()));
    let problems = fields.finish();
    if problems.is_empty() { Ok(Wanted { severities, account }) } else { Err(Error::validation(problems)) }
}

fn read_severities(fields: &mut Fields<'_>) -> Vec<Severity> {
    if fields.value("severity").is_none() {
        return Vec::new();
    }
    let mut severities = Vec::new();
    for (position, item) in fields.items("severity", Severity::ALL.len()).iter().enumerate() {
        match item.as_str().map(Severity::parse) {
            Some(Ok(severity)) => severities.push(severity),
            Some(Err(invalid)) => fields.note_at("severity", position, invalid.0),
            None => fields.note_at("severity", position, "must be a string"),
        }
    }
    severities
}
