//! Structured logs: one line an event, in the past tense, with ids as fields.

use crate::config::{Config, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging for the process, to standard error. A second start does nothing.
pub fn start(config: &Config) {
    // The driver logs each statement at info; it is ours only at its own warnings.
    let filter = EnvFilter::new(format!("{},tokio_postgres=warn,refinery_core=warn", config.log_level));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Console => lines.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}
