//! A request under an `Idempotency-Key` has its effect once, and its first answer again.
//!
//! The key is taken in the SQL transaction of the change ([`super::access::Session::transact`]), so there is no moment at
//! which one is without the other. The answer is kept afterwards; where it was lost in between, a second request is told
//! that the first was carried out, and changes nothing.

use super::access::admit;
use crate::db::error::DbError;
use crate::db::idempotency;
pub use crate::db::idempotency::KeptAnswer;
use crate::domain::access::{Credentials, Permission};
use crate::domain::idempotency::IdempotencyClaim;
use crate::error::{Error, ErrorKind, FieldProblem};
use crate::state::AppState;
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Client;

/// What a request may take from its change to its answer, and more: the function is ended at 10 seconds.
const ON_THE_WAY: SignedDuration = SignedDuration::from_secs(15);

/// The first answer to a request, if the key was used before.
///
/// # Errors
/// 422 when the key came with another request; 409 while the first is under way, and when it was carried out and its
/// answer was not kept; 401, 403 or
/// 429 when the caller may not do this any more.
pub async fn first_answer(
    state: &AppState,
    (credentials, claim): (&Credentials, &IdempotencyClaim),
    now: Timestamp,
) -> Result<Option<KeptAnswer>, Error> {
    let connection = state.database.connect().await?;
    let found = idempotency::find(connection.client()?, claim).await?;
    drop(connection);
    let Some(first) = found else {
        return Ok(None);
    };
    // Who asks for an answer is checked first: a key may have been revoked since.
    if let Some(permission) = &first.permission {
        let permission = Permission::parse(permission).map_err(Error::internal)?;
        drop(admit(state, credentials, permission, now).await?);
    }
    if first.fingerprint != claim.fingerprint {
        return Err(Error::validation(vec![FieldProblem {
            pointer: "Idempotency-Key".into(),
            message: "was used with another request; take a new key for a new request".into(),
        }]));
    }
    match (first.answer, first.permission) {
        (Some(answer), _) if !answer.body.is_empty() => Ok(Some(answer)),
        // Ingestion and labels know a repetition by themselves.
        (None, None) => Ok(None),
        // Carried out a moment ago: its answer is on the way.
        (None, Some(_)) if now.duration_since(first.at) < ON_THE_WAY => Err(in_progress()),
        (Some(_), _) | (None, Some(_)) => Err(Error::new(
            ErrorKind::WrongState,
            "the request with this Idempotency-Key was carried out, and its answer was not kept; read what it made",
        )),
    }
}

fn in_progress() -> Error {
    let message = "a request with this Idempotency-Key is under way; send it again to have its answer";
    Error::new(ErrorKind::InProgress, message).retry_after(1)
}

/// Takes a key, within the SQL transaction of the change it is for.
///
/// # Errors
/// 409 when another request with it has just been carried out, or is.
pub(super) async fn take(
    client: &Client,
    claim: &IdempotencyClaim,
    (permission, now): (Permission, Timestamp),
) -> Result<(), Error> {
    match idempotency::claim(client, claim, (Some(permission.as_str()), now)).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(in_progress()),
        Err(DbError::Busy(_)) => Err(in_progress()),
        Err(error) => Err(error.into()),
    }
}

/// Keeps what a request was answered: of one whose change took the key the answer, or with an empty body that it is not to
/// be kept; of another only that it came.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(
    state: &AppState,
    claim: &IdempotencyClaim,
    (answer, now): (&KeptAnswer, Timestamp),
) -> Result<(), Error> {
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    let is_new = idempotency::claim(client, claim, (None, now)).await?;
    if !is_new {
        idempotency::keep(client, claim, answer).await?;
    }
    Ok(())
}
