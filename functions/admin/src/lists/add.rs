//! `POST /api/v1/lists`

use crate::keys::create::read_end;
use crate::wire::list::EntryOut;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::lists::{ListKind, ListSubject};
use shared::domain::text::Text;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::lists::{NewEntry, add as add_entry};
use utoipa::ToSchema;

/// What `POST /api/v1/lists` takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewListEntry)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct EntryIn {
    #[schema(value_type = words::ListKind)]
    kind: String,
    #[schema(value_type = words::ListSubject)]
    subject: String,
    /// An id as it stands in transactions, or an IP address.
    #[schema(min_length = 1, max_length = 128)]
    value: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// When it ends; left out for never.
    expires_at: Option<Timestamp>,
}

/// Why somebody put something on a list, or snoozed it.
pub(crate) type Why = Text<500>;

/// Puts an account, a counterparty, a device or an address on a list.
#[utoipa::path(
    post, path = "/api/v1/lists", tag = "lists", operation_id = "add_list_entry",
    request_body = EntryIn, responses((status = 201, body = EntryOut)), security(("key" = ["supervise"]))
)]
pub(crate) async fn add(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<EntryOut>), Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Supervise, now).await?;
    let entry = read_entry(&body, now)?;
    let stored = add_entry(&mut session, entry, &request_id).await?;
    Ok((StatusCode::CREATED, Json(EntryOut::new(stored, now))))
}

fn read_entry(body: &Value, now: Timestamp) -> Result<NewEntry, Error> {
    let mut fields = Fields::new(body, "");
    let kind = fields.required("kind", ListKind::parse);
    let subject = fields.required("subject", ListSubject::parse);
    // Without a subject nobody knows what the value is; it is still asked for.
    let read_as = subject.unwrap_or(ListSubject::Account);
    let value = fields.required("value", |text| read_as.read_value(text));
    let reason = fields.required("reason", Why::parse);
    let expires_at = fields.optional("expires_at", |text| read_end(text, now));
    match (kind, subject, value, reason, fields.finish()) {
        (Some(kind), Some(subject), Some(value), Some(reason), problems) if problems.is_empty() => {
            Ok(NewEntry { kind, subject, value, reason: reason.to_string(), expires_at })
        }
        (.., problems) => Err(Error::validation(problems)),
    }
}
