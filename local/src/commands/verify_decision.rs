//! `telltale verify-decision`.

use super::BoxedError;
use super::connection::ConnectionArguments;
use crate::console;
use crate::wire::{DifferenceOut, VerdictOut, VersionsOut};
use clap::Args;
use shared::domain::ids::AssessmentId;
use std::process::ExitCode;

/// Which assessment, and where.
#[derive(Debug, Args)]
pub(super) struct VerifyDecisionArguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The assessment's id, asm_ and a UUID.
    #[arg(value_name = "ID", value_parser = assessment)]
    id: AssessmentId,
}

/// Asks and prints the answer; fails where the decision comes out otherwise.
pub(super) async fn run(arguments: VerifyDecisionArguments) -> Result<ExitCode, BoxedError> {
    let id = arguments.id;
    let verdict = arguments.connection.client()?.replay_assessment(id).await?;
    for line in lines(id, &verdict) {
        console::result(&line);
    }
    Ok(if verdict.identical { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn assessment(text: &str) -> Result<AssessmentId, String> {
    AssessmentId::parse(text).map_err(|invalid| invalid.to_string())
}

fn lines(id: AssessmentId, verdict: &VerdictOut) -> Vec<String> {
    let by = described(&verdict.versions);
    if verdict.identical {
        return vec![format!("{id} is identical to the bit, recomputed by {by}")];
    }
    let heading = format!("{id} comes out otherwise, recomputed by {by}:");
    let difference =
        |it: &DifferenceOut| format!("  {}: {} is stored, now {}", it.field, it.stored, it.recomputed);
    std::iter::once(heading).chain(verdict.differences.iter().map(difference)).collect()
}

fn described(versions: &VersionsOut) -> String {
    let VersionsOut { configuration, baseline, model } = versions;
    let named = |id: &Option<String>, what: &str| id.clone().unwrap_or_else(|| format!("no {what}"));
    format!("configuration {configuration}, {}, {}", named(baseline, "baseline"), named(model, "model"))
}
