//! The commands: their arguments, and which function each calls.
//!
//! What lives here: the command line alone. Each command's own file turns its arguments into options, runs
//! them and prints the result.

mod connection;
mod replay;
mod seed;

use clap::{Parser, Subcommand};
use std::error::Error;
use std::process::ExitCode;

/// Any error, on its way to the person who typed the command.
pub type BoxedError = Box<dyn Error + Send + Sync>;

/// Run and exercise Telltale from the command line.
#[derive(Debug, Parser)]
#[command(name = "telltale", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Post a synthetic history to a running server.
    Seed(seed::SeedArguments),
    /// Post a labelled CSV file to a running server in time order, and compare its scores with the labels.
    Replay(replay::ReplayArguments),
}

/// Runs one command.
///
/// # Errors
/// Whatever stopped it. A command that ran to its end with something to complain of says so by its exit code.
pub async fn run(arguments: Arguments) -> Result<ExitCode, BoxedError> {
    match arguments.command {
        Command::Seed(arguments) => seed::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
    }
}
