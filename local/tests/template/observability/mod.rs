//! Dashboards and alarms against the metrics that the code leaves, and against the runbook. cfn-lint reads neither a
//! dashboard's body nor a metric's name.

mod alarms;
mod dashboards;
mod metrics;
mod runbook;

use crate::assert_none;
use crate::document::{Function, Template};
use crate::real::{read, template};
use shared::telemetry::catalogue::METRICS;

const RUNBOOK: &str = "docs/RUNBOOK.md";

/// The functions that answer requests.
fn http_functions(template: &Template) -> Vec<String> {
    template.functions().iter().filter(|function| function.is_http()).map(Function::package).collect()
}

#[test]
fn dashboards_are_json_that_cloudwatch_can_draw() {
    let template = template();
    assert_eq!(template.resources("AWS::CloudWatch::Dashboard").count(), 2);
    assert_none(&dashboards::findings(&template));
}

#[test]
fn the_dashboards_show_every_metric_and_no_other() {
    assert_none(&metrics::on_dashboards(&template(), METRICS));
}

#[test]
fn alarms_watch_metrics_that_there_are_of_every_function() {
    assert_none(&alarms::findings(&template(), METRICS));
}

#[test]
fn every_metric_is_left_by_the_code() {
    assert_none(&metrics::left_nowhere(METRICS));
}

#[test]
fn every_alarm_has_its_section_and_every_section_its_alarm() {
    assert_none(&runbook::findings(&template(), &read(RUNBOOK)));
}

#[test]
fn the_runbook_says_how_many_custom_metrics_there_are_and_what_they_cost() {
    let n = metrics::n_custom(&template(), METRICS);
    let cents = n * 30;
    let expected = format!("{n} custom metrics, {}.{:02} USD a month", cents / 100, cents % 100);
    assert!(read(RUNBOOK).contains(&expected), "{RUNBOOK} does not say: {expected}");
}

#[test]
fn the_cost_sheet_counts_the_custom_metrics_there_are() {
    let counts: serde_json::Value = serde_json::from_str(&read("docs/costs/deployment.json")).unwrap();
    assert_eq!(counts["custom_metrics"], metrics::n_custom(&template(), METRICS));
}
