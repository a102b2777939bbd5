//! The project's own texts, and the real template with one fault in it.

use super::document::Template;
use super::routes::{Routes, paths_of};
use serde_json::Value;
use shared::config::SETTINGS;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the template lies.
const TEMPLATE: &str = "template.yaml";
/// Where the values of its parameters lie.
pub(crate) const SAMCONFIG: &str = "samconfig.toml";

/// A file of the project.
pub(crate) fn path(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(inside)
}

/// The text of a file of the project.
pub(crate) fn read(inside: &str) -> String {
    fs::read_to_string(path(inside)).unwrap()
}

/// The template.
pub(crate) fn template() -> Template {
    Template::read(&read(TEMPLATE))
}

/// The template with its first `from` replaced.
pub(crate) fn planted(from: &str, to: &str) -> Template {
    let text = read(TEMPLATE);
    assert!(text.contains(from), "the template has no {from}: plant the fault elsewhere");
    Template::read(&text.replacen(from, to, 1))
}

/// Every function's router.
pub(crate) fn routers() -> Vec<Routes> {
    vec![
        ("ingest", paths_of(ingest::routes())),
        ("alerts", paths_of(alerts::routes())),
        ("investigations", paths_of(investigations::routes())),
        ("admin", paths_of(admin::routes())),
        ("health", paths_of(health::routes())),
    ]
}

/// Every operation of the API, as `GET /health`.
pub(crate) fn operations() -> Vec<String> {
    let document = local::openapi::document().unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| -> Vec<String> {
        item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())).collect()
    };
    paths.iter().flat_map(of_path).collect()
}

/// Every setting, with its default.
pub(crate) fn settings() -> Vec<(&'static str, &'static str)> {
    SETTINGS.iter().map(|setting| (setting.name, setting.default)).collect()
}

/// Every package under `functions/`, with the name of its binary.
pub(crate) fn packages() -> Vec<(String, String)> {
    let folders = fs::read_dir(path("functions")).unwrap().map(|entry| entry.unwrap().path());
    let manifests = folders.map(|folder| folder.join("Cargo.toml")).filter(|manifest| manifest.exists());
    let found = manifests.map(|manifest| {
        let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
        let name = |table: &toml::Value| table.get("name").and_then(toml::Value::as_str).unwrap().to_owned();
        (name(&manifest["package"]), name(&manifest["bin"][0]))
    });
    found.collect()
}

/// The number of the newest migration.
pub(crate) fn newest_migration() -> u32 {
    let names = fs::read_dir(path("migrations")).unwrap().map(|entry| entry.unwrap().file_name());
    names
        .filter_map(|name| name.to_string_lossy().strip_prefix('V')?.split('_').next()?.parse().ok())
        .max()
        .unwrap()
}
