//! What a process tells of itself: structured logs, one line an event, in the past tense, with ids as fields; and
//! metrics, one line an invocation.
//!
//! [`catalogue`] names every metric, [`meter`] takes notes, [`line`] writes them down for CloudWatch, [`exposition`]
//! for Prometheus.

pub mod catalogue;
pub mod exposition;
pub mod line;
pub mod meter;
pub mod since_start;

use crate::config::{Config, Log, LogFormat};
use line::Invocation;
use meter::{Meter, Reading};
use std::io::{IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Starts logging for the process, to standard error. A second start does nothing.
pub fn start(log: Log) {
    // The driver logs each statement at info; it is ours only at its own warnings.
    let filter = EnvFilter::new(format!("{},tokio_postgres=warn,refinery_core=warn", log.level));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Console => lines.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

/// Ends an invocation: its own readings and what was noted during it become one metric line on standard output, where
/// the settings say so, and count for this process.
pub fn end(config: &Config, meter: &Meter, invocation: Invocation<'_>, own: Vec<Reading>) {
    let mut readings = own;
    readings.extend(meter.take());
    meter.keep(invocation.route, &readings);
    if !config.writes_metric_lines {
        return;
    }
    let mut line = Vec::new();
    // In one piece, so that lines of requests at once do not mix.
    let written = line::write(invocation, &readings, &mut line)
        .and_then(|()| std::io::stdout().lock().write_all(&line));
    if let Err(error) = written {
        tracing::error!(%error, "a metric line could not be written");
    }
}
