//! API keys: `tt_<id>_<secret>`, shown once and stored as a hash.

use super::audit::append;
use super::entropy;
use crate::db::access::{NewKey, has_admin, store_key};
use crate::db::audit::lock_head;
use crate::domain::access::Role;
use crate::domain::audit::AuditEntry;
use crate::error::{Error, ErrorKind};
use crate::state::AppState;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Who makes a key that no person asked for.
const SYSTEM: &str = "system";
/// The audit chain of keys and sessions.
pub(super) const CHAIN: &str = "access";
/// What every key begins with.
const PREFIX: &str = "tt_";

/// A key's parts.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Public; names the key in logs and the audit trail.
    pub id: String,
    /// Secret; never stored.
    secret: String,
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl ApiKey {
    /// Makes a key: a public id and 32 random bytes.
    ///
    /// # Errors
    /// When the operating system has no random source.
    pub fn generate() -> Result<Self, Error> {
        let id = entropy::bytes::<6>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        Self::generate_for(id)
    }

    /// Makes another secret of a key that there is.
    ///
    /// # Errors
    /// When the operating system has no random source.
    pub(super) fn generate_for(id: String) -> Result<Self, Error> {
        Ok(Self { id, secret: URL_SAFE_NO_PAD.encode(entropy::bytes::<32>()?) })
    }

    /// Reads the form that is shown; anything else is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_plausible = !id.is_empty() && id.len() <= 64 && !secret.is_empty() && secret.len() <= 256;
        is_plausible.then(|| Self { id: id.to_owned(), secret: secret.to_owned() })
    }

    /// The form that is shown, once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, self.secret)
    }

    /// SHA-256 of the secret: enough for 32 random bytes, which no dictionary holds.
    pub fn secret_hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_bytes()).into()
    }
}

/// What a new key is for.
#[derive(Debug, Clone)]
pub struct KeyPurpose<'a> {
    /// Who or what uses it.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// The sources it is bound to; none for all.
    pub sources: Option<Vec<String>>,
    /// How often it may call.
    pub limit: KeyLimit,
    /// When it ends; none for never.
    pub expires_at: Option<Timestamp>,
}

/// How often a key may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLimit {
    /// As the settings say.
    Default,
    /// So many requests a window.
    Own(i64),
    /// As often as it likes.
    Unlimited,
}

impl KeyPurpose<'_> {
    /// A key of all sources and no end, unlimited if it is an admin's: what our own tools and a deployment use.
    pub fn of_role(name: &str, role: Role) -> KeyPurpose<'_> {
        let limit = if role == Role::Admin { KeyLimit::Unlimited } else { KeyLimit::Default };
        KeyPurpose { name, role, sources: None, limit, expires_at: None }
    }
}

/// Stores a key and records it in the `access` chain.
///
/// # Errors
/// When the database does not answer.
pub async fn store(
    state: &AppState,
    key: &ApiKey,
    purpose: &KeyPurpose<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut connection = state.database.connect().await?;
    let client = connection.begin().await?;
    store_key(client, &row(key, purpose, now)).await?;
    append(client, created(key, purpose, (SYSTEM, now, ""))).await?;
    connection.commit().await?;
    Ok(())
}

/// Stores a deployment's first admin key and records it, unless there is or was an admin's key already: one that was
/// revoked never comes back by a deployment. Returns whether it was stored.
///
/// # Errors
/// When the text is no key, or the database does not answer.
pub async fn store_first_admin(state: &AppState, text: &str, now: Timestamp) -> Result<bool, Error> {
    let key = ApiKey::parse(text).ok_or_else(|| {
        Error::new(
            ErrorKind::ValidationFailed,
            "TELLTALE_ADMIN_KEY must read tt_<id>_<secret>, such as tt_admin_ and 32 random characters",
        )
    })?;
    let purpose = KeyPurpose { limit: KeyLimit::Default, ..KeyPurpose::of_role("first admin", Role::Admin) };
    let mut connection = state.database.connect().await?;
    let client = connection.begin().await?;
    // The chain's lock comes first, so that of two deployments at once one stores a key.
    lock_head(client, CHAIN).await?;
    if has_admin(client, &key.id).await? {
        connection.rollback().await;
        return Ok(false);
    }
    store_key(client, &row(&key, &purpose, now)).await?;
    append(client, created(&key, &purpose, (SYSTEM, now, ""))).await?;
    connection.commit().await?;
    Ok(true)
}

pub(super) fn row<'a>(key: &'a ApiKey, purpose: &'a KeyPurpose<'_>, now: Timestamp) -> NewKey<'a> {
    NewKey {
        id: &key.id,
        secret_hash: key.secret_hash(),
        name: purpose.name,
        role: purpose.role.as_str(),
        sources: purpose.sources.clone(),
        rate_limit_requests: match purpose.limit {
            KeyLimit::Own(requests) => Some(requests),
            KeyLimit::Default | KeyLimit::Unlimited => None,
        },
        is_unlimited: purpose.limit == KeyLimit::Unlimited,
        created_at: now,
        expires_at: purpose.expires_at,
    }
}

/// Who makes a key, when, and in which request.
pub(super) type By<'a> = (&'a str, Timestamp, &'a str);

pub(super) fn created(key: &ApiKey, purpose: &KeyPurpose<'_>, (actor, at, request_id): By<'_>) -> AuditEntry {
    AuditEntry {
        chain: CHAIN.into(),
        actor: actor.to_owned(),
        action: "key_created".into(),
        at,
        request_id: request_id.to_owned(),
        before: Value::Null,
        after: json!({"key_id": key.id, "name": purpose.name, "role": purpose.role.as_str(), "sources": purpose.sources,
            "expires_at": purpose.expires_at}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_being_shown_and_hides_its_secret_in_debug() {
        let key = ApiKey::generate().unwrap();
        assert_eq!(ApiKey::parse(&key.reveal()), Some(key.clone()));
        assert!(!format!("{key:?}").contains(&key.secret));
        for text in ["", "tt_", "tt_a", "tt__b", "xx_a_b"] {
            assert_eq!(ApiKey::parse(text), None, "{text} was taken");
        }
    }
}
