//! `telltale audit`.

use super::BoxedError;
use crate::console;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use shared::config::Config;
use shared::domain::audit::anchor::ToldAnchor;
use shared::domain::evidence::{Checked, check};
use shared::state::AppState;
use shared::workflow::verification::{Verified, read_told, verify};
use std::fs;
use std::process::ExitCode;

/// What to do with the audit trail.
#[derive(Debug, Args)]
pub(super) struct AuditArguments {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Verify the audit trail in the database, or an evidence bundle without one; exits with 1 where it is broken.
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
struct VerifyArguments {
    /// The file of an evidence bundle; without it, the database of DATABASE_URL is verified.
    #[arg(value_name = "BUNDLE")]
    bundle: Option<String>,
    /// A log that holds the lines of anchors: the local ANCHORS_FILE, or the messages of the function's log group.
    #[arg(long, value_name = "FILE")]
    anchors: Option<String>,
}

/// Verifies and prints a line for each fault; fails where there is one.
pub(super) async fn run(arguments: AuditArguments) -> Result<ExitCode, BoxedError> {
    let AuditCommand::Verify(VerifyArguments { bundle, anchors }) = arguments.command;
    let told = anchors.as_deref().map(told_by).transpose()?;
    match bundle {
        Some(file) => verify_bundle(&file, told.as_deref()),
        None => verify_database(told.as_deref()).await,
    }
}

fn told_by(file: &str) -> Result<Vec<ToldAnchor>, BoxedError> {
    let text = fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
    let told = read_told(&text).map_err(|error| format!("{file}: {error}"))?;
    if told.is_empty() {
        return Err(
            format!("{file} has no line that tells an anchor; name the log of the task anchor").into()
        );
    }
    Ok(told)
}

async fn verify_database(told: Option<&[ToldAnchor]>) -> Result<ExitCode, BoxedError> {
    let state = AppState::new(Config::from_environment()?, Timestamp::now())?;
    let verified = verify(&state, told.unwrap_or_default()).await?;
    for fault in &verified.faults {
        console::result(&fault.to_string());
    }
    console::result(&summary(&verified));
    if told.is_none() {
        console::remark(
            "Without --anchors, a chain whose end was cut off together with its anchors is not found.",
        );
    }
    Ok(if verified.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn summary(verified: &Verified) -> String {
    let Verified { n_chains, n_events, n_files, n_anchors, .. } = verified;
    let found = match verified.broken().len() {
        0 => "none is broken".to_owned(),
        n => format!("broken: {n}"),
    };
    format!(
        "{n_chains} chains with {n_events} events, {n_files} files and {n_anchors} anchors were verified; {found}"
    )
}

fn verify_bundle(file: &str, told: Option<&[ToldAnchor]>) -> Result<ExitCode, BoxedError> {
    let bytes = fs::read(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
    match check(&bytes, told) {
        Ok(checked) => {
            for line in proven(&checked) {
                console::result(&line);
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(found) => {
            for finding in found {
                console::result(&finding.to_string());
            }
            Ok(ExitCode::FAILURE)
        }
    }
}

/// What was proven, and what was not.
fn proven(checked: &Checked) -> Vec<String> {
    let n_events = checked.head.sequence;
    let mut lines = vec![format!(
        "{}: every section is as it was made; {n_events} audit events are one chain, and the alert says what they say",
        checked.alert_id
    )];
    lines.push(match &checked.anchor {
        Some((anchor, covered)) => {
            format!("anchor {} of {} covers the first {covered} of them", anchor.number, anchor.at)
        }
        None => "no anchor covers them yet".to_owned(),
    });
    lines.push(match (&checked.anchor, checked.is_told) {
        (_, Some(true)) => "the log outside the database tells the same anchor".to_owned(),
        (Some(_), Some(false)) => {
            "the log does not reach as far as this anchor: it proves nothing".to_owned()
        }
        (Some(_), None) => {
            "not proven: that the service made this bundle; hold it to the log with --anchors".to_owned()
        }
        (None, _) => {
            "not proven: that the service made this bundle; make it again once an anchor covers it".to_owned()
        }
    });
    lines
}
