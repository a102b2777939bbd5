//! Makes the table of query parameters out of the published description of the API: what a function enforces is then
//! what is published, and no function has to describe itself to know.

use serde_json::{Map, Value};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

/// Seen from this crate, in which cargo runs this.
const DESCRIPTION: &str = "../docs/openapi.json";
/// What begins the path of everything that is held to its parameters.
const API: &str = "/api/";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={DESCRIPTION}");
    match write_table() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!(
                "cargo::error=docs/openapi.json, which says which query parameters there are, cannot be read ({error}); \
                 type: git checkout docs/openapi.json, and if routes have changed: cargo run --bin telltale -- openapi"
            );
            ExitCode::FAILURE
        }
    }
}

fn write_table() -> Result<(), Box<dyn Error>> {
    let document: Value = serde_json::from_str(&fs::read_to_string(DESCRIPTION)?)?;
    let paths = document["paths"].as_object().ok_or("it has no paths")?;
    let own = paths.iter().filter(|(path, _)| path.starts_with(API));
    let entries = own.flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flat_map(Map::iter);
        operations.map(|(method, operation)| entry(path, method, &query_names(&document, operation)))
    });
    let table = format!("&[{}]", entries.collect::<String>());
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    Ok(fs::write(folder.join("query_names.rs"), table)?)
}

fn entry(path: &str, method: &str, names: &[&str]) -> String {
    let method = method.to_uppercase();
    format!("Known {{ path: {path:?}, method: {method:?}, names: &{names:?} }},\n")
}

/// The names of an operation's query parameters, those too that are described for all operations at once.
fn query_names<'a>(document: &'a Value, operation: &'a Value) -> Vec<&'a str> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let described = parameters.map(|parameter| {
        let reference = parameter["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| document.pointer(pointer)).unwrap_or(parameter)
    });
    described.filter(|parameter| parameter["in"] == "query").filter_map(|it| it["name"].as_str()).collect()
}
