//! `telltale seed`.

use super::BoxedError;
use super::connection::ConnectionArguments;
use crate::console;
use crate::seed::{SeedOptions, seed};
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::process::ExitCode;

/// What to seed, and where to.
#[derive(Debug, Args)]
pub(super) struct SeedArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The number that the history is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the six weeks end, such as 2026-03-04T15:20:00Z; the start of this day, UTC, if not given, so that a
    /// second run on the same day goes on with the first and adds nothing.
    #[arg(long)]
    as_of: Option<Timestamp>,
    /// Transactions in one request, 1 to 5000.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    batch: u16,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

/// Seeds and prints the summary.
pub(super) async fn run(arguments: SeedArguments) -> Result<ExitCode, BoxedError> {
    let client = arguments.connection.client()?;
    let as_of = match arguments.as_of {
        Some(as_of) => as_of,
        None => start_of_day(Timestamp::now())?,
    };
    let options = SeedOptions { seed: arguments.seed, as_of, batch_size: usize::from(arguments.batch) };
    let summary = seed(&client, options).await?;
    if arguments.json {
        console::result(&serde_json::to_string_pretty(&summary)?);
    } else {
        console::result(&summary.to_string());
    }
    Ok(ExitCode::SUCCESS)
}

fn start_of_day(now: Timestamp) -> Result<Timestamp, jiff::Error> {
    Ok(now.to_zoned(TimeZone::UTC).start_of_day()?.timestamp())
}
