//! The rules for what is not Rust: manifests, migrations and documents.

use super::finding::Finding;

/// Architecture: no function depends on another; its tests may. `functions` are the names of all function packages.
pub(crate) fn depends_on_no_function(path: &str, text: &str, functions: &[String]) -> Vec<Finding> {
    let mut is_dependencies = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            is_dependencies = line.contains("dependencies") && !line.contains("dev-dependencies");
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if is_dependencies && functions.iter().any(|function| function == name) {
            let what = format!("depends on the function {name}");
            found.push(Finding { path: path.to_owned(), line: index + 1, rule: "who may use whom", what });
        }
    }
    found
}

/// Packages whose shipped code may grow forests, which links the library that does.
const TRAINING: [&str; 2] = ["retrain", "local"];

/// Architecture: only the schedule's function and the command line train; tests may.
pub(crate) fn trains_where_it_may(path: &str, text: &str) -> Vec<Finding> {
    if package_name(text).is_some_and(|name| TRAINING.contains(&name.as_str())) {
        return Vec::new();
    }
    let mut is_shipped = true;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            is_shipped = !line.contains("dev-dependencies");
        }
        let asks =
            line.contains("shared/train") || (line.starts_with("shared") && line.contains("\"train\""));
        if is_shipped && asks {
            let what = "links what only training needs".to_owned();
            found.push(Finding { path: path.to_owned(), line: index + 1, rule: "who may train", what });
        }
    }
    found
}

/// The name in a manifest's `[package]`.
pub(crate) fn package_name(manifest: &str) -> Option<String> {
    let value = manifest.lines().find_map(|line| line.strip_prefix("name = "))?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// Migrations are `V0001__snake_case.sql`, numbered from 1 without gaps. `names` are those of the folder's files.
pub(crate) fn numbers_migrations_without_gaps(names: &[String]) -> Vec<Finding> {
    let mut sorted = names.to_vec();
    sorted.sort();
    let breaks = sorted.iter().enumerate().filter_map(|(index, name)| {
        let expected = format!("V{:04}__", index + 1);
        let is_well_named = name
            .strip_prefix(&expected)
            .and_then(|rest| rest.strip_suffix(".sql"))
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_snake));
        let what = format!("expected {expected}snake_case.sql");
        let path = format!("migrations/{name}");
        (!is_well_named).then_some(Finding { path, line: 1, rule: "migration's name", what })
    });
    breaks.collect()
}

fn is_snake(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
}

/// Folders that exist on somebody's machine and not in the project.
const FOLDERS_OF_A_MACHINE: [&str; 5] = ["/home/", "/root/", "/Users/", "/tmp/", "C:\\"];

/// Documents name no path of the machine they were written on. `project` is where the project lies right now.
pub(crate) fn names_no_path_of_a_machine(path: &str, text: &str, project: &str) -> Vec<Finding> {
    let folders = FOLDERS_OF_A_MACHINE.into_iter().chain([project]);
    let folders: Vec<&str> = folders.collect();
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for folder in folders.iter().filter(|folder| line.contains(**folder)) {
            let what = format!("names {folder}");
            found.push(Finding { path: path.to_owned(), line: index + 1, rule: "path of a machine", what });
        }
    }
    found
}

/// The targets of a document's links to other files, with their lines: no addresses, no anchors.
pub(crate) fn linked_files(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for after in line.split("](").skip(1) {
            let target = after.split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push((index + 1, target.to_owned()));
            }
        }
    }
    found
}

/// Name and unit of each feature that a document's tables explain, in order. Such a table begins with
/// `| feature | unit |`.
pub(crate) fn explained_features(text: &str) -> Vec<(String, String)> {
    let mut is_table = false;
    let mut found = Vec::new();
    for line in text.lines() {
        is_table = line.starts_with("| feature | unit |") || (is_table && line.starts_with('|'));
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        if let (true, Some(name), Some(unit)) = (is_table, cells.next(), cells.next())
            && let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'))
        {
            found.push((name.to_owned(), unit.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod planted {
    use super::*;

    #[test]
    fn a_function_that_depends_on_another_is_caught() {
        let names = ["ingest".to_owned(), "alerts".to_owned()];
        let lines = |text| -> Vec<usize> {
            depends_on_no_function("functions/ingest/Cargo.toml", text, &names)
                .iter()
                .map(|found| found.line)
                .collect()
        };
        assert_eq!(lines("[package]\nname = \"ingest\"\n[dependencies]\nalerts.workspace = true"), [4]);
        assert!(lines("[dev-dependencies]\nalerts.workspace = true").is_empty());
        assert_eq!(lines("[dependencies]\nalerts = { path = \"../alerts\" }"), [2]);
        assert!(lines("[package]\nname = \"ingest\"\n[dependencies]\nshared.workspace = true").is_empty());
    }

    #[test]
    fn a_function_that_links_training_is_caught() {
        let lines = |text: &str| -> Vec<usize> {
            let found = trains_where_it_may("functions/ingest/Cargo.toml", text);
            found.iter().map(|found| found.line).collect()
        };
        let asks = "[dependencies]\nshared = { workspace = true, features = [\"train\"] }";
        assert_eq!(lines(&format!("[package]\nname = \"ingest\"\n{asks}")), [4]);
        assert_eq!(lines("[package]\nname = \"ingest\"\n[features]\nlambda = [\"shared/train\"]"), [4]);
        assert!(lines(&format!("[package]\nname = \"retrain\"\n{asks}")).is_empty());
        let tests = asks.replace("[dep", "[dev-dep");
        assert!(lines(&format!("[package]\nname = \"ingest\"\n{tests}")).is_empty());
    }

    #[test]
    fn a_migration_out_of_line_is_caught() {
        let paths = |names: &[&str]| -> Vec<String> {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            numbers_migrations_without_gaps(&names).into_iter().map(|found| found.path).collect()
        };
        assert!(paths(&["V0002__alerts.sql", "V0001__first_of_all.sql"]).is_empty());
        assert_eq!(paths(&["V0001__a.sql", "V0003__c.sql"]), ["migrations/V0003__c.sql"]);
        assert_eq!(paths(&["V1__a.sql"]), ["migrations/V1__a.sql"]);
        assert_eq!(paths(&["V0001__CamelCase.sql"]), ["migrations/V0001__CamelCase.sql"]);
    }

    #[test]
    fn a_path_of_a_machine_is_caught() {
        let lines = |text| -> Vec<usize> {
            names_no_path_of_a_machine("README.md", text, "/srv/telltale")
                .iter()
                .map(|found| found.line)
                .collect()
        };
        assert_eq!(lines("one\ncd /home/ana/telltale\ncd /srv/telltale"), [2, 3]);
        assert!(lines("GET /health, then `cd telltale`").is_empty());
    }

    #[test]
    fn links_to_files_are_found_and_addresses_are_not() {
        let text = "[a](docs/A.md)\n[b](https://example.com) [c](#here) [d](B.md#part)";
        assert_eq!(linked_files(text), [(1, "docs/A.md".to_owned()), (2, "B.md".to_owned())]);
    }
    #[test]
    fn features_are_read_from_their_tables_only() {
        let text = "| feature | unit | formula |\n|---|---|---|\n| `a_b` | days | `c` | \n\n| `d` | nats |";
        assert_eq!(explained_features(text), [("a_b".to_owned(), "days".to_owned())]);
    }
}
