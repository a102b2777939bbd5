//! The one place that reads the environment.
//!
//! Order: the process environment, then `.env`, then the defaults below. Every problem is collected, so
//! that one start lists them all. `.env.example` is made from [`SETTINGS`]; a test holds them equal.

mod reader;
mod settings;

use crate::domain::configuration::Configuration;
use crate::domain::webhook::address::Reach;
use reader::Reader;
pub use settings::{SETTINGS, Setting};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Where the code runs. The same code everywhere: it names itself, and a developer's machine may be reached by its own
/// webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine.
    Local,
    /// Where a version is tried.
    Staging,
    /// Where it serves.
    Production,
}

impl Environment {
    /// The word in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// How far webhook messages may go.
    pub fn webhook_reach(self) -> Reach {
        match self {
            Self::Local => Reach::Any,
            Self::Staging | Self::Production => Reach::Public,
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person at a terminal.
    Console,
    /// One JSON object a line.
    Json,
}

/// Whether learning may replace what people have configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdaptMode {
    /// Nothing is learned of it.
    Off,
    /// What was learned is reported, and changes nothing.
    Propose,
    /// What was learned becomes a new configuration version.
    Apply,
}

/// A fixed window of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests a window, at least 1.
    pub requests: i64,
    /// Seconds a window, at least 1.
    pub window_seconds: i64,
}

/// What a process logs.
#[derive(Debug, Clone, Copy)]
pub struct Log {
    /// The least grave level that is logged.
    pub level: tracing::Level,
    /// How lines look.
    pub format: LogFormat,
}

/// What a process without a database is told at its start: the one that sends webhook messages.
#[derive(Debug, Clone, Copy)]
pub struct SenderConfig {
    /// Where the code runs.
    pub environment: Environment,
    /// How far messages may go: anywhere only where `ENVIRONMENT` says itself that it is local.
    pub reach: Reach,
    /// What is logged, and how.
    pub log: Log,
}

/// Everything the process was told at its start.
#[derive(Debug, Clone)]
pub struct Config {
    /// The application's database.
    pub database_url: String,
    /// The owner's, for migrations.
    pub migrate_database_url: String,
    /// Connections of this process, 1 to 1,000.
    pub database_pool_size: usize,
    /// What seeds the first configuration version.
    pub initial: Configuration,
    /// Whether a changed value is kept from making a new version.
    pub is_pinned: bool,
    /// Whether learned weights replace the configured ones.
    pub adapt_mode: AdaptMode,
    /// Hours after its decision at which the schedule closes an alert, 1 to 8,760.
    pub close_after_hours: i64,
    /// The default limit.
    pub rate_limit: RateLimit,
    /// The console's origins.
    pub cors_origins: Vec<String>,
    /// What is logged, and how.
    pub log: Log,
    /// Whether this is a development machine.
    pub is_debug: bool,
    /// The local server's threads, at least 1.
    pub workers: usize,
    /// Signs page cursors.
    pub secret_key: String,
    /// The local server's port.
    pub port: u16,
    /// The local server's admin key; none to make one.
    pub admin_key: Option<String>,
    /// Certificate authorities beside Amazon's.
    pub database_ca_file: Option<PathBuf>,
    /// Bulk ingestion: the source of transactions that name none.
    pub bulk_source: Option<String>,
    /// Bulk ingestion: the API's field, or `-`, of CSV columns by other names.
    pub bulk_columns: BTreeMap<String, String>,
    /// Where S3 is, instead of the region's own address.
    pub s3_endpoint: Option<String>,
    /// Where the local server keeps the lines of anchors.
    pub anchors_file: PathBuf,
    /// Where the code runs.
    pub environment: Environment,
    /// Whether each invocation leaves a line of metrics.
    pub writes_metric_lines: bool,
    /// Reads `/metrics` without a key; none where only admin keys do.
    pub metrics_token: Option<String>,
}

/// Every problem of a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration has {} problem(s):{}", problems.len(), list(problems))]
pub struct ConfigError {
    /// One sentence each, with the setting's name.
    pub problems: Vec<String>,
}

fn list(problems: &[String]) -> String {
    problems.iter().fold(String::new(), |mut text, problem| {
        let _ = write!(text, "\n  - {problem}");
        text
    })
}

impl Config {
    /// Reads the process environment and `.env`.
    ///
    /// # Errors
    /// Every missing or wrong setting.
    pub fn from_environment() -> Result<Self, ConfigError> {
        read_env_file()?;
        Self::from_lookup(environment)
    }

    /// Whether the process is the whole service, so that what it counted itself says something: so it is locally.
    pub fn tells_own_figures(&self) -> bool {
        self.environment == Environment::Local
    }

    /// Reads settings from any source; an empty value counts as not set.
    ///
    /// # Errors
    /// Every missing or wrong setting.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(lookup);
        let config = reader.config();
        reader.finish(config)
    }
}

impl SenderConfig {
    /// Reads the process environment and `.env`.
    ///
    /// # Errors
    /// Every missing or wrong setting.
    pub fn from_environment() -> Result<Self, ConfigError> {
        read_env_file()?;
        let mut reader = Reader::new(environment);
        let is_said = environment("ENVIRONMENT").is_some_and(|text| !text.trim().is_empty());
        let (log, environment) = (reader.log(), reader.environment());
        let reach = if is_said { environment.map(Environment::webhook_reach) } else { Some(Reach::Public) };
        let config = log.zip(environment).zip(reach);
        reader.finish(config.map(|((log, environment), reach)| Self { environment, reach, log }))
    }
}

/// A missing `.env` is normal; one that cannot be parsed must stop the start.
fn read_env_file() -> Result<(), ConfigError> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(error) if error.not_found() => Ok(()),
        Err(error) => Err(ConfigError { problems: vec![format!(".env cannot be read: {error}")] }),
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests;
