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

/// Writes the description.
pub(super) fn run(arguments: &OpenapiArguments) -> Result<(), BoxedError> {
    fs::write(&arguments.out, openapi::text()?)?;
    console::result(&format!("wrote {}", arguments.out));
    Ok(())
}
