//! `telltale smoke`.

use super::BoxedError;
use super::connection::ConnectionArguments;
use crate::console;
use crate::smoke::{Origin, SmokeOptions, smoke};
use clap::Args;
use std::process::ExitCode;

/// Which deployment, and whose console.
#[derive(Debug, Args)]
pub(super) struct SmokeArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The console's origin, which the deployment must allow, such as https://console.example.com.
    #[arg(long, value_parser = Origin::parse)]
    origin: Origin,
    /// Fail where something could not be checked, as on a deployment without alerts.
    #[arg(long)]
    strict: bool,
}

/// Checks and prints a line each; fails where one is not as it should be.
pub(super) async fn run(arguments: SmokeArguments) -> Result<ExitCode, BoxedError> {
    let client = arguments.connection.client()?;
    let checks = smoke(&client, &SmokeOptions::new(arguments.origin)).await;
    for check in &checks {
        console::result(&check.to_string());
    }
    let n_failed = checks.iter().filter(|check| check.has_failed()).count();
    let n_left_out = checks.iter().filter(|check| check.was_left_out()).count();
    let n_passed = checks.len() - n_failed - n_left_out;
    console::result(&format!("{n_passed} passed, {n_failed} failed, {n_left_out} not checked"));
    let has_failed = n_failed > 0 || (arguments.strict && n_left_out > 0);
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
