//! The catalogue of metrics against the dashboards and the code.

use super::{dashboards, http_functions};
use crate::document::{Finding, Template};
use crate::real::{operations, read};
use serde_json::Value;
use shared::telemetry::catalogue::{Dimensions, FUNCTION, Metric, NAMESPACE};
use std::collections::BTreeSet;

/// A metric as somebody names it: its name and its dimensions, in order.
pub(crate) type Named = (String, Vec<String>);

/// Metrics of ours that the dashboards show, and each of the catalogue that they do not.
pub(crate) fn on_dashboards(template: &Template, catalogue: &[Metric]) -> Vec<Finding> {
    let widgets = dashboards::widgets(template);
    let shown: BTreeSet<Named> = widgets.iter().flat_map(named_by).collect();
    let known: BTreeSet<Named> = catalogue.iter().map(named).collect();
    let unknown =
        shown.difference(&known).map(|(name, by)| format!("{name} by {by:?} is shown, and left by nobody"));
    let unseen = known.difference(&shown).map(|(name, by)| format!("{name} by {by:?} is on no dashboard"));
    let functions = http_functions(template);
    let rows: Vec<String> = widgets.iter().flat_map(rows).map(Value::to_string).collect();
    let without =
        catalogue.iter().filter(|metric| metric.dimensions == Dimensions::Function).flat_map(|metric| {
            let is_shown = |function: &String| {
                let (name, function) =
                    (format!("\"{}\"", metric.name), format!("\"{FUNCTION}\",\"{function}\""));
                rows.iter().any(|row| row.contains(&name) && row.contains(&function))
            };
            let missing = functions.iter().filter(move |function| !is_shown(function));
            missing.map(|function| format!("{} of {function} is on no dashboard", metric.name))
        });
    unknown.chain(unseen).chain(without).collect()
}

/// The catalogue's own name of it.
pub(crate) fn named(metric: &Metric) -> Named {
    (metric.name.to_owned(), metric.dimensions.names().iter().map(|name| (*name).to_owned()).collect())
}

fn named_by(widget: &Value) -> Vec<Named> {
    rows(widget).filter_map(|row| named_by_row(row.as_array()?)).collect()
}

fn rows(widget: &Value) -> impl Iterator<Item = &Value> {
    widget["properties"]["metrics"].as_array().into_iter().flatten()
}

/// `[namespace, name, dimension, value, .., {options}]`, or `[{"expression": "SEARCH(..)"}]`.
fn named_by_row(row: &[Value]) -> Option<Named> {
    if let Some(expression) = row.first()?["expression"].as_str() {
        return named_by_search(expression);
    }
    let words: Vec<&str> = row.iter().filter_map(Value::as_str).collect();
    let [namespace, name, dimensions @ ..] = words.as_slice() else { return None };
    let by = dimensions.chunks(2).map(|pair| pair[0].to_owned()).collect();
    (*namespace == NAMESPACE).then(|| ((*name).to_owned(), by))
}

/// `SEARCH('{namespace,dimension,..} MetricName="name" ..`.
fn named_by_search(expression: &str) -> Option<Named> {
    let (schema, rest) = expression.strip_prefix("SEARCH('{")?.split_once('}')?;
    let (namespace, dimensions) = schema.split_once(',')?;
    let name = rest.split_once("MetricName=\"")?.1.split_once('"')?.0;
    let by = dimensions.split(',').map(str::to_owned).collect();
    (namespace == NAMESPACE).then(|| (name.to_owned(), by))
}

/// Metrics that no code leaves: whose constant is used nowhere but in the catalogue.
pub(crate) fn left_nowhere(catalogue: &[Metric]) -> Vec<Finding> {
    let sources = ["shared/src/telemetry/meter.rs", "shared/src/http/measure.rs"].map(read);
    let constants = read("shared/src/telemetry/catalogue.rs");
    let unused = catalogue.iter().filter(|metric| {
        let quoted = format!(": \"{}\",", metric.name);
        let line = constants.lines().find(|line| line.contains(&quoted)).unwrap_or_default();
        let constant = line.trim().split(':').next().unwrap_or_default();
        let is_used = |source: &String| {
            let shipped = source.split("#[cfg(test)]").next().unwrap_or_default();
            let words = shipped.split(|c: char| !c.is_ascii_uppercase() && c != '_');
            words.filter(|word| *word == constant).count() > 0
        };
        constant.is_empty() || !sources.iter().any(is_used)
    });
    unused.map(|metric| format!("{} is left by no code", metric.name)).collect()
}

/// The custom metrics that a deployment has at most: a metric for each combination of its dimensions' values. Each
/// function has, beside its routes, what no route takes.
pub(crate) fn n_custom(template: &Template, catalogue: &[Metric]) -> usize {
    let functions = http_functions(template);
    let n_routes = operations().len();
    let n_of = |metric: &Metric| match metric.dimensions {
        Dimensions::Environment => 1,
        Dimensions::Function => functions.len(),
        Dimensions::Route => n_routes + functions.len(),
    };
    catalogue.iter().map(n_of).sum()
}

#[cfg(test)]
mod caught {
    use super::*;
    use crate::real::{planted, template};
    use shared::telemetry::catalogue::{Kind, METRICS, Unit};

    #[test]
    fn a_metric_that_a_dashboard_alone_names_is_caught() {
        let found = on_dashboards(&planted("\"QueueDepth\"", "\"QueueLength\""), METRICS).join("\n");
        assert!(found.contains("QueueLength by [\"environment\"] is shown, and left by nobody"), "{found}");
        assert!(found.contains("QueueDepth by [\"environment\"] is on no dashboard"), "{found}");
    }

    #[test]
    fn other_dimensions_than_the_codes_are_caught() {
        let found = on_dashboards(&planted("\"function\", \"ingest\", ", ""), METRICS).join("\n");
        assert!(found.contains("Requests by [\"environment\"] is shown"), "{found}");
        let search = "{Telltale,environment,function,route}";
        for n in 1..=3 {
            let found = on_dashboards(&planted(search, "{Telltale,environment,route}"), METRICS).join("\n");
            assert!(found.contains("Latency by [\"environment\", \"route\"] is shown"), "{n}: {found}");
        }
    }

    #[test]
    fn a_function_that_no_dashboard_shows_is_caught() {
        let row = r#""ColdStarts", "environment", "${Environment}", "function", "health""#;
        let other = r#""ColdStarts", "environment", "${Environment}", "function", "ingest""#;
        assert_eq!(on_dashboards(&planted(row, other), METRICS), ["ColdStarts of health is on no dashboard"]);
    }

    #[test]
    fn a_metric_that_the_catalogue_alone_names_is_caught() {
        let new = Metric {
            name: "NewThings",
            kind: Kind::Sum,
            unit: Unit::Count,
            dimensions: Dimensions::Environment,
            meaning: "New things.",
        };
        let more: Vec<Metric> = METRICS.iter().copied().chain([new]).collect();
        assert_eq!(on_dashboards(&template(), &more), ["NewThings by [\"environment\"] is on no dashboard"]);
        assert_eq!(left_nowhere(&more), ["NewThings is left by no code"]);
    }
}
