//! `telltale replay`.

use super::BoxedError;
use super::connection::ConnectionArguments;
use crate::console;
use crate::mapping::Mapping;
use crate::replay::schedule::Schedule;
use crate::replay::{ReplayOptions, replay};
use clap::Args;
use jiff::civil::Date;
use std::process::ExitCode;

/// What to replay, and where to.
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// A .csv or .csv.gz file with a header.
    #[arg(long)]
    data: String,
    /// handbook, sparkov, amazon_fraud_detector, or the path of a JSON file that says which column is what.
    #[arg(long)]
    mapping: String,
    /// The first day, UTC, such as 2018-07-18.
    #[arg(long)]
    from: Date,
    /// The last day, UTC, included.
    #[arg(long)]
    to: Date,
    /// Days until a fraud becomes known; its label is sent at the next full hour of the history.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(..=3_650))]
    label_delay_days: u32,
    /// Train a model every so many days of the history; 0 is never.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(..=3_650))]
    retrain_every_days: u32,
    /// Transactions in one request, 1 to 5000.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    batch: u16,
    /// Write each transaction's id and risk score to this CSV file.
    #[arg(long)]
    scores: Option<String>,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

/// Replays and prints the summary; fails where a row was refused or lost.
pub(super) async fn run(arguments: ReplayArguments) -> Result<ExitCode, BoxedError> {
    let client = arguments.connection.client()?;
    let options = ReplayOptions {
        data: arguments.data,
        mapping: Mapping::load(&arguments.mapping)?,
        schedule: Schedule {
            from: arguments.from,
            to: arguments.to,
            label_delay_days: arguments.label_delay_days,
            retrain_every_days: arguments.retrain_every_days,
        },
        batch_size: usize::from(arguments.batch),
        scores: arguments.scores,
    };
    let summary = replay(&client, &options).await?;
    if arguments.json {
        console::result(&serde_json::to_string_pretty(&summary)?);
    } else {
        console::result(summary.to_string().trim_end());
    }
    Ok(if summary.is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
