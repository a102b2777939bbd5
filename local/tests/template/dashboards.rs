//! Metrics on dashboards and in alarms, against the metrics that the code emits: one that stands in one place only is
//! a finding. cfn-lint does not even see malformed JSON of a dashboard.

use super::document::{Finding, Template, objects};
use serde_json::Value;
use std::collections::BTreeSet;

/// Our metrics' namespace.
const NAMESPACE: &str = "Telltale";

/// Dashboards that are no JSON, metrics that nobody emits, metrics that nobody looks at. `emitted` are their names.
pub(crate) fn findings(template: &Template, emitted: &[&str]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut shown = BTreeSet::new();
    for (id, dashboard) in template.resources("AWS::CloudWatch::Dashboard") {
        match serde_json::from_str::<Value>(&text(&dashboard["Properties"]["DashboardBody"])) {
            Ok(body) => shown.extend(on_dashboard(&body)),
            Err(error) => found.push(format!("{id}: its body is not JSON: {error}")),
        }
    }
    for (_, alarm) in template.resources("AWS::CloudWatch::Alarm") {
        let ours = objects(alarm)
            .into_iter()
            .filter(|map| map.get("Namespace").is_some_and(|name| name == NAMESPACE));
        shown.extend(ours.filter_map(|map| Some(map.get("MetricName")?.as_str()?.to_owned())));
    }
    for name in shown.iter().filter(|name| !emitted.contains(&name.as_str())) {
        found.push(format!("the metric {name} is shown, and nothing emits it"));
    }
    for name in emitted.iter().filter(|name| !shown.contains(**name)) {
        found.push(format!("the metric {name} is emitted, and stands on no dashboard and in no alarm"));
    }
    found
}

/// A body's text, with a 0 where CloudFormation puts a value in: it stands for a number, and inside a text too.
fn text(body: &Value) -> String {
    let template = &body["Fn::Sub"];
    let template = template.get(0).unwrap_or(template).as_str().or(body.as_str()).unwrap_or_default();
    let mut parts = template.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "0" + part.split_once('}').map_or("", |(_, rest)| rest))
}

/// The names of our metrics on a dashboard: in lists of `[namespace, name, ...]`, where a dot repeats the line before,
/// and in search expressions.
fn on_dashboard(body: &Value) -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for map in objects(body) {
        let mut last = [String::new(), String::new()];
        for line in map.get("metrics").and_then(Value::as_array).into_iter().flatten() {
            for (place, last) in last.iter_mut().enumerate() {
                match line[place].as_str() {
                    Some(".") | None => {}
                    Some(text) => text.clone_into(last),
                }
            }
            if last[0] == NAMESPACE && line[0].is_string() {
                shown.insert(last[1].clone());
            }
        }
        if let Some(expression) = map.get("expression").and_then(Value::as_str) {
            shown.extend(searched(expression));
        }
    }
    shown
}

fn searched(expression: &str) -> Vec<String> {
    if !expression.contains(&format!("{{{NAMESPACE},")) {
        return Vec::new();
    }
    let names = expression.split("MetricName=").skip(1);
    names
        .filter_map(|rest| Some(rest.trim_start_matches('"').split(['"', ' ', '\'']).next()?.to_owned()))
        .collect()
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::planted;

    /// The real template with a dashboard of one widget and an alarm.
    fn caught(body: &str, alarm: &str) -> Vec<Finding> {
        let more = format!(
            "Resources:\n  Planted:\n    Type: AWS::CloudWatch::Dashboard\n    Properties:\n      DashboardBody: !Sub >-\n        {body}\n  PlantedAlarm:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {{Namespace: Telltale, MetricName: {alarm}}}\n"
        );
        let emitted = crate::real::metrics();
        let before = findings(&crate::real::template(), &emitted);
        let after =
            findings(&planted("Resources:\n", &more), &[&emitted[..], &["requests", "errors"]].concat());
        after.into_iter().filter(|finding| !before.contains(finding)).collect()
    }

    #[test]
    fn metrics_that_are_emitted_and_shown_are_no_finding() {
        let body = r#"{"widgets": [{"properties": {"region": "${AWS::Region}", "period": ${AlertBudget}, "metrics":
        [["Telltale", "requests", "route", "a"], [".", ".", ".", "b"]]}}]}"#;
        assert_eq!(caught(body, "errors"), Vec::<String>::new());
        let search = r#"{"widgets": [{"properties": {"metrics": [[{"expression":
        "SEARCH('{Telltale,route} MetricName=\"requests\"', 'Sum')"}]]}}]}"#;
        assert_eq!(caught(search, "errors"), Vec::<String>::new());
    }

    #[test]
    fn a_dashboard_that_is_no_json_is_caught() {
        let found =
            caught(r#"{"widgets": [{"properties": {"metrics": [["Telltale", "requests"],]}}]}"#, "errors");
        assert!(found[0].contains("Planted: its body is not JSON"), "{found:?}");
    }

    #[test]
    fn a_metric_in_one_place_only_is_caught() {
        let one = r#"{"widgets": [{"properties": {"metrics": [["Telltale", "request"], [".", "errors"]]}}]}"#;
        let found = caught(one, "errors").join("\n");
        assert!(found.contains("the metric request is shown, and nothing emits it"), "{found}");
        assert!(found.contains("the metric requests is emitted, and stands on no"), "{found}");
        let foreign = r#"{"widgets": [{"properties": {"metrics": [["AWS/Lambda", "requests"]]}}]}"#;
        assert!(caught(foreign, "errors").join("\n").contains("the metric requests is emitted"));
        let two = r#"{"widgets": [{"properties": {"metrics": [["Telltale", "requests"]]}}]}"#;
        assert!(caught(two, "error").join("\n").contains("the metric error is shown"));
    }
}
