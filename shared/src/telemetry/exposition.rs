//! Readings as Prometheus text: what the database says, and what a local process did.

use super::catalogue::{ENVIRONMENT, Kind, METRICS, Metric, ROUTE};
use super::meter::Reading;
use super::since_start::SinceStart;
use prometheus_client::encoding::prometheus_text;
pub use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::borrow::Cow;
use std::sync::atomic::AtomicU64;

/// The quantiles of times.
const QUANTILES: [(&str, f64); 3] = [("0.5", 0.5), ("0.95", 0.95), ("0.99", 0.99)];

type Labels = Vec<(&'static str, String)>;
type Gauges = Family<Labels, Gauge<f64, AtomicU64>>;
type Counters = Family<Labels, Counter<f64, AtomicU64>>;

/// Writes the text. `gauges` are values as of now; `kept` adds up what the process did, where it is asked for.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn text(
    environment: &'static str,
    gauges: &[Reading],
    kept: Option<&SinceStart>,
) -> Result<String, std::fmt::Error> {
    let labels = [(Cow::Borrowed(ENVIRONMENT), Cow::Borrowed(environment))];
    let mut registry = Registry::with_labels(labels.into_iter());
    for metric in METRICS {
        if let Some(reading) = gauges.iter().find(|reading| reading.metric == *metric) {
            let gauge = Gauge::<f64, AtomicU64>::default();
            gauge.set(reading.total);
            registry.register(metric.exposed_name(), described(metric), gauge);
        } else if let Some(kept) = kept {
            register_kept(&mut registry, metric, kept);
        }
    }
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

fn register_kept(registry: &mut Registry, metric: &Metric, kept: &SinceStart) {
    let series = || kept.series().filter(|(_, series)| series.metric == *metric);
    if series().next().is_none() {
        return;
    }
    if metric.kind == Kind::Time {
        let family = Gauges::default();
        for (route, series) in series() {
            for (name, share) in QUANTILES {
                let mut labels = labels(route);
                labels.push(("quantile", name.to_owned()));
                family.get_or_create(&labels).set(series.quantile(share).unwrap_or(f64::NAN));
            }
        }
        registry.register(metric.exposed_name(), described(metric), family);
    } else {
        let family = Counters::default();
        for (route, series) in series() {
            family.get_or_create(&labels(route)).inc_by(series.total);
        }
        registry.register(metric.exposed_name(), described(metric), family);
    }
}

fn labels(route: Option<&str>) -> Labels {
    route.map(|route| (ROUTE, route.to_owned())).into_iter().collect()
}

/// The encoder ends the sentence itself.
fn described(metric: &Metric) -> &'static str {
    metric.meaning.trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{LATENCY, QUEUE_DEPTH, REQUESTS};
    use super::*;

    #[test]
    fn gauges_counters_and_quantiles_are_told_with_their_labels() {
        let mut kept = SinceStart::default();
        let readings = [Reading::once(REQUESTS, 1.0), Reading::once(LATENCY, 5.0)];
        kept.add(Some("GET /health"), &readings);
        let told = text("local", &[Reading::once(QUEUE_DEPTH, 7.0)], Some(&kept)).unwrap();
        for line in [
            "# HELP telltale_queue_depth Alerts that wait to be claimed.",
            "# TYPE telltale_queue_depth gauge",
            "telltale_queue_depth{environment=\"local\"} 7.0",
            "# TYPE telltale_requests_total counter",
            "telltale_requests_total{environment=\"local\"} 1.0",
            "telltale_latency_milliseconds{environment=\"local\",route=\"GET /health\",quantile=\"0.5\"}",
        ] {
            assert!(told.contains(line), "{line} is missing in:\n{told}");
        }
    }

    #[test]
    fn a_process_that_is_not_asked_for_is_not_told() {
        let told = text("production", &[Reading::once(QUEUE_DEPTH, 7.0)], None).unwrap();
        assert_eq!(told.lines().count(), 3, "{told}");
    }
}
