//! What a process keeps between requests: its configuration, its connections, its detection engine.

use crate::config::Config;
use crate::db::connection::Database;
use crate::detection::engine::DetectionEngine;
use crate::telemetry::meter::Meter;
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
    /// What is noted for the metric lines.
    pub meter: Arc<Meter>,
    /// Which function this is: a dimension of metrics. `local` where one process serves all.
    pub function: &'static str,
    /// When the process began, for `uptime_seconds`.
    pub started_at: jiff::Timestamp,
}

impl AppState {
    /// Builds the state. Reaches for no database: an unreachable one is answered with 503, not a failed start.
    ///
    /// # Errors
    /// When `DATABASE_URL` cannot be parsed.
    pub fn new(config: Config, started_at: jiff::Timestamp) -> Result<Self, crate::db::error::DbError> {
        let database = Database::new(&config.database_url, config.database_pool_size)?;
        Ok(Self {
            config: Arc::new(config),
            database,
            engine: Arc::default(),
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
