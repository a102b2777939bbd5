//! Whether the sections say what the audit events say. The manifest can be made anew by whoever changes a section; the
//! chain cannot without its anchor.

use super::check::{Finding, finding};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Sections that say something else than the trail, or name what is not there.
pub(super) fn findings(sections: &Value) -> Vec<Finding> {
    let events: Vec<&Value> = sections["audit"]["events"].as_array().into_iter().flatten().collect();
    let (said, mut found) = last_words(&events);
    found.extend(of_alert(&sections["alert"], &said));
    found.extend(of_raise(sections, events.first().map_or(&Value::Null, |event| &event["after"])));
    found.extend(of_references(sections));
    found
}

/// What an alert is moved by; each change of one of them is an event.
const STANDING: [&str; 10] = [
    "status",
    "severity",
    "assignee",
    "is_escalated",
    "disposition",
    "notes",
    "confidence",
    "decided_by",
    "approved_by",
    "proposal",
];

/// What the events say last of each thing, and which of them began elsewhere than the ones before it ended: what was
/// changed between two moves, past the trail.
fn last_words(events: &[&Value]) -> (Map<String, Value>, Vec<Finding>) {
    // What no event has told of was not there.
    let mut said: Map<String, Value> =
        ["approved_by", "proposal"].map(|name| (name.to_owned(), Value::Null)).into_iter().collect();
    let mut found = Vec::new();
    for event in events {
        for (name, before) in event["before"].as_object().into_iter().flatten() {
            let is_other = said.get(name).is_some_and(|said| said != before);
            if is_other && STANDING.contains(&name.as_str()) {
                let sequence = &event["sequence"];
                found.push(finding(
                    "audit",
                    format!("event {sequence}: the {name} before it is not what the events until then say"),
                ));
            }
        }
        let after = event["after"].as_object().into_iter().flatten();
        said.extend(after.map(|(name, value)| (name.clone(), value.clone())));
    }
    (said, found)
}

fn of_alert(alert: &Value, said: &Map<String, Value>) -> Vec<Finding> {
    let decision = &alert["decision"];
    let of_decision = ["disposition", "notes", "confidence", "decided_by", "approved_by"];
    let shown = STANDING.map(|name| {
        let section = if of_decision.contains(&name) { decision } else { alert };
        (name, &section[name])
    });
    let differing =
        shown.into_iter().filter(|(name, shown)| said.get(*name).is_some_and(|said| said != *shown));
    differing
        .map(|(name, _)| finding("alert", format!("its {name} is not what the audit events say")))
        .collect()
}

/// The assessment that raised the alert is there, with the score and the configuration that the first event names.
fn of_raise(sections: &Value, raised: &Value) -> Vec<Finding> {
    let Some(id) = raised["assessment_id"].as_str() else {
        return Vec::new();
    };
    let assessments = sections["assessments"].as_array().into_iter().flatten();
    let Some(assessment) = assessments.into_iter().find(|assessment| assessment["id"] == id) else {
        return vec![finding("assessments", format!("{id}, which raised the alert, is missing"))];
    };
    let shown = [
        ("risk_score", &assessment["risk_score"], &raised["risk_score"]),
        ("severity", &assessment["severity"], &raised["severity"]),
        ("configuration", &assessment["versions"]["configuration"], &raised["configuration_version"]),
    ];
    let differing = shown.into_iter().filter(|(_, shown, said)| !said.is_null() && shown != said);
    differing
        .map(|(name, ..)| {
            finding("assessments", format!("the {name} of {id} is not what the first event says"))
        })
        .collect()
}

/// Every transaction, configuration and model that an assessment names is there.
fn of_references(sections: &Value) -> Vec<Finding> {
    let known = |section: &str, name: &str| -> BTreeSet<String> {
        let items = sections[section].as_array().into_iter().flatten();
        items.map(|item| item[name].to_string()).collect()
    };
    let transactions = known("transactions", "id");
    let configurations = known("configurations", "version");
    let models = known("models", "id");
    let mut found = BTreeSet::new();
    for assessment in sections["assessments"].as_array().into_iter().flatten() {
        let versions = &assessment["versions"];
        let named = [
            ("transactions", &assessment["transaction_id"], &transactions),
            ("configurations", &versions["configuration"], &configurations),
            ("models", &versions["baseline"], &models),
            ("models", &versions["model"], &models),
        ];
        let missing = named.iter().filter(|(_, id, known)| !id.is_null() && !known.contains(&id.to_string()));
        found.extend(missing.map(|(section, id, _)| (*section, id.to_string())));
    }
    let told = |(section, id): (&str, String)| {
        finding(section, format!("{id}, which an assessment names, is missing"))
    };
    found.into_iter().map(told).collect()
}
