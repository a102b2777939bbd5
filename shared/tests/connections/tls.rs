//! Verified TLS: to the real server with SCRAM bound to the channel, and away from whoever is not it.

use super::{TestClock, ask, means, pool, refusal};
use shared::db::endpoint::Endpoint;
use shared::db::endpoint::Means;
use shared::db::migrations::{MigrateError, migrate};
use shared::testing::certificates::Authority;
use shared::testing::database::{TestDatabase, with_address};
use shared::testing::iam_proxy::{Encryption, IamProxy};

/// The certificate of the tests' server, which `local/postgres` makes and `Config` reads.
fn trusting_the_server() -> Means {
    let config = shared::config::Config::from_environment().unwrap();
    let file = config.database_ca_file.expect(
        "these tests need a server with TLS and DATABASE_CA_FILE, its authority: run them with `make test`",
    );
    Means { authority_file: Some(file), ..means(None, &TestClock::new()) }
}

#[tokio::test]
async fn the_server_is_verified_and_scram_is_bound_to_the_channel() {
    let database = TestDatabase::fresh().await;
    let url = format!("{}?sslmode=require&channel_binding=require", database.url);
    let service = pool(&url, &trusting_the_server());
    assert_eq!(ask(&service).await.unwrap(), "telltale_app");
    let connection = service.connect().await.unwrap();
    let ours = "select version as tls from pg_stat_ssl where ssl and pid = pg_backend_pid()";
    let rows = connection.client().unwrap().query_typed(ours, &[]).await.unwrap();
    assert_eq!(rows[0].get::<_, &str>("tls"), "TLSv1.3");
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_refused() {
    let database = TestDatabase::fresh().await;
    let url = format!("{}?sslmode=require", database.url);
    for authority in [None, Some(&Authority::new())] {
        let why = refusal(&pool(&url, &means(authority, &TestClock::new()))).await;
        assert!(why.contains("UnknownIssuer"), "{why}");
    }
}

#[tokio::test]
async fn a_server_of_another_name_is_refused() {
    let database = TestDatabase::fresh().await;
    let authority = Authority::new();
    let proxy = IamProxy::before(&database.url, &authority, "other.example.com", Encryption::Required).await;
    let url = format!("{}?sslmode=require", with_address(&database.url, &proxy.address.to_string()));
    let why = refusal(&pool(&url, &means(Some(&authority), &TestClock::new()))).await;
    assert!(why.contains("other.example.com") && why.contains("127.0.0.1"), "{why}");
    assert_eq!(proxy.refusals(), Vec::<String>::new(), "it did not come to a login");
}

/// A login of either kind: neither the password nor the token is told to who will not speak TLS.
#[tokio::test]
async fn a_server_that_will_not_speak_tls_is_told_nothing() {
    let database = TestDatabase::fresh().await;
    let authority = Authority::new();
    let proxy = IamProxy::before(&database.url, &authority, "localhost", Encryption::Denied).await;
    let port = proxy.address.port();
    let with_password = format!("postgres://role:secret@localhost:{port}/telltale?sslmode=require");
    let with_token = format!("postgres://telltale_ingest@localhost:{port}/telltale");
    for url in [with_password, with_token] {
        let why = refusal(&pool(&url, &means(Some(&authority), &TestClock::new()))).await;
        assert!(why.contains("does not support TLS"), "{why}");
    }
    assert_eq!(proxy.n_plain_startups(), 0, "a login went out in plain text");
}

#[tokio::test]
async fn the_migrations_verify_the_server_too() {
    let database = TestDatabase::fresh().await;
    let url = format!("{}?sslmode=require", database.owner_url);
    let owner = Endpoint::parse(&url, &trusting_the_server()).unwrap();
    assert_eq!(migrate(&owner).await.unwrap(), Vec::<i32>::new());
    let stranger = Endpoint::parse(&url, &means(None, &TestClock::new())).unwrap();
    let error = migrate(&stranger).await.unwrap_err();
    assert!(matches!(error, MigrateError::Database(_)), "{error:?}");
    let why = shared::error::causes(&error);
    assert!(why.contains("UnknownIssuer"), "{why}");
}
