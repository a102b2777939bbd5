//! Making connections: TLS, tokens, and the times that each step may take. Real sockets, a real PostgreSQL, and
//! certificates made in the test.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod ladder;
mod tls;
mod tokens;

use aws_config::{Region, SdkConfig};
use aws_sdk_rds::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::time::TimeSource;
use jiff::{SignedDuration, Timestamp};
use shared::aws::Aws;
use shared::db::connection::Database;
use shared::db::endpoint::{Endpoint, Means};
use shared::db::error::DbError;
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

impl TimeSource for TestClock {
    fn now(&self) -> SystemTime {
        self.0.lock().unwrap().to_owned().into()
    }
}

/// The function's role with this secret.
fn credentials(secret: &str) -> Credentials {
    let credentials = Credentials::builder().access_key_id(ACCESS_KEY_ID).secret_access_key(secret);
    credentials.session_token(SESSION_TOKEN).provider_name("test").build()
}

/// A function's role in a region, signing by this clock.
fn role(region: &'static str, secret: &str, clock: &TestClock) -> Aws {
    let credentials = SharedCredentialsProvider::new(credentials(secret));
    let sdk = SdkConfig::builder().region(Region::new(region)).credentials_provider(credentials);
    sdk.time_source(clock.clone()).build().into()
}

/// The function's role, signing by this clock; trusting Amazon and this authority.
fn means(authority: Option<&Authority>, clock: &TestClock) -> Means {
    let authority_file = authority.map(|authority| authority.file.clone());
    Means { authority_file, is_strict: true, aws: role(REGION, SECRET_ACCESS_KEY, clock) }
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
