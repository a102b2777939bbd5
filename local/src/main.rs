//! `telltale`: the tool a person or a script runs beside the functions. See `telltale --help`.

use clap::Parser;
use local::commands::{self, Arguments};
use local::console;
use std::error::Error;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Arguments::parse()).await {
        Ok(exit) => exit,
        Err(error) => {
            console::remark(&format!("telltale: {}", with_causes(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

/// The error and everything beneath it, outermost first.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
