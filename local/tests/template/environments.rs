//! Three places, one code: `samconfig.toml` gives values to parameters, and the template asks for no place's name.

use super::document::{Finding, Template, objects};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A place and the values of its parameters.
pub(crate) type Place = (String, BTreeMap<String, String>);

/// What a place may say beside its parameters: how `sam` is called, never what is deployed.
const HOW: [(&str, &[&str]); 4] = [
    ("global", &["stack_name"]),
    ("validate", &["lint"]),
    ("build", &["beta_features"]),
    (
        "deploy",
        &[
            "capabilities",
            "resolve_s3",
            "confirm_changeset",
            "fail_on_empty_changeset",
            "tags",
            "parameter_overrides",
        ],
    ),
];

/// Every place of a `samconfig.toml`.
pub(crate) fn places(samconfig: &str) -> Vec<Place> {
    let config: toml::Table = samconfig.parse().unwrap();
    let tables = config.iter().filter_map(|(name, table)| Some((name, table.as_table()?)));
    let overrides = |place: &toml::Table| -> Option<BTreeMap<String, String>> {
        let pairs = place.get("deploy")?.get("parameters")?.get("parameter_overrides")?.as_array()?;
        let pairs = pairs.iter().filter_map(|pair| pair.as_str()?.split_once('='));
        Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    };
    tables.map(|(name, place)| (name.clone(), overrides(place).unwrap_or_default())).collect()
}

/// Values that no parameter takes, more than configuration, conditions on a place's name.
pub(crate) fn findings(template: &Template, samconfig: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let places = places(samconfig);
    for name in ["default", "staging", "production"] {
        if !places.iter().any(|(place, _)| place == name) {
            found.push(format!("samconfig.toml has no {name}"));
        }
    }
    for (place, overrides) in &places {
        for (name, value) in overrides {
            let wrong = wrong_value(&template.section("Parameters")[name], value);
            found.extend(wrong.map(|what| format!("{place}: {name}={value}: {what}")));
        }
    }
    found.extend(more_than_how(samconfig));
    let asks = objects(template.section("Conditions"));
    if asks.iter().any(|map| map.get("Ref") == Some(&json!("Environment"))) {
        found.push("a condition asks for the environment's name; make what differs a parameter".to_owned());
    }
    found
}

fn wrong_value(parameter: &Value, value: &str) -> Option<Finding> {
    let Some(definition) = parameter.as_object() else {
        return Some("the template has no such parameter".to_owned());
    };
    let allowed = definition.get("AllowedValues").and_then(Value::as_array);
    let text = |allowed: &Value| allowed.as_str().map_or_else(|| allowed.to_string(), str::to_owned);
    if allowed.is_some_and(|allowed| !allowed.iter().any(|allowed| text(allowed) == value)) {
        return Some("is none of the allowed values".to_owned());
    }
    (definition["Type"] == "Number" && value.parse::<u64>().is_err()).then(|| "is no number".to_owned())
}

fn more_than_how(samconfig: &str) -> Vec<Finding> {
    let config: toml::Table = samconfig.parse().unwrap();
    let mut found = Vec::new();
    for (place, commands) in config.iter().filter_map(|(place, table)| Some((place, table.as_table()?))) {
        for (command, table) in commands {
            let known = HOW.iter().find(|(name, _)| name == command).map_or(&[][..], |(_, known)| known);
            let keys = table.get("parameters").and_then(toml::Value::as_table).into_iter().flatten();
            for (key, _) in keys.filter(|(key, _)| !known.contains(&key.as_str())) {
                found.push(format!("{place}: {command}.{key} is more than configuration"));
            }
        }
    }
    found
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::{SAMCONFIG, planted, read, template};

    fn caught(from: &str, to: &str) -> String {
        let samconfig = read(SAMCONFIG);
        assert!(samconfig.contains(from), "samconfig.toml has no {from}");
        findings(&template(), &samconfig.replace(from, to)).join("\n")
    }

    #[test]
    fn a_value_without_its_parameter_is_caught() {
        assert!(caught("DatabaseMultiAz=true", "MultiAz=true").contains("no such parameter"));
        assert!(caught("DatabaseMultiAz=true", "DatabaseMultiAz=yes").contains("none of the allowed values"));
        assert!(
            caught("LogRetentionDays=365", "LogRetentionDays=366").contains("none of the allowed values")
        );
        assert!(caught("IngestConcurrency=80", "IngestConcurrency=many").contains("is no number"));
    }

    #[test]
    fn a_place_that_is_not_there_is_caught() {
        assert!(caught("[production.", "[live.").contains("samconfig.toml has no production"));
    }

    #[test]
    fn another_template_for_one_place_is_caught() {
        let own = "[staging.deploy.parameters]\ntemplate_file = \"staging.yaml\"";
        assert!(caught("[staging.deploy.parameters]", own).contains("deploy.template_file is more than"));
    }

    #[test]
    fn a_condition_on_a_places_name_is_caught() {
        let asking = planted(
            "!Equals [!Ref ManageGatewayAccount, \"true\"]",
            "!Equals [!Ref Environment, production]",
        );
        assert!(findings(&asking, &read(SAMCONFIG)).join("\n").contains("asks for the environment's name"));
    }
}
