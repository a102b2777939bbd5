//! The project's own texts, and the real template with one fault in it.

use super::document::Template;
use super::routes::{Routes, paths_of};
use shared::config::SETTINGS;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the template lies.
const TEMPLATE: &str = "template.yaml";
/// Where the values of its parameters lie.
pub(crate) const SAMCONFIG: &str = "samconfig.toml";

/// What the template has already and the project has not. A test fails once it has come.
pub(crate) mod awaited {
    use crate::ladder::RoleTimeouts;
    use std::time::Duration;

    /// Packages under `functions/`.
    pub(crate) const PACKAGES: [&str; 2] = ["bulk", "migrate"];
    /// Settings.
    pub(crate) const SETTINGS: [(&str, &str); 6] = [
        ("ENVIRONMENT", "local"),
        ("METRIC_LINES", ""),
        ("METRICS_TOKEN", ""),
        ("BULK_SOURCE", ""),
        ("BULK_COLUMNS", ""),
        ("S3_ENDPOINT", ""),
    ];
    /// The description of the API; empty once it is there.
    pub(crate) const DESCRIPTION: &str = "docs/openapi.json";

    /// The timeouts of the functions' roles; empty once a migration makes them.
    pub(crate) fn roles() -> Vec<RoleTimeouts> {
        let (statement, lock) = (Duration::from_secs(3), Duration::from_secs(1));
        let names = ["ingest", "alerts", "investigations", "health"].map(|name| format!("telltale_{name}"));
        names.map(|role| RoleTimeouts { role, statement, lock }).to_vec()
    }
}

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
        ("ingest", paths_of(&ingest::routes())),
        ("alerts", paths_of(&alerts::routes())),
        ("investigations", paths_of(&investigations::routes())),
        ("health", paths_of(&health::routes())),
    ]
}

/// Every setting, with its default.
pub(crate) fn settings() -> Vec<(&'static str, &'static str)> {
    SETTINGS.iter().map(|setting| (setting.name, setting.default)).chain(awaited::SETTINGS).collect()
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
    let awaited = awaited::PACKAGES.map(|name| (name.to_owned(), format!("telltale-{name}")));
    found.chain(awaited).collect()
}

/// The number of the newest migration.
pub(crate) fn newest_migration() -> u32 {
    let names = fs::read_dir(path("migrations")).unwrap().map(|entry| entry.unwrap().file_name());
    names
        .filter_map(|name| name.to_string_lossy().strip_prefix('V')?.split('_').next()?.parse().ok())
        .max()
        .unwrap()
}
