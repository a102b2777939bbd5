//! Keys as an admin manages them: made, listed, rotated, revoked. Each change is an event of the chain `access`, whose
//! lock comes first and so orders them.

use super::access::Session;
use super::audit::append;
use super::keys::{ApiKey, CHAIN, KeyPurpose, created, row};
use crate::db::access::store_key;
use crate::db::audit::lock_head;
pub use crate::db::keys::{KeyDetails, KeyPosition};
use crate::db::keys::{find, has_other_admin, page, revoke as revoke_key, rotate as rotate_key};
use crate::domain::access::Role;
use crate::domain::audit::AuditEntry;
use crate::error::{Error, ErrorKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::Client;

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// It may.
    Live,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl KeyStatus {
    /// All.
    pub const ALL: [Self; 3] = [Self::Live, Self::Expired, Self::Revoked];

    /// The status of a key at a moment.
    pub fn of(key: &KeyDetails, now: Timestamp) -> Self {
        match key.revoked_at {
            Some(_) => Self::Revoked,
            None if key.expires_at.is_some_and(|expires_at| expires_at <= now) => Self::Expired,
            None => Self::Live,
        }
    }

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// Makes a key; its secret is in the answer and nowhere else.
///
/// # Errors
/// When the database does not answer, or the operating system has no random source.
pub async fn create(
    session: &mut Session,
    purpose: &KeyPurpose<'_>,
    request_id: &str,
) -> Result<(KeyDetails, ApiKey), Error> {
    let key = ApiKey::generate()?;
    let (actor, now) = (session.actor.audit_name(), session.now);
    let details = session
        .transact(async |client| {
            store_key(client, &row(&key, purpose, now)).await?;
            append(client, created(&key, purpose, (&actor, now, request_id))).await?;
            existing(client, &key.id).await
        })
        .await?;
    tracing::info!(key_id = key.id, role = details.role, "key {} was made", key.id);
    Ok((details, key))
}

/// A page of keys, newest made first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    session: &Session,
    after: Option<&KeyPosition>,
    limit: i64,
) -> Result<Vec<KeyDetails>, Error> {
    Ok(page(session.connection.client()?, after, limit).await?)
}

/// Gives a key a second secret; the first one ends after `overlap`.
///
/// # Errors
/// 404 when unknown, 409 when it is revoked or expired, or has two secrets already and `overlap` would keep one of them.
pub async fn rotate(
    session: &mut Session,
    id: &str,
    overlap: SignedDuration,
    request_id: &str,
) -> Result<(KeyDetails, ApiKey), Error> {
    let key = ApiKey::generate_for(id.to_owned())?;
    let (actor, now) = (session.actor.audit_name(), session.now);
    let details = session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let before = existing(client, id).await?;
            check_rotation(&before, now, overlap)?;
            rotate_key(client, id, key.secret_hash(), now + overlap).await?;
            let after = existing(client, id).await?;
            append(client, changed("key_rotated", (&before, &after), (&actor, now, request_id))).await?;
            Ok(after)
        })
        .await?;
    tracing::info!(key_id = id, generation = details.generation, "key {id} was rotated");
    Ok((details, key))
}

/// Ends a key for ever. One that is revoked already stays as it is.
///
/// # Errors
/// 404 when unknown, 409 when it is the last admin's key that lives.
pub async fn revoke(session: &mut Session, id: &str, request_id: &str) -> Result<KeyDetails, Error> {
    let (actor, now) = (session.actor.audit_name(), session.now);
    let details = session
        .transact(async |client| {
            lock_head(client, CHAIN).await?;
            let before = existing(client, id).await?;
            if before.revoked_at.is_some() {
                return Ok(before);
            }
            if before.role == Role::Admin.as_str() && !has_other_admin(client, id, now).await? {
                return Err(Error::new(
                    ErrorKind::WrongState,
                    "this is the last admin key that lives: make another one, then revoke this one with it",
                ));
            }
            revoke_key(client, id, now).await?;
            let after = existing(client, id).await?;
            append(client, changed("key_revoked", (&before, &after), (&actor, now, request_id))).await?;
            Ok(after)
        })
        .await?;
    tracing::info!(key_id = id, "key {id} was revoked");
    Ok(details)
}

async fn existing(client: &Client, id: &str) -> Result<KeyDetails, Error> {
    find(client, id).await?.ok_or_else(|| Error::not_found("key"))
}

fn check_rotation(key: &KeyDetails, now: Timestamp, overlap: SignedDuration) -> Result<(), Error> {
    let status = KeyStatus::of(key, now);
    if status != KeyStatus::Live {
        let message = format!("the key is {}; make a new one instead", status.as_str());
        return Err(Error::new(ErrorKind::WrongState, message));
    }
    // A third secret would end one that somebody may still use: only on request.
    match key.previous_ends_at.filter(|ends_at| *ends_at > now) {
        Some(ends_at) if !overlap.is_zero() => Err(Error::new(
            ErrorKind::WrongState,
            format!(
                "two secrets of this key live, the older until {ends_at}; wait until then, or send overlap_seconds 0 \
                 to end both now"
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

fn changed(
    action: &str,
    (before, after): (&KeyDetails, &KeyDetails),
    (actor, at, request_id): (&str, Timestamp, &str),
) -> AuditEntry {
    AuditEntry {
        chain: CHAIN.into(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        at,
        request_id: request_id.to_owned(),
        before: describe(before),
        after: describe(after),
    }
}

fn describe(key: &KeyDetails) -> Value {
    json!({
        "key_id": key.id,
        "name": key.name,
        "role": key.role,
        "generation": key.generation,
        "previous_ends_at": key.previous_ends_at,
        "revoked_at": key.revoked_at,
    })
}
