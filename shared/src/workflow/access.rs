//! Admitting a caller: the key's check and the request's count, in one statement.

use crate::config::RateLimit;
use crate::db::access::{Counted, KeyRow, Window, count_request};
use crate::db::connection::Connection;
use crate::domain::access::{Actor, ActorKind, Credentials, Permission, Proof, Role};
use crate::domain::idempotency::IdempotencyClaim;
use crate::domain::rate::{RateSubject, RateUse};
use crate::error::{Error, ErrorKind};
use crate::state::AppState;
use crate::workflow::idempotency;
use crate::workflow::ingest::{IngestContext, Sender};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;
use tokio_postgres::Client;

/// An admitted caller and the connection that it was admitted on.
#[derive(Debug)]
pub struct Session {
    /// Out of the pool.
    pub connection: Connection,
    /// Who.
    pub actor: Actor,
    /// The server's clock at the request.
    pub now: Timestamp,
    /// What it was admitted to.
    permission: Permission,
    /// The `Idempotency-Key` of the request, until a change has taken it.
    claim: Option<IdempotencyClaim>,
}

impl Session {
    /// Leaves the request's `Idempotency-Key` alone: what follows knows a repetition by itself.
    pub fn forgo_key(&mut self) {
        self.claim = None;
    }

    /// Does work in one SQL transaction: committed when it succeeds, rolled back when it fails. Everything that a
    /// person's request changes goes through here. The first takes the request's `Idempotency-Key`, so that a change
    /// that was made is not made again.
    ///
    /// # Errors
    /// The work's own; 503 when the database does not answer or does not confirm the commit.
    pub async fn transact<T>(
        &mut self,
        work: impl AsyncFnOnce(&Client) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let claim = self.claim.take();
        let by = (self.permission, self.now);
        let client = self.connection.begin().await?;
        let claimed = match &claim {
            Some(claim) => idempotency::take(client, claim, by).await,
            None => Ok(()),
        };
        let done = match claimed {
            Ok(()) => work(client).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(done) => {
                self.connection.commit().await?;
                Ok(done)
            }
            Err(error) => {
                self.connection.rollback().await;
                Err(error)
            }
        }
    }
}

/// Takes a connection and admits the caller to what the route asks for.
///
/// # Errors
/// 401, 403 or 429 by the rules of [`judge`]; 503 when the database cannot be reached.
pub async fn admit(
    state: &AppState,
    credentials: &Credentials,
    permission: Permission,
    now: Timestamp,
) -> Result<Session, Error> {
    let mut connection = state.database.connect().await?;
    let window = window(state.config.rate_limit, now);
    let counted = count_request(connection.client()?, credentials, window).await?;
    note_count(&counted, credentials, (state.config.rate_limit, window));
    let actor = judge(&counted, credentials, permission)?;
    if actor.role == Role::Demo {
        // A role that can only read: a bug that writes all the same fails in the database.
        connection.begin_read_only().await?;
    }
    Ok(Session { connection, actor, now, permission, claim: credentials.claim.clone() })
}

/// Admits a caller who sends nothing worth storing: refused all the same when its key is not valid.
///
/// # Errors
/// As [`admit`].
pub async fn admit_only(state: &AppState, context: &IngestContext) -> Result<Actor, Error> {
    match &context.sender {
        Sender::Key(credentials) => {
            Ok(admit(state, credentials, Permission::Ingest, context.now).await?.actor)
        }
        Sender::Function(actor) => Ok(actor.clone()),
    }
}

/// The fixed window that a moment falls in; windows begin at multiples of their length since 1970.
pub(super) fn window(limit: RateLimit, now: Timestamp) -> Window {
    let second = now.as_second();
    let started = second - second.rem_euclid(limit.window_seconds);
    Window {
        now,
        started_at: Timestamp::from_second(started).unwrap_or(now),
        default_requests: limit.requests,
    }
}

/// Notes what a counted request has used of its limit, where it has one.
pub(super) fn note_count(
    counted: &Counted,
    credentials: &Credentials,
    (rate_limit, window): (RateLimit, Window),
) {
    let Some(limit) = counted.limit else {
        return;
    };
    let end = window.started_at + SignedDuration::from_secs(rate_limit.window_seconds);
    let left = u32::try_from(end.duration_since(window.now).as_secs()).unwrap_or(1);
    let used = RateUse {
        subject: if counted.is_of_key { RateSubject::Key } else { RateSubject::Address },
        limit,
        n_requests: counted.n_requests,
        window_seconds: rate_limit.window_seconds,
        ends_in_seconds: left.max(1),
    };
    // A request that is counted again keeps its first count: a chunk that is tried again is the same request.
    credentials.tally.get_or_init(|| used);
}

/// Decides from a counted request: the limit first, then the key, then the role. An unknown, wrong, expired
/// or revoked key, and a session that has ended, all look the same.
///
/// # Errors
/// 429 past the limit, 401 without a valid key, 403 where the role does not allow it.
pub(super) fn judge(
    counted: &Counted,
    credentials: &Credentials,
    permission: Permission,
) -> Result<Actor, Error> {
    if let Some(limit) = counted.limit.filter(|limit| counted.n_requests > *limit) {
        let ends_in_seconds = credentials.tally.get().map_or(1, |used| used.ends_in_seconds);
        let message = format!("more than {limit} requests in the window");
        return Err(Error::new(ErrorKind::RateLimited, message).retry_after(ends_in_seconds));
    }
    let key = counted.key.as_ref().filter(|key| is_valid(key, credentials)).ok_or_else(|| {
        Error::new(ErrorKind::Unauthenticated, "send a valid key as `Authorization: Bearer <key>`")
    })?;
    let role =
        Role::parse(&key.role).map_err(|error| Error::internal(format!("role {}: {error}", key.role)))?;
    if !role.may(permission) {
        return Err(Error::new(
            ErrorKind::Forbidden,
            format!("a key with the role {} may not do this", role.as_str()),
        ));
    }
    Ok(Actor { kind: ActorKind::Key, key_id: key.id.clone(), role, sources: key.sources.clone() })
}

/// A secret is compared here once more, in constant time. A session shows none: its signature was checked when it was
/// read, and the statement has said whether its secret and the session itself still live.
fn is_valid(key: &KeyRow, credentials: &Credentials) -> bool {
    let is_proven = match credentials.proof {
        Proof::Nothing => false,
        Proof::Session(_) => key.is_proven,
        Proof::Secret(shown) => {
            let is_one = |hash: &Vec<u8>| bool::from(hash.as_slice().ct_eq(shown.as_slice()));
            // Every hash is compared, so that the time does not tell which one it was.
            key.secret_hashes.iter().filter(|hash| is_one(hash)).count() > 0
        }
    };
    key.is_live && is_proven
}
