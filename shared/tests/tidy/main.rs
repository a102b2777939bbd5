//! Holds the project to its own rules by reading its sources.
//!
//! The rules stand in `docs/ARCHITECTURE.md` and `CONTRIBUTING.md`. What the compiler or clippy can hold is left to
//! them. `planted` proves that each rule catches what it is for.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the project must fail")]

mod finding;
mod papers;
mod planted;
mod rooms;
mod source;
mod style;

use finding::{Finding, Rule};
use shared::detection::features::{FEATURE_SCHEMA_ID, Feature, N_FEATURES};
use std::fs;
use std::path::{Path, PathBuf};

/// The rules for Rust sources.
const RUST_RULES: [Rule; 11] = [
    rooms::uses_only_the_rooms_below,
    rooms::keeps_foreign_crates_out,
    rooms::keeps_sql_in_db,
    style::sends_typed_statements,
    style::reads_the_environment_in_config,
    style::asks_for_no_place,
    style::reads_the_clock_at_the_edge,
    style::computes_alike_on_every_machine,
    style::stays_short,
    style::expects_and_never_allows,
    style::keeps_statements_small,
];

fn project() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().map_or_else(|| package.to_owned(), Path::to_owned)
}

/// Every file below a folder of the project, in order; none when the folder is not there.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The path inside the project, with `/`.
fn inside(path: &Path) -> String {
    path.strip_prefix(project()).unwrap().to_string_lossy().replace('\\', "/")
}

/// Files with this ending below the project's own folders, with their text.
fn texts(folders: &[&str], ending: &str) -> Vec<(String, String)> {
    let files = folders.iter().flat_map(|folder| files_below(&project().join(folder)));
    files
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .map(|path| (inside(&path), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn documents() -> Vec<(String, String)> {
    let at_the_top = ["README.md", "CONTRIBUTING.md"].map(|name| {
        let text = fs::read_to_string(project().join(name)).unwrap();
        (name.to_owned(), text)
    });
    at_the_top.into_iter().chain(texts(&["docs"], ".md")).collect()
}

fn assert_none(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{} broken rules:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn rust_sources_keep_the_rules() {
    let sources = texts(&["shared", "functions", "local"], ".rs");
    assert!(sources.iter().any(|(path, _)| path == "shared/src/domain/mod.rs"), "the sources were not found");
    let kept = sources.iter().filter(|(path, _)| !path.starts_with("shared/tests/tidy/"));
    let findings: Vec<Finding> =
        kept.flat_map(|(path, text)| RUST_RULES.iter().flat_map(move |rule| rule(path, text))).collect();
    assert_none(&findings);
}

#[test]
fn no_function_depends_on_another() {
    let manifests = texts(&["functions"], "Cargo.toml");
    let names: Vec<String> = manifests.iter().filter_map(|(_, text)| papers::package_name(text)).collect();
    assert_eq!(names.len(), manifests.len(), "a function's manifest has no name");
    let findings: Vec<Finding> = manifests
        .iter()
        .flat_map(|(path, text)| papers::depends_on_no_function(path, text, &names))
        .collect();
    assert_none(&findings);
}

#[test]
fn only_the_schedules_function_and_the_command_line_train() {
    let manifests = texts(&["functions", "local"], "Cargo.toml");
    assert!(!manifests.is_empty(), "no manifest was found");
    let findings: Vec<Finding> =
        manifests.iter().flat_map(|(path, text)| papers::trains_where_it_may(path, text)).collect();
    assert_none(&findings);
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let names: Vec<String> = files_below(&project().join("migrations"))
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(!names.is_empty(), "no migration was found");
    assert_none(&papers::numbers_migrations_without_gaps(&names));
}

#[test]
fn documents_name_no_path_of_a_machine() {
    let here = project().to_string_lossy().into_owned();
    let findings: Vec<Finding> = documents()
        .iter()
        .flat_map(|(path, text)| papers::names_no_path_of_a_machine(path, text, &here))
        .collect();
    assert_none(&findings);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let dead = documents().into_iter().flat_map(|(path, text)| {
        let folder = project().join(&path).parent().map(Path::to_owned).unwrap_or_default();
        let links = papers::linked_files(&text).into_iter();
        let dead: Vec<Finding> = links
            .filter(|(_, target)| !folder.join(target).exists())
            .map(|(line, what)| Finding { path: path.clone(), line, rule: "dead link", what })
            .collect();
        dead
    });
    assert_none(&dead.collect::<Vec<_>>());
}

#[test]
fn every_feature_is_explained_in_its_order() {
    let text = fs::read_to_string(project().join("docs/DETECTION.md")).unwrap();
    let explained = papers::explained_features(&text);
    let features: Vec<(String, String)> = Feature::ALL
        .into_iter()
        .map(|feature| (feature.as_str().to_owned(), feature.unit().to_owned()))
        .collect();
    assert_eq!(explained, features);
    let schema = format!("Schema {FEATURE_SCHEMA_ID}, {N_FEATURES} features, in this order.");
    assert!(text.contains(&schema), "docs/DETECTION.md does not say: {schema}");
}
