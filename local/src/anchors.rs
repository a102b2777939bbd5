//! The file beside the database that keeps the lines of anchors, as the retained log group does on AWS.

use serde_json::Value;
use std::fs::{OpenOptions, create_dir_all};
use std::io::{self, Write};
use std::path::Path;

/// Appends the anchors that a task of the schedule told, a line each. Other tasks tell none.
///
/// # Errors
/// When the file cannot be written.
pub fn keep(file: &Path, made: &Value) -> io::Result<()> {
    let lines: Vec<String> =
        made["anchors"].as_array().into_iter().flatten().map(|anchor| format!("{anchor}\n")).collect();
    if lines.is_empty() {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(lines.concat().as_bytes())
}
