//! Making connections: TLS, tokens, and the times that each step may take. Real sockets, a real PostgreSQL, and
//! certificates made in the test.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod ladder;
mod tls;
mod tokens;

use aws_credential_types::Credentials;
use jiff::{SignedDuration, Timestamp};
use shared::db::connection::Database;
use shared::db::endpoint::{Endpoint, Means};
use shared::db::error::DbError;
use shared::db::token::Signer;
use shared::error::causes;
use shared::testing::certificates::Authority;
use shared::testing::iam_token::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, SESSION_TOKEN};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// A clock that a test moves; clones are the same clock.
#[derive(Debug, Clone)]
struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-06-01T12:00:00Z".parse().unwrap())))
    }

    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn pass_minutes(&self, minutes: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_mins(minutes);
    }
}

/// A function's role, signing by this clock; trusting Amazon and this authority.
fn means(authority: Option<&Authority>, clock: &TestClock) -> Means {
    let clock = clock.clone();
    let session = Some(SESSION_TOKEN.to_owned());
    Means {
        authority_file: authority.map(|authority| authority.file.clone()),
        is_strict: true,
        signer: Signer {
            region: Some(REGION.to_owned()),
            credentials: Some(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, session, None, "test")),
            clock: Arc::new(move || SystemTime::from(clock.now())),
        },
    }
}

/// A pool of one, as on Lambda.
fn pool(url: &str, means: &Means) -> Database {
    Database::new(Endpoint::parse(url, means).unwrap(), 1).unwrap()
}

/// Who the server says has logged in.
async fn ask(database: &Database) -> Result<String, DbError> {
    let connection = database.connect().await?;
    let rows = connection.client()?.query_typed("select current_user::text as login", &[]).await?;
    Ok(rows[0].try_get("login")?)
}

/// Why no connection could be had: the whole chain, as it is logged.
async fn refusal(database: &Database) -> String {
    let error = ask(database).await.unwrap_err();
    assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
    causes(&error)
}
