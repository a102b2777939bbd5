//! What a process keeps between requests: its configuration, its connections, its detection engine.

use crate::config::Config;
use crate::db::connection::Database;
use crate::db::endpoint::{Endpoint, Means};
use crate::db::error::DbError;
use crate::detection::engine::DetectionEngine;
use crate::domain::dashboard::{Analysis, Dashboard};
use crate::telemetry::meter::Meter;
use arc_swap::ArcSwapOption;
use std::sync::Arc;

/// Shared by all handlers of a process; cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    /// What the process was told at its start.
    pub config: Arc<Config>,
    /// Who the process is to AWS.
    #[cfg(feature = "aws")]
    pub aws: crate::aws::Aws,
    /// Pooled connections.
    pub database: Database,
    /// The engine of the newest versions seen; replaced when a request learns of newer ones.
    pub engine: Arc<ArcSwapOption<DetectionEngine>>,
    /// The last dashboard and analysis that this process has told.
    pub copies: Arc<Copies>,
    /// What is noted for the metric lines.
    pub meter: Arc<Meter>,
    /// Which function this is: a dimension of metrics. `local` where one process serves all.
    pub function: &'static str,
    /// When the process began, for `uptime_seconds`.
    pub started_at: jiff::Timestamp,
}

/// What this process told last, for when it can tell nothing newer.
#[derive(Debug, Default)]
pub struct Copies {
    /// The dashboard.
    pub dashboard: ArcSwapOption<Dashboard>,
    /// The analysis.
    pub analysis: ArcSwapOption<Analysis>,
}

impl AppState {
    /// Builds the state. Reaches for no database: an unreachable one is answered with 503, not a failed start.
    ///
    /// # Errors
    /// When `DATABASE_URL` or `DATABASE_CA_FILE` cannot be used.
    pub fn new(config: Config, started_at: jiff::Timestamp) -> Result<Self, DbError> {
        let means = means(&config);
        let endpoint = Endpoint::parse(&config.database_url, &means)?;
        Ok(Self {
            database: Database::new(endpoint, config.database_pool_size)?,
            config: Arc::new(config),
            #[cfg(feature = "aws")]
            aws: means.aws,
            engine: Arc::default(),
            copies: Arc::default(),
            meter: Arc::default(),
            function: "local",
            started_at,
        })
    }

    /// The same as this function.
    #[must_use]
    pub fn serving(self, function: &'static str) -> Self {
        Self { function, ..self }
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
        aws: crate::aws::Aws::default(),
    }
}
