//! What a process did since it began: for `GET /metrics` where one process serves everybody. On Lambda it says little,
//! since each instance knows only itself.

use super::catalogue::{Dimensions, Kind, Metric};
use super::meter::Reading;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;

/// Two digits are kept of each time, up to a minute.
const DIGITS: u8 = 2;
const LONGEST_MICROSECONDS: u64 = 60_000_000;

/// Sums and times, by metric and route.
#[derive(Debug, Clone, Default)]
pub struct SinceStart {
    series: BTreeMap<(&'static str, Option<String>), Series>,
}

/// One metric of one route, or of all.
#[derive(Debug, Clone)]
pub struct Series {
    /// Of what.
    pub metric: Metric,
    /// The sum of its values.
    pub total: f64,
    /// The single times of a metric that is a time, in microseconds.
    times: Option<Histogram<u64>>,
}

impl Series {
    fn new(metric: Metric) -> Self {
        let times = (metric.kind == Kind::Time)
            .then(|| Histogram::new_with_bounds(1, LONGEST_MICROSECONDS, DIGITS).ok());
        Self { metric, total: 0.0, times: times.flatten() }
    }

    /// The time below which this share of the times lies, in milliseconds; none of what is no time.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.times.as_ref().map(|times| times.value_at_quantile(share) as f64 / 1e3)
    }

    fn add(&mut self, reading: &Reading) {
        self.total += reading.total;
        if let Some(times) = &mut self.times {
            times.saturating_record_n(mean_microseconds(reading), reading.n);
        }
    }
}

/// Of times that are known by their sum alone, each counts as their mean.
fn mean_microseconds(reading: &Reading) -> u64 {
    ((reading.total * 1e3 / reading.n.max(1) as f64) as u64).max(1)
}

impl SinceStart {
    /// Adds what one invocation told; `route` counts for metrics that are told apart by it. A gauge is left out: its
    /// value of then says nothing now.
    pub fn add(&mut self, route: Option<&str>, readings: &[Reading]) {
        for reading in readings.iter().filter(|reading| reading.metric.kind != Kind::Gauge) {
            let metric = reading.metric;
            let is_by_route = metric.dimensions == Dimensions::Route;
            let route = route.filter(|_| is_by_route).map(str::to_owned);
            let series = self.series.entry((metric.name, route)).or_insert_with(|| Series::new(metric));
            series.add(reading);
        }
    }

    /// Every series with its route, in the order of names.
    pub fn series(&self) -> impl Iterator<Item = (Option<&str>, &Series)> {
        self.series.iter().map(|((_, route), series)| (route.as_deref(), series))
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{LATENCY, REQUESTS};
    use super::*;

    #[test]
    fn times_give_their_quantiles_and_counts_their_sum() {
        let mut kept = SinceStart::default();
        for milliseconds in 1..=100 {
            let readings = [Reading::once(REQUESTS, 1.0), Reading::once(LATENCY, f64::from(milliseconds))];
            kept.add(Some("GET /health"), &readings);
        }
        let series: Vec<_> = kept.series().collect();
        assert_eq!(series.len(), 2);
        let (route, latency) = series[0];
        assert_eq!(route, Some("GET /health"));
        for (share, expected) in [(0.5, 50.0), (0.95, 95.0), (0.99, 99.0)] {
            let told = latency.quantile(share).unwrap();
            assert!((told - expected).abs() <= expected * 0.01, "{share}: {told}");
        }
        let (route, requests) = series[1];
        assert_eq!((route, requests.total, requests.quantile(0.5)), (None, 100.0, None));
    }
}
