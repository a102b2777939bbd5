//! `POST /api/v1/keys`

use crate::wire::key::NewKeyOut;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::{Permission, Role};
use shared::domain::text::{Source, Text};
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::{Fields, read_time};
use shared::http::present::{NO_STORE, Unkept};
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::keyring;
use shared::workflow::keys::{KeyLimit, KeyPurpose};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// What `POST /api/v1/keys` takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewKey)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct KeyIn {
    /// Who or what uses it.
    #[schema(min_length = 1, max_length = 128)]
    name: String,
    #[schema(value_type = words::Role)]
    role: String,
    /// The sources it is bound to; left out for all.
    #[schema(min_items = 1, max_items = 50)]
    sources: Option<Vec<String>>,
    /// When it ends; left out for never.
    expires_at: Option<Timestamp>,
    /// Requests a window; left out for the default.
    #[schema(minimum = 1, maximum = 1_000_000)]
    rate_limit_requests: Option<i64>,
}

/// Sources that one key may be bound to.
const MAX_SOURCES: usize = 50;
/// Requests a window that a key may be given.
const LIMITS: RangeInclusive<i64> = 1..=1_000_000;

/// What a person calls a key.
type KeyName = Text<128>;

/// Makes a key. The answer is the only place where its secret is ever shown.
#[utoipa::path(
    post, path = "/api/v1/keys", tag = "access", operation_id = "create_key",
    request_body = KeyIn, responses((status = 201, body = NewKeyOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Unkept<NewKeyOut>), Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Administer, now).await?;
    let wanted = read_key(&body, now)?;
    let purpose = KeyPurpose { name: wanted.name.as_str(), ..wanted.purpose };
    let (details, key) = keyring::create(&mut session, &purpose, &request_id).await?;
    Ok((StatusCode::CREATED, (NO_STORE, Json(NewKeyOut::new(details, &key, now)))))
}

struct Wanted {
    name: KeyName,
    /// Everything but the name.
    purpose: KeyPurpose<'static>,
}

fn read_key(body: &Value, now: Timestamp) -> Result<Wanted, Error> {
    let mut fields = Fields::new(body, "");
    let name = fields.required("name", KeyName::parse);
    let role = fields.required("role", Role::parse);
    let sources = read_sources(&mut fields);
    let expires_at = fields.optional("expires_at", |text| read_end(text, now));
    let limit = fields.whole_number("rate_limit_requests", LIMITS);
    let limit = limit.map_or(KeyLimit::Default, KeyLimit::Own);
    match (name, role, fields.finish()) {
        (Some(name), Some(role), problems) if problems.is_empty() => {
            Ok(Wanted { name, purpose: KeyPurpose { name: "", role, sources, limit, expires_at } })
        }
        (_, _, problems) => Err(Error::validation(problems)),
    }
}

fn read_sources(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    fields.value("sources")?;
    let items = fields.items("sources", MAX_SOURCES);
    let mut sources = Vec::new();
    for (position, item) in items.iter().enumerate() {
        match item.as_str().ok_or_else(|| Invalid::new("must be a string")).and_then(Source::parse) {
            Ok(source) => sources.push(source.to_string()),
            Err(invalid) => fields.note_at("sources", position, invalid.0),
        }
    }
    Some(sources)
}

/// Reads when something ends: later than now.
pub(crate) fn read_end(text: &str, now: Timestamp) -> Result<Timestamp, Invalid> {
    let time = read_time(text)?;
    if time <= now {
        return Err(Invalid::new("must be ahead of the server's clock"));
    }
    Ok(time)
}
