//! Sessions of people: a key exchanged for a token that lives for hours. What the token says is signed and stands
//! nowhere else; the key behind it is checked at every call, so that a revoked key's sessions fail at once.

use super::access::Session;
use super::audit::append;
use super::entropy;
use super::keys::CHAIN;
use crate::db::keys::shown_secret;
use crate::db::sessions::revoke;
use crate::domain::access::{Credentials, Proof, SessionClaim};
use crate::domain::audit::AuditEntry;
use crate::domain::ids::SessionId;
use crate::error::{Error, ErrorKind};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The longest that a session lives: a working day.
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_hours(8);

/// Makes a session of the key that was shown. Nothing is stored, so a key that only reads can have one too.
///
/// # Errors
/// 403 where a session was shown: it would never end if it could make another.
pub async fn begin(
    session: &Session,
    credentials: &Credentials,
    lifetime: SignedDuration,
) -> Result<SessionClaim, Error> {
    let Proof::Secret(hash) = credentials.proof else {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "a session cannot make another one; send the key itself",
        ));
    };
    let shown = shown_secret(session.connection.client()?, &credentials.key_id, hash).await?;
    let shown = shown.ok_or_else(|| {
        Error::new(ErrorKind::Unauthenticated, "the key was changed just now; send its newest secret")
    })?;
    let ends_at = shown.ends_at.map_or(session.now + lifetime, |ends_at| ends_at.min(session.now + lifetime));
    let id = SessionId::mint(session.now, entropy::for_id()?);
    tracing::info!(session_id = %id, key_id = credentials.key_id, "session {id} was made");
    Ok(SessionClaim { id, generation: shown.generation, ends_at })
}

/// Ends the session that was shown, before its time.
///
/// # Errors
/// 409 where a key was shown and no session; 503 when the database does not answer.
pub async fn end(session: &mut Session, credentials: &Credentials, request_id: &str) -> Result<(), Error> {
    let Some(claim) = credentials.session() else {
        return Err(Error::new(
            ErrorKind::WrongState,
            "this call carries a key and no session; to end a key, revoke it",
        ));
    };
    let ended = AuditEntry {
        chain: CHAIN.into(),
        actor: session.actor.audit_name(),
        action: "session_ended".into(),
        at: session.now,
        request_id: request_id.to_owned(),
        before: Value::Null,
        after: json!({"session_id": claim.id.to_string(), "key_id": credentials.key_id}),
    };
    session
        .transact(async |client| {
            revoke(client, claim).await?;
            append(client, ended).await
        })
        .await?;
    tracing::info!(session_id = %claim.id, "session {} was ended", claim.id);
    Ok(())
}
