//! Dashboards and alarms against the metrics that the code leaves, and against the runbook. cfn-lint reads neither a
//! dashboard's body nor a metric's name.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read the project must fail")]

mod alarms;
mod dashboards;
mod document;
mod metrics;
mod runbook;

use document::Template;
use shared::telemetry::catalogue::METRICS;
use std::path::PathBuf;

/// Where the dashboards and alarms stand.
const TEMPLATE: &str = "template-observability.yaml";
const RUNBOOK: &str = "docs/RUNBOOK.md";
/// The functions that answer requests.
const HTTP_FUNCTIONS: [&str; 4] = ["ingest", "alerts", "investigations", "health"];

fn text(path: &str) -> String {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(project.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn template() -> Template {
    Template::read(&text(TEMPLATE))
}

/// The template with one text replaced by another, for the tests of the tests.
fn planted(from: &str, to: &str) -> Template {
    let text = text(TEMPLATE);
    assert!(text.contains(from), "{from} is not in {TEMPLATE}");
    Template::read(&text.replacen(from, to, 1))
}

fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{}", findings.join("\n"));
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
fn alarms_watch_metrics_that_there_are() {
    assert_none(&alarms::findings(&template(), METRICS));
}

#[test]
fn every_metric_is_left_by_the_code() {
    assert_none(&metrics::left_nowhere(METRICS));
}

#[test]
fn every_alarm_has_its_section_and_every_section_its_alarm() {
    assert_none(&runbook::findings(&template(), &text(RUNBOOK)));
}

#[test]
fn the_runbook_says_how_many_custom_metrics_there_are_and_what_they_cost() {
    let n = metrics::n_custom(METRICS);
    let cents = n * 30;
    let expected = format!("{n} custom metrics, {}.{:02} USD a month", cents / 100, cents % 100);
    assert!(text(RUNBOOK).contains(&expected), "{RUNBOOK} does not say: {expected}");
}
