//! A fresh, migrated database for each test, copied from a template that the first test makes.

use crate::config::Config;
use crate::db::endpoint::{Endpoint, Means};
use crate::db::migrations::{grant_rights, migrate};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use tokio_postgres::{Client, NoTls};

/// Any number: makers of the template wait for each other on it.
const TEMPLATE_LOCK: i64 = 20_260_101;

/// Where a pooler listens through which the application is to reach every database; `local/pooler` says so.
const POOLER: &str = "TELLTALE_TEST_POOLER";

/// The functions with a role of their own, as the migrations make them.
pub const FUNCTIONS: [&str; 8] =
    ["ingest", "alerts", "investigations", "admin", "health", "retrain", "bulk", "outbox"];

/// A database that no other test uses. It stays until the cluster is removed, so that a failed test can be
/// looked at.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// The application's URL.
    pub url: String,
    /// The owner's URL.
    pub owner_url: String,
}

impl TestDatabase {
    /// Makes one.
    pub async fn fresh() -> Self {
        let config = Config::from_environment()
            .expect("tests need a PostgreSQL: run them with `make test`, or set DATABASE_URL");
        let owner = connect(&config.migrate_database_url).await;
        let template = template_name();
        owner.execute("select pg_advisory_lock($1)", &[&TEMPLATE_LOCK]).await.expect("the template's lock");
        make_template(&owner, &template, &config).await;
        owner
            .execute("select pg_advisory_unlock($1)", &[&TEMPLATE_LOCK])
            .await
            .expect("the template's unlock");
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        owner
            .batch_execute(&format!("create database {name} template {template}"))
            .await
            .expect("a database from the template");
        Self {
            url: through_the_pooler(with_database(&config.database_url, &name)),
            owner_url: with_database(&config.migrate_database_url, &name),
        }
    }

    /// The URL of a function's own login, which has the application's password.
    pub fn url_of(&self, function: &str) -> String {
        with_user(&self.url, &format!("telltale_{function}"))
    }

    /// A connection of the owner's, for looking and for breaking things.
    pub async fn owner(&self) -> Client {
        connect(&self.owner_url).await
    }

    /// One number of one statement, asked by the owner.
    pub async fn number(&self, statement: &str) -> i64 {
        self.owner().await.query_one(statement, &[]).await.expect("a number").get(0)
    }
}

/// The endpoint of a URL, without any means beside it.
pub fn endpoint(url: &str) -> Endpoint {
    Endpoint::parse(url, &means(None)).expect("a URL that can be connected to")
}

/// These roots beside Amazon's. Tests that log in with a token say themselves who signs it.
pub fn means(authority_file: Option<PathBuf>) -> Means {
    Means {
        authority_file,
        is_strict: false,
        #[cfg(feature = "aws")]
        aws: crate::aws::Aws::default(),
    }
}

/// Connects and drives the connection in the background.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection for the test");
    tokio::spawn(connection);
    client
}

/// Changes with the migrations, so that a changed migration makes a new template.
fn template_name() -> String {
    let mut hasher = Sha256::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the migrations")
        .map(|entry| entry.expect("a migration").path())
        .collect();
    files.sort();
    for file in files {
        hasher.update(std::fs::read(file).expect("a migration's text"));
    }
    format!(
        "telltale_template_{}",
        hasher.finalize()[..6].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    )
}

async fn make_template(owner: &Client, template: &str, config: &Config) {
    let exists = owner
        .query_one(
            "select exists (select from pg_database where datname = $1 and datistemplate)",
            &[&template],
        )
        .await
        .expect("the list of databases")
        .get::<_, bool>(0);
    if exists {
        return;
    }
    owner.batch_execute(&format!("drop database if exists {template}")).await.expect("no half-made template");
    owner.batch_execute(&format!("create database {template}")).await.expect("the template's database");
    let owner_endpoint = endpoint(&with_database(&config.migrate_database_url, template));
    migrate(&owner_endpoint).await.expect("the migrations apply");
    grant_rights(&owner_endpoint, &endpoint(&config.database_url)).await.expect("the application's rights");
    give_logins(owner, &config.database_url).await;
    // Marked last: a template that was not finished is made again.
    owner
        .batch_execute(&format!("alter database {template} with is_template true"))
        .await
        .expect("the template's mark");
}

/// The same URL with the pooler's address, if there is one to pass through.
#[expect(clippy::disallowed_methods, reason = "no setting of Telltale's: it is how the tests are run")]
fn through_the_pooler(url: String) -> String {
    match std::env::var(POOLER) {
        Ok(address) => with_address(&url, &address),
        Err(_) => url,
    }
}

/// Makes the functions' roles logins, as a deployment does; here with the application's password.
async fn give_logins(owner: &Client, application_url: &str) {
    let target: tokio_postgres::Config = application_url.parse().expect("the application's URL");
    let password = target.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
    for function in FUNCTIONS {
        let login = match &password {
            Some(password) => format!("alter role telltale_{function} login password '{password}'"),
            None => format!("alter role telltale_{function} login"),
        };
        owner.batch_execute(&login).await.expect("a function's login");
    }
}

/// The same server, database and password with another user.
pub(super) fn with_user(url: &str, user: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find([':', '@']).map_or(start, |at| start + at);
    format!("{}{user}{}", &url[..start], &url[end..])
}

/// The same server, user and password with another database.
pub fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let start = base.find("://").map_or(0, |at| at + 3);
    let base = base[start..].find('/').map_or(base, |slash| &base[..start + slash]);
    match query {
        Some(query) => format!("{base}/{name}?{query}"),
        None => format!("{base}/{name}"),
    }
}

/// The same URL with another host and port, for a proxy or a pooler in between.
pub fn with_address(url: &str, address: &str) -> String {
    let at = url.rfind('@').expect("a URL with a user");
    let slash = url[at..].find('/').map_or(url.len(), |slash| at + slash);
    format!("{}@{address}{}", &url[..at], &url[slash..])
}
