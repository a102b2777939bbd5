//! What documents say of the deployment: what differs between places in `docs/DEPLOY.md`, and how much of what is paid
//! for in `docs/costs/deployment.json`.

use super::document::{Finding, Template};
use super::environments::places;
use serde_json::Value;
use std::collections::BTreeMap;

/// A setting's values in `docs/DEPLOY.md`: local, staging, production.
pub(crate) type Told = (String, [String; 3]);

/// The rows of the table whose head is `| setting | local | staging | production |`.
pub(crate) fn told(text: &str) -> Vec<Told> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("| setting | local |"));
    let rows = lines.by_ref().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cell = |at: usize| row.split('|').nth(at).unwrap_or_default().trim().trim_matches('`').to_owned();
        (cell(1), [cell(2), cell(3), cell(4)])
    })
    .collect()
}

/// Rows that are not what the settings' defaults, the template and `samconfig.toml` say.
pub(crate) fn of_places(
    text: &str,
    defaults: &[(&str, &str)],
    template: &Template,
    samconfig: &str,
) -> Vec<Finding> {
    let told = told(text);
    let mut found = Vec::new();
    for name in ["DEBUG", "LOG_FORMAT", "CORS_ORIGINS", "DATABASE_POOL_SIZE", "WORKERS"] {
        let Some((_, [local, remote @ ..])) = told.iter().find(|(setting, _)| setting == name) else {
            found.push(format!("docs/DEPLOY.md has no row for {name}"));
            continue;
        };
        let default = defaults.iter().find(|(setting, _)| *setting == name).map(|(_, default)| *default);
        if default != Some(local.as_str()) {
            found.push(format!("{name}: docs/DEPLOY.md says {local} for local, the default is {default:?}"));
        }
        for (place, said) in ["staging", "production"].into_iter().zip(remote) {
            let deployed = deployed(name, place, template, samconfig);
            // An address is the reader's own; the local server's threads mean nothing on Lambda.
            let is_comparable = !["CORS_ORIGINS", "WORKERS"].contains(&name);
            if is_comparable && deployed.as_ref() != Some(said) {
                found.push(format!(
                    "{name}: docs/DEPLOY.md says {said} for {place}, deployed is {deployed:?}"
                ));
            }
        }
    }
    found
}

fn deployed(name: &str, place: &str, template: &Template, samconfig: &str) -> Option<String> {
    let parameters: BTreeMap<String, String> =
        places(samconfig).into_iter().find(|(found, _)| found == place).map(|(_, values)| values)?;
    let variable = &template.section("Globals")["Function"]["Environment"]["Variables"][name];
    match template.resolved(variable, &parameters) {
        Value::String(text) => Some(text),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// Counts of the cost sheet that are not the template's.
pub(crate) fn of_costs(counts: &str, template: &Template) -> Vec<Finding> {
    let counts: Value = serde_json::from_str(counts).unwrap();
    let n_of = |kind: &str| template.resources(kind).count() as u64;
    let firewall = template.resources("AWS::WAFv2::WebACL").next();
    let rules = firewall.and_then(|(_, acl)| acl["Properties"]["Rules"].as_array()).map_or(0, Vec::len);
    let no_parameters = BTreeMap::new();
    let storage = template.section("Parameters")["DatabaseStorageGb"]["Default"].as_u64();
    let memory = &template.section("Globals")["Function"]["MemorySize"];
    let made = [
        ("function_memory_mb", template.number(memory, &no_parameters)),
        ("storage_gb", storage),
        ("firewall_rules", Some(rules as u64)),
        ("keys", Some(n_of("AWS::KMS::Key"))),
        ("secrets", Some(n_of("AWS::SecretsManager::Secret"))),
    ];
    let mut found = Vec::new();
    for (name, made) in made {
        if counts[name].as_u64() != made {
            found.push(format!(
                "docs/costs/deployment.json: {name} is {}, the template has {made:?}",
                counts[name]
            ));
        }
    }
    // Some alarms and dashboards are there by parameter: the sheet counts the most there can be.
    for (name, kind) in [("alarms", "AWS::CloudWatch::Alarm"), ("dashboards", "AWS::CloudWatch::Dashboard")] {
        if counts[name].as_u64() < Some(n_of(kind)) {
            found.push(format!(
                "docs/costs/deployment.json: {name} is {}, the template has {}",
                counts[name],
                n_of(kind)
            ));
        }
    }
    found
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::{SAMCONFIG, planted, read, settings, template};

    fn caught(template: &Template, from: &str, to: &str) -> String {
        let text = read("docs/DEPLOY.md");
        assert!(text.contains(from), "docs/DEPLOY.md has no {from}");
        of_places(&text.replace(from, to), &settings(), template, &read(SAMCONFIG)).join("\n")
    }

    #[test]
    fn a_table_that_says_otherwise_is_caught() {
        let real = template();
        let debug = caught(&real, "| `DEBUG` | true | true | false |", "| `DEBUG` | true | true | true |");
        assert!(debug.contains("DEBUG") && debug.contains("production"), "{debug}");
        let workers = caught(&real, "| `WORKERS` | 1 |", "| `WORKERS` | 3 |");
        assert!(workers.contains("WORKERS") && workers.contains("local"), "{workers}");
        assert!(caught(&real, "| `LOG_FORMAT` |", "| `LOG_FORM` |").contains("no row for LOG_FORMAT"));
        let pool = planted("DATABASE_POOL_SIZE: \"1\"", "DATABASE_POOL_SIZE: \"2\"");
        assert!(caught(&pool, "`DEBUG`", "`DEBUG`").contains("DATABASE_POOL_SIZE"));
    }

    #[test]
    fn a_count_that_is_not_the_templates_is_caught() {
        let counts = read("docs/costs/deployment.json");
        let memory = planted("MemorySize: 512", "MemorySize: 1024");
        assert!(of_costs(&counts, &memory).join("\n").contains("function_memory_mb"));
        let fewer =
            counts.replace("\"secrets\": 4", "\"secrets\": 3").replace("\"alarms\": 42", "\"alarms\": 1");
        let found = of_costs(&fewer, &template()).join("\n");
        assert!(found.contains("secrets") && found.contains("alarms"), "{found}");
    }
}
