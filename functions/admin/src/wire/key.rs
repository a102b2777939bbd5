//! A key as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::http::words;
use shared::workflow::keyring::{KeyDetails, KeyStatus};
use shared::workflow::keys::ApiKey;
use utoipa::{IntoParams, ToSchema};

/// What `GET /api/v1/keys` takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(crate) struct KeysQuery {
    /// Keys a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

/// A key; nothing of its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyOut {
    /// Stands in the key itself, in logs and in the audit trail.
    id: String,
    /// Who or what uses it.
    name: String,
    /// ingest, analyst, supervisor, admin or demo.
    #[schema(value_type = words::Role)]
    role: String,
    /// live, expired or revoked.
    #[schema(value_type = words::KeyStatus)]
    status: &'static str,
    /// The sources it is bound to; null for all.
    sources: Option<Vec<String>>,
    /// Its own rate limit; null for the default.
    rate_limit_requests: Option<i64>,
    /// Whether it has no rate limit at all.
    is_unlimited: bool,
    created_at: Timestamp,
    /// Null for never.
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    /// How many secrets it has had.
    generation: i64,
    /// Until when the secret before the newest works; null where only one does.
    previous_secret_ends_at: Option<Timestamp>,
    /// To the hour; null where it was not used, or not since the database last crashed.
    last_used_at: Option<Timestamp>,
    /// The address that this use came from.
    last_used_from: Option<String>,
}

/// A page of keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeyPage)]
pub(crate) struct KeyPageOut {
    pub(crate) keys: Vec<KeyOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// A key that was made or rotated just now, with its newest secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevealedKey)]
pub(crate) struct NewKeyOut {
    #[serde(flatten)]
    details: KeyOut,
    /// What to send as `Authorization: Bearer`; never shown again.
    key: String,
}

impl KeyOut {
    pub(crate) fn new(key: KeyDetails, now: Timestamp) -> Self {
        Self {
            status: KeyStatus::of(&key, now).as_str(),
            id: key.id,
            name: key.name,
            role: key.role,
            sources: key.sources,
            rate_limit_requests: key.rate_limit_requests,
            is_unlimited: key.is_unlimited,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            generation: key.generation,
            previous_secret_ends_at: key.previous_ends_at.filter(|ends_at| *ends_at > now),
            last_used_at: key.used_at,
            last_used_from: key.used_from,
        }
    }
}

impl NewKeyOut {
    pub(crate) fn new(details: KeyDetails, key: &ApiKey, now: Timestamp) -> Self {
        Self { details: KeyOut::new(details, now), key: key.reveal() }
    }
}
