//! The runbook: one section an alarm, with what it means, the first three things to look at, and how to mend it.

use super::alarms;
use crate::document::{Finding, Template};
use std::collections::BTreeSet;

/// A section of level three, and the alarms that its heading names.
struct Section<'a> {
    alarms: Vec<&'a str>,
    text: &'a str,
}

/// The sections below `## Alarms`.
fn sections(runbook: &str) -> Vec<Section<'_>> {
    let alarms = runbook.split("\n## ").find(|part| part.starts_with("Alarms\n")).unwrap_or_default();
    let parts = alarms.split("\n### ").skip(1);
    parts
        .map(|part| {
            let (heading, text) = part.split_once('\n').unwrap_or((part, ""));
            Section { alarms: heading.split(", ").map(str::trim).collect(), text }
        })
        .collect()
}

/// Alarms without a section, sections without an alarm, and sections that leave something out.
pub(crate) fn findings(template: &Template, runbook: &str) -> Vec<Finding> {
    let alarms = alarms::ids(template);
    let sections = sections(runbook);
    let described: BTreeSet<String> =
        sections.iter().flat_map(|section| section.alarms.iter().map(|alarm| (*alarm).to_owned())).collect();
    let mut found: Vec<String> =
        alarms.difference(&described).map(|alarm| format!("{alarm} has no section")).collect();
    found.extend(described.difference(&alarms).map(|alarm| format!("{alarm} has a section and is no alarm")));
    for section in &sections {
        let parts = ["**Meaning.** ", "**Look at first.**", "\n1. ", "\n2. ", "\n3. ", "**Mend.** "];
        for part in parts.into_iter().filter(|part| section.text.matches(part).count() != 1) {
            found.push(format!("{} must say {} once", section.alarms.join(", "), part.trim()));
        }
    }
    found
}

#[cfg(test)]
mod caught {
    use super::*;
    use crate::observability::RUNBOOK;
    use crate::real::{planted, read, template};

    #[test]
    fn an_alarm_without_a_section_is_caught() {
        let found = findings(&planted("  ModelOld:\n", "  ModelStale:\n"), &read(RUNBOOK));
        assert_eq!(found, ["ModelStale has no section", "ModelOld has a section and is no alarm"]);
    }

    #[test]
    fn a_section_that_leaves_something_out_is_caught() {
        let runbook = read(RUNBOOK).replacen("\n3. ", "\n4. ", 1);
        let found = findings(&template(), &runbook);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with("must say 3. once"), "{found:?}");
    }
}
