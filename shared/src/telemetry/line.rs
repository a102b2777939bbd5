//! One invocation's metric line, in CloudWatch's embedded metric format. CloudWatch makes metrics of it out of the log;
//! no call leaves the function.

use super::catalogue::{self, Dimensions, Metric, NAMESPACE, Unit};
use super::meter::Reading;
use jiff::Timestamp;
use metrique_writer::format::Format;
use metrique_writer::unit::NegativeScale;
use metrique_writer::value::MetricFlags;
use metrique_writer::{Entry, EntryWriter, Observation, Value, ValueWriter};
use metrique_writer_format_emf::{Emf, MetricDefinition, MetricDirective, NoMetric};
use std::io;
use std::time::SystemTime;

/// What a line says beside its values.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// When it ended.
    pub at: Timestamp,
    /// Where the code runs.
    pub environment: &'a str,
    /// Which function.
    pub function: &'a str,
    /// Method and path as the router knows it; none of what is no request.
    pub route: Option<&'a str>,
    /// Ours, to find the invocation's log lines by.
    pub request_id: Option<&'a str>,
}

/// Writes the line, with its end. Nothing where there are no values. A value that is told apart by the route is left
/// out where there is none.
///
/// # Errors
/// When the writer refuses it.
pub fn write(invocation: Invocation<'_>, readings: &[Reading], out: &mut impl io::Write) -> io::Result<()> {
    let is_told =
        |reading: &&Reading| reading.metric.dimensions != Dimensions::Route || invocation.route.is_some();
    let readings: Vec<&Reading> = readings.iter().filter(is_told).collect();
    if readings.is_empty() {
        return Ok(());
    }
    let mut emf = format_of(&readings);
    emf.format(&Line { invocation, readings }, out).map_err(io::Error::other)
}

/// A format that tells each metric by its own dimensions and no others: a set of dimensions more would be a custom
/// metric more.
fn format_of(readings: &[&Reading]) -> Emf {
    let of = |dimensions: Dimensions| -> Vec<MetricDefinition<'static>> {
        let metrics = readings.iter().map(|reading| reading.metric);
        metrics.filter(|metric| metric.dimensions == dimensions).map(definition).collect()
    };
    let mut groups =
        Dimensions::ALL.into_iter().map(|each| (each, of(each))).filter(|(_, of)| !of.is_empty());
    let first = groups.next().map_or(Dimensions::Environment, |(dimensions, _)| dimensions);
    let names = first.names().iter().map(|name| (*name).to_owned()).collect();
    let builder =
        groups.fold(Emf::builder(NAMESPACE.into(), vec![names]), |builder, (dimensions, metrics)| {
            let dimensions = vec![dimensions.names().to_vec()];
            builder.directive(MetricDirective { dimensions, metrics, namespace: NAMESPACE })
        });
    builder.build()
}

fn definition(metric: Metric) -> MetricDefinition<'static> {
    MetricDefinition { name: metric.name, unit: unit(metric), storage_resolution: None }
}

fn unit(metric: Metric) -> metrique_writer::Unit {
    match metric.unit {
        Unit::Count => metrique_writer::Unit::Count,
        Unit::Milliseconds => metrique_writer::Unit::Second(NegativeScale::Milli),
        Unit::Seconds => metrique_writer::Unit::Second(NegativeScale::One),
        Unit::Percent => metrique_writer::Unit::Percent,
        Unit::Index => metrique_writer::Unit::None,
    }
}

struct Line<'a> {
    invocation: Invocation<'a>,
    readings: Vec<&'a Reading>,
}

impl Entry for Line<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.timestamp(SystemTime::from(self.invocation.at));
        writer.value(catalogue::ENVIRONMENT, self.invocation.environment);
        writer.value(catalogue::FUNCTION, self.invocation.function);
        if let Some(route) = self.invocation.route {
            writer.value(catalogue::ROUTE, route);
        }
        if let Some(request_id) = self.invocation.request_id {
            writer.value("request_id", request_id);
        }
        // The first group's dimensions are the format's own; the others have a directive each.
        let first =
            self.readings.iter().map(|reading| reading.metric.dimensions).min_by_key(|it| it.names().len());
        for reading in &self.readings {
            if Some(reading.metric.dimensions) == first {
                writer.value(reading.metric.name, &Measured(reading));
            } else {
                writer.value(reading.metric.name, &NoMetric::from(Measured(reading)));
            }
        }
    }
}

struct Measured<'a>(&'a Reading);

impl Value for Measured<'_> {
    fn write(&self, writer: impl ValueWriter) {
        let Reading { metric, total, n } = *self.0;
        let observation = if n == 1 {
            Observation::Floating(total)
        } else {
            Observation::Repeated { total, occurrences: n }
        };
        writer.metric([observation], unit(metric), [], MetricFlags::empty());
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{LATENCY, QUEUE_DEPTH, REQUESTS, SCORING_TIME, TRANSACTIONS};
    use super::*;
    use serde_json::{Value, json};

    const INVOCATION: Invocation<'static> = Invocation {
        at: Timestamp::UNIX_EPOCH,
        environment: "production",
        function: "ingest",
        route: Some("POST /api/v1/transactions"),
        request_id: Some("req-1"),
    };

    fn written(invocation: Invocation<'_>, readings: &[Reading]) -> String {
        let mut out = Vec::new();
        write(invocation, readings, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_line_tells_each_metric_by_its_own_dimensions() {
        let readings = [
            Reading::once(REQUESTS, 1.0),
            Reading::once(LATENCY, 12.5),
            Reading::once(TRANSACTIONS, 3.0),
            Reading { metric: SCORING_TIME, total: 6.0, n: 3 },
        ];
        let text = written(INVOCATION, &readings);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        let directive = |dimensions: Value, metrics: Value| json!({"Namespace": "Telltale", "Dimensions": [dimensions], "Metrics": metrics});
        assert_eq!(
            line["_aws"]["CloudWatchMetrics"],
            json!([
                directive(
                    json!(["environment"]),
                    json!([
                        {"Name": "Transactions", "Unit": "Count"},
                        {"Name": "ScoringTime", "Unit": "Milliseconds"},
                    ])
                ),
                directive(json!(["environment", "function"]), json!([{"Name": "Requests", "Unit": "Count"}])),
                directive(
                    json!(["environment", "function", "route"]),
                    json!([{"Name": "Latency", "Unit": "Milliseconds"}]),
                ),
            ])
        );
        assert_eq!(line["_aws"]["Timestamp"], 0);
        assert_eq!(line["environment"], "production");
        assert_eq!(line["function"], "ingest");
        assert_eq!(line["route"], "POST /api/v1/transactions");
        assert_eq!(line["request_id"], "req-1");
        assert_eq!(line["Requests"], 1);
        assert_eq!(line["Latency"], json!(12.5));
        assert_eq!(line["ScoringTime"], json!({"Values": [2], "Counts": [3]}));
    }

    #[test]
    fn without_a_route_nothing_is_told_by_route() {
        let invocation = Invocation { route: None, request_id: None, ..INVOCATION };
        let text = written(invocation, &[Reading::once(QUEUE_DEPTH, 4.0), Reading::once(LATENCY, 1.0)]);
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["QueueDepth"], line.get("Latency")), (&json!(4), None));
        assert_eq!(written(invocation, &[Reading::once(LATENCY, 1.0)]), "");
    }
}
