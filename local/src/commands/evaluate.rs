//! `telltale evaluate`.

use super::BoxedError;
use crate::console;
use crate::evaluate::protocol::{KeepKnown, Protocol};
use crate::evaluate::run::{EvaluateOptions, evaluate};
use crate::mapping::Mapping;
use clap::Args;
use jiff::civil::Date;

/// What to evaluate, and on which days.
#[derive(Debug, Args)]
pub(super) struct EvaluateArguments {
    /// A .csv or .csv.gz file with a header.
    #[arg(long)]
    data: String,
    /// handbook, sparkov, amazon_fraud_detector, or the path of a JSON file that says which column is what.
    #[arg(long)]
    mapping: String,
    /// The first day to learn from, UTC, such as 2018-07-25.
    #[arg(long)]
    train_from: Date,
    /// The last day to learn from, included.
    #[arg(long)]
    train_to: Date,
    /// The first day to judge.
    #[arg(long)]
    test_from: Date,
    /// The last day to judge, included.
    #[arg(long)]
    test_to: Date,
    /// Days until a fraud becomes known, 0 to 41.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(..=41))]
    label_delay_days: u16,
    /// Use no label at all.
    #[arg(long, conflicts_with = "label_delay_days")]
    no_labels: bool,
    /// An account is left out of the test when a fraud of it is more than so many days old.
    #[arg(long, default_value_t = Protocol::EXCLUSION_DELAY_DAYS)]
    exclusion_delay_days: u32,
    /// Judge accounts with a known fraud too.
    #[arg(long)]
    keep_known: bool,
    /// Train so many times with different seeds, and report how far the figures lie apart.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=20))]
    seeds: u16,
    /// Write the scores of every transaction of the test days to this CSV file.
    #[arg(long)]
    scores_out: Option<String>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Evaluates and prints the report.
pub(super) fn run(arguments: EvaluateArguments) -> Result<(), BoxedError> {
    let options = EvaluateOptions {
        data: arguments.data,
        mapping: Mapping::load(&arguments.mapping)?,
        protocol: Protocol {
            train_from: arguments.train_from,
            train_to: arguments.train_to,
            test_from: arguments.test_from,
            test_to: arguments.test_to,
            exclusion_delay_days: arguments.exclusion_delay_days,
            keep_known: if arguments.keep_known { KeepKnown::Yes } else { KeepKnown::No },
        },
        label_delay_days: (!arguments.no_labels).then_some(arguments.label_delay_days),
        n_seeds: arguments.seeds,
        scores_out: arguments.scores_out,
    };
    let report = evaluate(&options)?;
    if arguments.json {
        console::result(&serde_json::to_string_pretty(&report)?);
    } else {
        console::result(report.to_string().trim_end());
    }
    Ok(())
}
