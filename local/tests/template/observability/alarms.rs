//! Alarms on our own metrics: names, dimensions and values that the code leaves.

use super::http_functions;
use super::metrics::{Named, named};
use crate::document::{Finding, Template, objects};
use crate::real::{operations, routers};
use serde_json::Value;
use shared::telemetry::catalogue::{FUNCTION, Metric, NAMESPACE, ROUTE};
use std::collections::BTreeSet;

/// The logical ids of all alarms.
pub(crate) fn ids(template: &Template) -> BTreeSet<String> {
    template.resources("AWS::CloudWatch::Alarm").map(|(id, _)| id.to_owned()).collect()
}

/// What is wrong with the alarms.
pub(crate) fn findings(template: &Template, catalogue: &[Metric]) -> Vec<Finding> {
    let known: BTreeSet<Named> = catalogue.iter().map(named).collect();
    let functions = http_functions(template);
    let mut found = Vec::new();
    for (id, resource) in template.resources("AWS::CloudWatch::Alarm") {
        let alarm = &resource["Properties"];
        for watched in watched(alarm) {
            let wrong = in_metric(watched, &known, &functions);
            found.extend(wrong.into_iter().map(|what| format!("{id}: {what}")));
        }
        found.extend(unwatched(alarm, &functions).map(|what| format!("{id}: {what}")));
        for actions in ["AlarmActions", "OKActions"] {
            if alarm[actions].as_array().is_none_or(Vec::is_empty) {
                found.push(format!("{id}: {actions} tells nobody"));
            }
        }
        let description = alarm["AlarmDescription"].as_str().unwrap_or_default();
        if !description.contains("docs/RUNBOOK.md") {
            found.push(format!("{id}: the description does not lead to docs/RUNBOOK.md"));
        }
    }
    found
}

/// The metrics of ours that an alarm watches: its own, or those of its expression.
fn watched(alarm: &Value) -> Vec<&Value> {
    let queries = alarm["Metrics"].as_array().into_iter().flatten();
    let of_queries = queries.map(|query| &query["MetricStat"]["Metric"]);
    of_queries.chain([alarm]).filter(|metric| metric["Namespace"] == NAMESPACE).collect()
}

/// An alarm on several functions is one on all of them, and its expression counts each.
fn unwatched<'a>(alarm: &'a Value, functions: &'a [String]) -> impl Iterator<Item = Finding> + 'a {
    let queries = alarm["Metrics"].as_array();
    let counted = queries.map(|queries| {
        let expression = queries.iter().find_map(|query| query["Expression"].as_str()).unwrap_or_default();
        let words: BTreeSet<&str> = expression.split(|c: char| !c.is_alphanumeric()).collect();
        let is_of = |query: &Value, function: &str| {
            query["Id"] == function
                && objects(query).iter().any(|map| map.get("Value") == Some(&function.into()))
        };
        move |function: &str| words.contains(function) && queries.iter().any(|query| is_of(query, function))
    });
    let missing = functions.iter().filter(move |function| counted.as_ref().is_some_and(|is| !is(function)));
    missing.map(|function| format!("it does not watch {function}"))
}

fn in_metric(metric: &Value, known: &BTreeSet<Named>, functions: &[String]) -> Vec<Finding> {
    let name = metric["MetricName"].as_str().unwrap_or_default().to_owned();
    let dimensions = metric["Dimensions"].as_array().cloned().unwrap_or_default();
    let by: Vec<String> =
        dimensions.iter().filter_map(|dimension| Some(dimension["Name"].as_str()?.to_owned())).collect();
    let value = |wanted: &str| {
        let dimension = dimensions.iter().find(|dimension| dimension["Name"] == wanted)?;
        dimension["Value"].as_str()
    };
    let mut found = Vec::new();
    if let Some(function) = value(FUNCTION).filter(|name| !functions.iter().any(|function| function == name))
    {
        found.push(format!("there is no function {function}"));
    } else if let (Some(function), Some(route)) = (value(FUNCTION), value(ROUTE)) {
        let path = route.split(' ').nth(1).unwrap_or_default();
        let is_of_function = routers().iter().any(|(name, paths)| *name == function && paths.contains(path));
        let is_routed = is_of_function && operations().iter().any(|operation| operation == route);
        if !is_routed {
            found.push(format!("{function} has no route {route}"));
        }
    }
    if !known.contains(&(name.clone(), by.clone())) {
        found.push(format!("{name} by {by:?} is left by nobody"));
    }
    found
}

#[cfg(test)]
mod caught {
    use super::*;
    use crate::real::planted;
    use shared::telemetry::catalogue::METRICS;

    fn found(from: &str, to: &str) -> String {
        findings(&planted(from, to), METRICS).join("\n")
    }

    #[test]
    fn a_metric_that_an_alarm_alone_names_is_caught() {
        let found = found("MetricName: ModelAge", "MetricName: ModelYears");
        assert_eq!(found, "ModelOld: ModelYears by [\"environment\"] is left by nobody");
    }

    #[test]
    fn a_route_or_a_function_that_there_is_not_is_caught() {
        let route = found("GET /api/v1/alerts/{id}", "GET /api/v1/cases/{id}");
        assert_eq!(route, "AlertContextSlow: alerts has no route GET /api/v1/cases/{id}/context");
        let function = found("{Name: function, Value: ingest}", "{Name: function, Value: intake}");
        assert!(function.contains("RequestErrors: there is no function intake"), "{function}");
    }

    #[test]
    fn a_function_that_an_alarm_leaves_out_is_caught() {
        let expression = found(
            "SUM([ingest, alerts, investigations, admin, health])",
            "SUM([ingest, alerts, admin, health])",
        );
        assert_eq!(expression, "RequestErrors: it does not watch investigations");
        let query = found("- Id: investigations\n", "- Id: others\n");
        assert_eq!(query, "RequestErrors: it does not watch investigations");
    }

    #[test]
    fn an_alarm_that_tells_nobody_is_caught() {
        let found = found("      AlarmActions: [!Ref AlarmTopic]\n", "");
        assert_eq!(found, "IngestErrors: AlarmActions tells nobody");
    }
}
