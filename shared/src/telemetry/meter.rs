//! What a process notes between two metric lines. A use case notes what it did; whoever ends the invocation takes it
//! out and writes the line, so that each thing is told once, whichever function did it.

use super::catalogue::{self as metrics, Kind, Metric};
use super::since_start::SinceStart;
use crate::domain::assessment::{AssessmentRecord, OutcomeKind};
use crate::domain::figures::Figures;
use crate::domain::gate::AlertOutcome;
use crate::domain::score::Layer;
use crate::domain::severity::Severity;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The values of one metric since the last line: their sum and how many they are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Of what.
    pub metric: Metric,
    /// The sum of the values.
    pub total: f64,
    /// How many values; 1 of what is no time.
    pub n: u64,
}

impl Reading {
    /// One value.
    pub fn once(metric: Metric, value: f64) -> Self {
        Self { metric, total: value, n: 1 }
    }

    /// Times that add up to `total`, in the metric's own unit.
    pub fn times(metric: Metric, total: Duration, n: u64) -> Self {
        let seconds = total.as_secs_f64();
        let total = if metric.unit == metrics::Unit::Milliseconds { seconds * 1e3 } else { seconds };
        Self { metric, total, n }
    }
}

/// A process's notes.
#[derive(Debug, Default)]
pub struct Meter {
    pending: Mutex<Vec<Reading>>,
    since_start: Mutex<SinceStart>,
}

impl Meter {
    /// Notes transactions that were stored and assessed, and the time it took to score them all.
    pub fn note_assessed<'a>(
        &self,
        records: impl IntoIterator<Item = &'a AssessmentRecord>,
        scoring: Duration,
    ) {
        let mut pending = lock(&self.pending);
        let mut n = 0_u32;
        for record in records {
            n += 1;
            for layer in Layer::ALL {
                add(&mut pending, Reading::once(of_layer(layer, record.layer(layer).outcome), 1.0));
            }
            if record.severity == Severity::NeedsReview {
                add(&mut pending, Reading::once(metrics::NEEDS_REVIEW, 1.0));
            }
            if let (Some((_, AlertOutcome::Raised)), Some(metric)) =
                (record.alert, of_severity(record.severity))
            {
                add(&mut pending, Reading::once(metric, 1.0));
            }
        }
        if n > 0 {
            add(&mut pending, Reading::once(metrics::TRANSACTIONS, f64::from(n)));
            add(&mut pending, Reading::times(metrics::SCORING_TIME, scoring, u64::from(n)));
        }
    }

    /// Notes what came of webhook messages: those delivered, attempts that failed, and those given up.
    pub fn note_deliveries(&self, n_delivered: u64, n_failed: u64, n_dead: u64) {
        let mut pending = lock(&self.pending);
        let noted = [
            (metrics::DELIVERIES, n_delivered),
            (metrics::FAILED_DELIVERIES, n_failed),
            (metrics::DEAD_DELIVERIES, n_dead),
        ];
        for (metric, n) in noted.into_iter().filter(|(_, n)| *n > 0) {
            add(&mut pending, Reading::once(metric, n as f64));
        }
    }

    /// Notes what the database says.
    pub fn note_figures(&self, figures: &Figures) {
        let mut pending = lock(&self.pending);
        for reading in readings_of(figures) {
            add(&mut pending, reading);
        }
    }

    /// Takes out everything that was noted since the last call.
    pub fn take(&self) -> Vec<Reading> {
        std::mem::take(&mut *lock(&self.pending))
    }

    /// Keeps what an invocation's line tells, for `GET /metrics` of a local process.
    pub fn keep(&self, route: Option<&str>, readings: &[Reading]) {
        lock(&self.since_start).add(route, readings);
    }

    /// What was kept since the process began.
    pub fn kept(&self) -> SinceStart {
        lock(&self.since_start).clone()
    }
}

/// A thread that panicked while it noted something leaves sums that are still sums.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn add(readings: &mut Vec<Reading>, reading: Reading) {
    match readings.iter_mut().find(|known| known.metric == reading.metric) {
        Some(known) => match reading.metric.kind {
            Kind::Sum => known.total += reading.total,
            Kind::Time => {
                known.total += reading.total;
                known.n += reading.n;
            }
            Kind::Gauge => *known = reading,
        },
        None => readings.push(reading),
    }
}

fn of_layer(layer: Layer, outcome: OutcomeKind) -> Metric {
    match (layer, outcome) {
        (Layer::Statistical, OutcomeKind::Scored) => metrics::STATISTICAL_SCORED,
        (Layer::Statistical, OutcomeKind::Abstained) => metrics::STATISTICAL_ABSTAINED,
        (Layer::Statistical, OutcomeKind::Failed) => metrics::STATISTICAL_FAILED,
        (Layer::Behavioral, OutcomeKind::Scored) => metrics::BEHAVIORAL_SCORED,
        (Layer::Behavioral, OutcomeKind::Abstained) => metrics::BEHAVIORAL_ABSTAINED,
        (Layer::Behavioral, OutcomeKind::Failed) => metrics::BEHAVIORAL_FAILED,
        (Layer::Ml, OutcomeKind::Scored) => metrics::ML_SCORED,
        (Layer::Ml, OutcomeKind::Abstained) => metrics::ML_ABSTAINED,
        (Layer::Ml, OutcomeKind::Failed) => metrics::ML_FAILED,
    }
}

/// Nothing of severity low raises an alert.
fn of_severity(severity: Severity) -> Option<Metric> {
    match severity {
        Severity::Low => None,
        Severity::Medium => Some(metrics::MEDIUM_ALERTS),
        Severity::High => Some(metrics::HIGH_ALERTS),
        Severity::NeedsReview => Some(metrics::NEEDS_REVIEW_ALERTS),
        Severity::Critical => Some(metrics::CRITICAL_ALERTS),
    }
}

/// One reading a figure that there is.
pub fn readings_of(figures: &Figures) -> Vec<Reading> {
    let values = [
        (metrics::QUEUE_DEPTH, Some(figures.n_active as f64)),
        (metrics::SLA_BREACHES, Some(figures.n_late as f64)),
        (metrics::FALSE_POSITIVE_RATE, figures.false_positive_percent),
        (metrics::RESOLUTION_TIME, figures.resolution_seconds),
        (metrics::MODEL_AGE, figures.model_age_seconds),
        (metrics::SCORE_DRIFT, figures.drift.map(|drift| drift.score)),
        (metrics::FEATURE_DRIFT, figures.drift.map(|drift| drift.feature)),
        (metrics::STRAY_ROWS, Some(figures.n_stray as f64)),
        (metrics::AUDIT_FAULTS, figures.n_audit_faults.map(|n| n as f64)),
    ];
    values.into_iter().filter_map(|(metric, value)| Some(Reading::once(metric, value?))).collect()
}
