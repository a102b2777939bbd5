//! What a process keeps between requests: its configuration, its connections, its detection engine.

use crate::config::Config;
use crate::db::connection::Database;
use crate::db::endpoint::{Endpoint, Means};
use crate::db::error::DbError;
use crate::detection::engine::DetectionEngine;
use arc_swap::ArcSwapOption;
use std::sync::Arc;

/// Shared by all handlers of a process; cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    /// What the process was told at its start.
    pub config: Arc<Config>,
    /// Pooled connections.
    pub database: Database,
    /// The engine of the newest versions seen; replaced when a request learns of newer ones.
    pub engine: Arc<ArcSwapOption<DetectionEngine>>,
    /// When the process began, for `uptime_seconds`.
    pub started_at: jiff::Timestamp,
}

impl AppState {
    /// Builds the state. Reaches for no database: an unreachable one is answered with 503, not a failed start.
    ///
    /// # Errors
    /// When `DATABASE_URL` or `DATABASE_CA_FILE` cannot be used.
    pub fn new(config: Config, started_at: jiff::Timestamp) -> Result<Self, DbError> {
        let database = Database::new(application(&config)?, config.database_pool_size)?;
        Ok(Self { config: Arc::new(config), database, engine: Arc::default(), started_at })
    }
}

/// The database of `DATABASE_URL`, for the application's role.
///
/// # Errors
/// When `DATABASE_URL` or `DATABASE_CA_FILE` cannot be used.
pub fn application(config: &Config) -> Result<Endpoint, DbError> {
    Endpoint::parse(&config.database_url, &means(config))
}

/// The database of `MIGRATE_DATABASE_URL`, for the owner's role.
///
/// # Errors
/// When `MIGRATE_DATABASE_URL` or `DATABASE_CA_FILE` cannot be used.
pub fn owner(config: &Config) -> Result<Endpoint, DbError> {
    Endpoint::parse(&config.migrate_database_url, &means(config))
}

fn means(config: &Config) -> Means {
    Means {
        authority_file: config.database_ca_file.clone(),
        is_strict: !config.is_debug,
        #[cfg(feature = "aws")]
        signer: crate::db::token::Signer {
            region: config.aws.region.clone(),
            credentials: config.aws.credentials.clone(),
            clock: crate::db::connection::wall_clock(),
        },
    }
}
