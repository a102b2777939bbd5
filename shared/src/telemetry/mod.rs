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
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Whose own log is of statements and migrations: at info they would be most of ours.
const QUIETED: [&str; 2] = ["tokio_postgres", "refinery_core"];

/// Starts logging for the process, to standard error. A second start does nothing.
pub fn start(log: Log) {
    let filter = filter(log.level);
    let lines = tracing_subscriber::fmt().with_max_level(log.level).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Console => {
            let lines = lines.with_target(false).with_ansi(std::io::stderr().is_terminal());
            lines.finish().with(filter).try_init()
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_current_span(true).with_span_list(false);
            lines.finish().with(filter).try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

/// A level for all, and for what is quieted no more than its warnings. Not an `EnvFilter`: its directives are no setting
/// of ours, and its regular expressions would be in every function.
fn filter(level: Level) -> Targets {
    Targets::new().with_default(level).with_targets(QUIETED.map(|name| (name, level.min(Level::WARN))))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_is_heard_from_its_warnings_on_whatever_the_level() {
        for level in [Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE] {
            let filter = filter(level);
            assert!(filter.would_enable("shared::workflow", &level), "{level}");
            assert!(filter.would_enable("tokio_postgres::query", &Level::WARN), "{level}");
            assert!(!filter.would_enable("tokio_postgres::query", &Level::INFO), "{level}");
            assert!(!filter.would_enable("refinery_core::traits", &Level::INFO), "{level}");
        }
    }

    #[test]
    fn what_asks_for_errors_alone_gets_no_warnings_of_the_driver_either() {
        let filter = filter(Level::ERROR);
        assert!(filter.would_enable("tokio_postgres::query", &Level::ERROR));
        assert!(!filter.would_enable("tokio_postgres::query", &Level::WARN));
        assert!(!filter.would_enable("shared::workflow", &Level::WARN));
    }
}
