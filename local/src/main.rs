//! `telltale`: the tool a person or a script runs beside the functions. See `telltale --help`.

use clap::Parser;
use local::commands::{self, Arguments, BoxedError};
use local::console;
use std::error::Error;
use std::process::ExitCode;
use tokio::runtime::Builder;

fn main() -> ExitCode {
    match start(Arguments::parse()) {
        Ok(exit) => exit,
        Err(error) => {
            console::remark(&format!("telltale: {}", with_causes(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> Result<ExitCode, BoxedError> {
    let threads = commands::threads(&arguments)?;
    let runtime = Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    runtime.block_on(commands::run(arguments))
}

/// The error and everything beneath it, outermost first.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
