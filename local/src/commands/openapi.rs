//! `telltale openapi`.

use super::BoxedError;
use crate::{console, openapi};
use clap::Args;
use std::fs;

/// Where to write the description.
#[derive(Debug, Args)]
pub(super) struct OpenapiArguments {
    /// The file.
    #[arg(long, default_value = "docs/openapi.json")]
    out: String,
}

/// Writes the description, where it is another: what reads it when building is built anew for a file that was written.
pub(super) fn run(arguments: &OpenapiArguments) -> Result<(), BoxedError> {
    let text = openapi::text()?;
    if fs::read_to_string(&arguments.out).is_ok_and(|written| written == text) {
        console::result(&format!("{} is up to date", arguments.out));
        return Ok(());
    }
    fs::write(&arguments.out, text)?;
    console::result(&format!("wrote {}", arguments.out));
    Ok(())
}
