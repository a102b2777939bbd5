//! `telltale costs`.

use super::BoxedError;
use crate::console;
use crate::costs::{CostError, Costs, Inputs, page, with_figures};
use clap::Args;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What to make the sheet from.
#[derive(Debug, Args)]
pub(super) struct CostsArguments {
    /// The folder of the documents; COSTS.md is written there, from the inputs in its folder costs.
    #[arg(long, default_value = "docs")]
    documents: String,
    /// What `make lambda` measured; taken over where it is there.
    #[arg(long, default_value = "target/lambda/results.json")]
    results: String,
}

/// Takes newer figures over, and writes the sheet.
pub(super) fn run(arguments: &CostsArguments) -> Result<(), BoxedError> {
    let documents = Path::new(&arguments.documents);
    let input = |name: &str| documents.join("costs").join(name);
    let measured = input("measured.json");
    match fs::read_to_string(&arguments.results) {
        Ok(results) => match with_figures(&fs::read_to_string(&measured)?, &results) {
            Ok(text) => fs::write(&measured, text)?,
            Err(error @ CostError::Partial(_)) => {
                console::remark(&format!("{error}; the functions' figures stay"));
            }
            Err(error) => return Err(error.into()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            console::remark(&format!("{} is not there: the functions' figures stay", arguments.results));
        }
        Err(error) => return Err(error.into()),
    }
    let [prices, deployment, measured] =
        [input("prices.json"), input("deployment.json"), measured].map(fs::read_to_string);
    let costs = Costs::new(Inputs::parse(&prices?, &deployment?, &measured?)?);
    let sheet = documents.join("COSTS.md");
    fs::write(&sheet, page::page(&costs))?;
    console::result(&format!("wrote {}", sheet.display()));
    Ok(())
}
