//! A session as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::access::{Actor, SessionClaim};
use shared::http::words;
use utoipa::ToSchema;

/// A session that was made just now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionOut {
    /// What to send as `Authorization: Bearer` instead of the key.
    token: String,
    /// `ses_` and a UUID; stands in logs and in the audit trail.
    session_id: String,
    /// The key that it was made of.
    key_id: String,
    /// What the key may do, and so the session.
    #[schema(value_type = words::Role)]
    role: &'static str,
    /// When it ends by itself.
    expires_at: Timestamp,
}

impl SessionOut {
    pub(crate) fn new(token: String, claim: SessionClaim, actor: &Actor) -> Self {
        Self {
            token,
            session_id: claim.id.to_string(),
            key_id: actor.key_id.clone(),
            role: actor.role.as_str(),
            expires_at: claim.ends_at,
        }
    }
}
