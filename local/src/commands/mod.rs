//! The commands: their arguments, and which function each calls.
//!
//! What lives here: the command line alone. Each command's own file turns its arguments into options, runs
//! them and prints the result.

mod audit;
mod connection;
mod costs;
mod database;
mod evaluate;
mod openapi;
mod replay;
mod seed;
mod smoke;
mod verify_decision;

use clap::{Parser, Subcommand};
use shared::config::Config;
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
    /// Migrate, seed an empty database, serve, and say what to do next.
    Run(database::RunArguments),
    /// Serve every function's routes over a migrated database.
    Serve,
    /// Bring the schema up to date.
    Migrate,
    /// Make a population baseline and train the ml layer's model, as the schedule does.
    Retrain(database::RetrainArguments),
    /// Rebuild every profile from the stored transactions and labels; nothing may be ingested meanwhile.
    RebuildProfiles,
    /// Post a synthetic history to a running server.
    Seed(seed::SeedArguments),
    /// Post a labelled CSV file to a running server in time order, and compare its scores with the labels.
    Replay(replay::ReplayArguments),
    /// Run the production engine over a labelled CSV file without a server, and judge its scores.
    Evaluate(evaluate::EvaluateArguments),
    /// Have a running server recompute a stored assessment, and say whether it is identical to the bit.
    VerifyDecision(verify_decision::VerifyDecisionArguments),
    /// Verify the audit trail in the database, or an evidence bundle.
    Audit(audit::AuditArguments),
    /// Check a deployment through its front door, changing nothing: health, queue, errors, CORS.
    Smoke(smoke::SmokeArguments),
    /// Write the cost sheet docs/COSTS.md from docs/costs.
    Costs(costs::CostsArguments),
    /// Write the description of the API, docs/openapi.json, from the routes.
    Openapi(openapi::OpenapiArguments),
}

/// How many threads a command has: a server as many as `WORKERS` says, a client two, one to send and one to
/// show its progress.
///
/// # Errors
/// Every wrong setting.
pub fn threads(arguments: &Arguments) -> Result<usize, BoxedError> {
    match arguments.command {
        Command::Run(_) | Command::Serve => Ok(Config::from_environment()?.workers),
        Command::Migrate
        | Command::Retrain(_)
        | Command::RebuildProfiles
        | Command::Seed(_)
        | Command::Replay(_)
        | Command::Evaluate(_)
        | Command::VerifyDecision(_)
        | Command::Audit(_)
        | Command::Smoke(_)
        | Command::Costs(_)
        | Command::Openapi(_) => Ok(2),
    }
}

/// Runs one command.
///
/// # Errors
/// Whatever stopped it. A command that ran to its end with something to complain of says so by its exit code.
pub async fn run(arguments: Arguments) -> Result<ExitCode, BoxedError> {
    match arguments.command {
        Command::Run(arguments) => database::run(arguments, Config::from_environment()?).await.map(succeeded),
        Command::Serve => database::serve(Config::from_environment()?).await.map(succeeded),
        Command::Migrate => database::migrate().await.map(succeeded),
        Command::Retrain(arguments) => database::retrain(arguments).await.map(succeeded),
        Command::RebuildProfiles => database::rebuild_profiles().await.map(succeeded),
        Command::Seed(arguments) => seed::run(arguments).await,
        Command::Replay(arguments) => replay::run(arguments).await,
        Command::Evaluate(arguments) => evaluate::run(arguments).map(succeeded),
        Command::VerifyDecision(arguments) => verify_decision::run(arguments).await,
        Command::Audit(arguments) => audit::run(arguments).await,
        Command::Smoke(arguments) => smoke::run(arguments).await,
        Command::Costs(arguments) => costs::run(&arguments).map(succeeded),
        Command::Openapi(arguments) => openapi::run(&arguments).map(succeeded),
    }
}

fn succeeded(_nothing: ()) -> ExitCode {
    ExitCode::SUCCESS
}
