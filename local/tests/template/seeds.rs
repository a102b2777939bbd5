//! Values that make a configuration version: the migrate function alone makes one of them, so that each is a property of
//! the custom resource. CloudFormation asks it again when a property has changed, and only then.

use super::document::{Finding, Template};
use std::collections::BTreeSet;

/// Where the settings are read.
pub(crate) const READER: &str = "shared/src/config/reader.rs";

/// Whether a changed value counts at all; it is read beside them.
const PIN: &str = "CONFIG_PIN";

/// Values of which a change would go unnoticed. `reader` is the text of [`READER`].
pub(crate) fn findings(template: &Template, reader: &str) -> Vec<Finding> {
    let given = &template.properties("Schema")["Configuration"];
    let variables = &template.section("Globals")["Function"]["Environment"]["Variables"];
    let seeds = seeds(reader);
    let unnoticed = seeds.iter().filter(|name| given[name].is_null() || given[name] != variables[name]);
    let unnoticed =
        unnoticed.map(|name| format!("Schema: Configuration has not {name} as {}", variables[name]));
    let others = given.as_object().into_iter().flatten().filter(|(name, _)| !seeds.contains(*name));
    let others = others.map(|(name, _)| format!("Schema: {name} makes no configuration version"));
    unnoticed.chain(others).collect()
}

/// The settings that `fn initial` reads, and the pin.
fn seeds(reader: &str) -> BTreeSet<String> {
    let from = reader.split("fn initial(").nth(1).unwrap_or_default();
    let body = from.split("\n    fn ").next().unwrap_or_default();
    let quoted = body.split('"').skip(1).step_by(2);
    let names = quoted.filter(|text| text.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
    names.chain([PIN]).map(str::to_owned).collect()
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::{planted, read, template};
    use serde_json::json;

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to), &read(READER)).join("\n")
    }

    #[test]
    fn a_value_whose_change_would_go_unnoticed_is_caught() {
        let caught =
            caught("        WEIGHT_ML: !Ref WeightMl\n        ALERT_CAP_PER", "        ALERT_CAP_PER");
        // The first place is that of all functions; either way the two differ.
        assert!(caught.contains("Schema: Configuration has not WEIGHT_ML"), "{caught}");
        let more = read(READER).replacen("self.unit(\"ALERT_BUDGET\")", "self.unit(\"ALERT_FLOOR\")", 1);
        let found = findings(&template(), &more).join("\n");
        assert!(found.contains("Schema: Configuration has not ALERT_FLOOR"), "{found}");
        assert!(found.contains("Schema: ALERT_BUDGET makes no configuration version"), "{found}");
    }

    #[test]
    fn another_parameter_than_the_functions_is_caught() {
        let schema = "      Configuration:\n        RISK_THRESHOLD_HIGH: !Ref RiskThresholdHigh";
        let caught =
            caught(schema, "      Configuration:\n        RISK_THRESHOLD_HIGH: !Ref RiskThresholdMedium");
        assert_eq!(
            caught,
            format!(
                "Schema: Configuration has not RISK_THRESHOLD_HIGH as {}",
                json!({"Ref": "RiskThresholdHigh"})
            )
        );
    }

    #[test]
    fn the_reader_names_what_seeds() {
        let seeds = seeds(&read(READER));
        assert!(seeds.contains("RISK_THRESHOLD_HIGH") && seeds.contains("WEIGHT_ML"), "{seeds:?}");
        assert!(!seeds.contains("LOG_LEVEL"), "{seeds:?}");
    }
}
