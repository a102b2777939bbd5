//! Applying the numbered migrations; forward only.

use super::endpoint::Endpoint;
use super::error::DbError;
use refinery::error::Kind;
use std::time::Duration;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient};

mod embedded {
    refinery::embed_migrations!("../migrations");
}

/// Any number, the same for all: two migrations at once wait for each other on it.
const LOCK: i64 = 7_355_608;
/// How long one waits for another, in polls of half a second.
const MAX_POLLS: u32 = 240;

/// Why migrating failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached or refused a statement.
    #[error("the database could not be migrated")]
    Database(#[from] DbError),
    /// A migration failed; what it did was rolled back.
    #[error("a migration failed and was rolled back")]
    Migration(#[source] Box<refinery::Error>),
    /// The schema was made by migrations that this version of the code does not have: of a branch, or changed since.
    #[error(
        "the schema was made by other migrations than this version of the code has, and was left as it is; run the \
         version that made it, or use another database (a local one and its data are removed by `make clean-local`)"
    )]
    Foreign(#[source] Box<refinery::Error>),
    /// The schema was brought further by a newer version of the code: this one runs on it and must not touch it.
    #[error("the schema is at version {schema}, and this version of the code knows it up to {ours}")]
    Newer {
        /// The newest migration applied.
        schema: i32,
        /// The newest one that the code has.
        ours: i32,
    },
    /// Another migration holds the lock.
    #[error("another migration has been running for two minutes; try again when it has ended")]
    Locked,
}

/// A migration gives way to traffic instead of stopping it, and does not run for ever. One that is given up closes its
/// connection: the server looks for that during long statements too, and lets go of its locks.
const TIMEOUTS: &str = "set lock_timeout = '5s'; set statement_timeout = '5min';
set idle_in_transaction_session_timeout = '1min'; set client_connection_check_interval = '1s'";

const HAS_HISTORY: &str = "select to_regclass('refinery_schema_history') is not null as has_history";

const NEWEST_APPLIED: &str = "select max(version) as newest from refinery_schema_history";

const TRY_LOCK: &str = "select pg_try_advisory_lock($1) as is_locked";

/// Applies what is missing over a direct connection of the owner's; returns the versions applied.
/// Two at once are safe: one waits, polling, and finds nothing left to do.
///
/// # Errors
/// When the database cannot be reached, a migration fails, or another one does not end.
pub async fn migrate(owner: &Endpoint) -> Result<Vec<i32>, MigrateError> {
    let mut driven = owner.open().await?;
    driven.client.batch_execute(TIMEOUTS).await.map_err(DbError::from)?;
    wait_for_lock(&driven.client).await?;
    // The lock belongs to the session and ends with it, whatever happens below.
    refuse_newer(&driven.client).await?;
    let report = embedded::migrations::runner().run_async(&mut driven.client).await.map_err(told)?;
    Ok(report.applied_migrations().iter().map(refinery::Migration::version).collect())
}

fn told(error: refinery::Error) -> MigrateError {
    match error.kind() {
        Kind::DivergentVersion(..) | Kind::MissingVersion(_) => MigrateError::Foreign(Box::new(error)),
        _ => MigrateError::Migration(Box::new(error)),
    }
}

/// The number of the newest migration that this version of the code has.
pub fn newest() -> i32 {
    let migrations = embedded::migrations::runner();
    migrations.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

async fn refuse_newer(client: &Client) -> Result<(), MigrateError> {
    let rows = client.query_typed(HAS_HISTORY, &[]).await.map_err(DbError::from)?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("the schema's history has no row".into()))?;
    if !row.try_get::<_, bool>("has_history").map_err(DbError::from)? {
        return Ok(());
    }
    let rows = client.query_typed(NEWEST_APPLIED, &[]).await.map_err(DbError::from)?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("the newest migration has no row".into()))?;
    let applied: Option<i32> = row.try_get("newest").map_err(DbError::from)?;
    match (applied, newest()) {
        (Some(schema), ours) if schema > ours => Err(MigrateError::Newer { schema, ours }),
        (Some(_) | None, _) => Ok(()),
    }
}

async fn wait_for_lock(client: &Client) -> Result<(), MigrateError> {
    for _ in 0..MAX_POLLS {
        let rows = client.query_typed(TRY_LOCK, &[(&LOCK, Type::INT8)]).await.map_err(DbError::from)?;
        let is_locked = rows.first().and_then(|row| row.try_get("is_locked").ok()).unwrap_or(false);
        if is_locked {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(MigrateError::Locked)
}

const GRANT_LOGIN: &str = "
select format('grant telltale_app to %I', $1::text) as statement
where exists (select from pg_roles where rolname = $1)
  and $1 <> 'telltale_app' and $1 <> current_user";

/// Makes the application's login a member of the role that owns the functions' rights.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub async fn grant_rights(owner: &Endpoint, application: &Endpoint) -> Result<(), MigrateError> {
    let Some(login) = application.login() else {
        return Ok(());
    };
    let driven = owner.open().await?;
    let rows =
        driven.client.query_typed(GRANT_LOGIN, &[(&login, Type::TEXT)]).await.map_err(DbError::from)?;
    if let Some(row) = rows.first() {
        let statement: &str = row.try_get("statement").map_err(DbError::from)?;
        driven.client.batch_execute(statement).await.map_err(DbError::from)?;
    }
    Ok(())
}

/// The role by whose members RDS takes IAM tokens.
pub const IAM_ROLE: &str = "rds_iam";
/// The functions' roles, as the migrations make them.
pub const FUNCTION_ROLES: [&str; 8] = [
    "telltale_admin",
    "telltale_alerts",
    "telltale_bulk",
    "telltale_health",
    "telltale_ingest",
    "telltale_investigations",
    "telltale_outbox",
    "telltale_retrain",
];

const GIVE_LOGINS: &str = "select give_logins($1, $2) as given";

/// Lets roles log in by IAM, over a connection of the owner's; returns those that now can. None on a server that has
/// no role for it.
///
/// # Errors
/// When the database does not answer or refuses.
pub async fn give_logins(
    client: &impl GenericClient,
    roles: &[&str],
    iam_role: &str,
) -> Result<Vec<String>, DbError> {
    let rows =
        client.query_typed(GIVE_LOGINS, &[(&roles, Type::TEXT_ARRAY), (&iam_role, Type::TEXT)]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("given logins have no row".into()))?;
    Ok(row.try_get("given")?)
}
