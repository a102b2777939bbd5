//! `telltale seed`.

use super::BoxedError;
use super::connection::ConnectionArguments;
use crate::console;
use crate::seed::{SeedOptions, seed};
use clap::Args;
use jiff::Timestamp;
use std::process::ExitCode;

/// What to seed, and where to.
#[derive(Debug, Args)]
pub(super) struct SeedArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The number that the history is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// When the six weeks end, such as 2026-03-04T15:20:00Z; now, if not given.
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
    let as_of = arguments.as_of.unwrap_or_else(Timestamp::now);
    let options = SeedOptions { seed: arguments.seed, as_of, batch_size: usize::from(arguments.batch) };
    let summary = seed(&client, options).await?;
    if arguments.json {
        console::result(&serde_json::to_string_pretty(&summary)?);
    } else {
        console::result(&summary.to_string());
    }
    Ok(ExitCode::SUCCESS)
}
