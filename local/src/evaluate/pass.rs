//! The pass: the whole history once, learning on the way, scoring the test days.
//!
//! What is made when follows the schedule: a baseline at the start of each day, from the start of the training
//! to that of the test an unsupervised model too, and at the start of the test the model that the training
//! days' rows and labels give, which stays. The functions are the service's own.

use super::days::{day_of, start_of_day};
use super::input::Event;
use super::learning::{Trained, lessons_of, train, unsupervised};
use super::row::TestRow;
use super::timing::Stopwatch;
use super::walk::{Labels, Walk};
use crate::console::Progress;
use jiff::{SignedDuration, Timestamp};
use shared::detection::engine::{DetectionEngine, EngineParts};
use shared::detection::features::FeatureVector;
use shared::detection::ml::{LearnError, MlModel};
use shared::detection::population::PopulationBaseline;
use shared::domain::assessment::Detail;
use shared::domain::configuration::Configuration;
use shared::domain::ids::ModelId;
use shared::domain::score::Weights;
use std::sync::Arc;

/// Days that a baseline is made from, as the schedule's task has it.
const BASELINE_DAYS: i64 = 30;
/// Rows between two movements of the progress bar.
const PROGRESS_ROWS: u64 = 10_000;

/// The days that matter, as moments.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The start of the training days.
    pub train_from: Timestamp,
    /// The first moment after them.
    pub train_end: Timestamp,
    /// The start of the test days, which last to the last event.
    pub test_from: Timestamp,
}

/// One pass over a history.
#[derive(Debug)]
pub struct Pass<'a> {
    events: &'a [Event],
    labels: Labels,
    span: Span,
    configuration: Configuration,
    walk: Walk<'a>,
    baseline: Option<Arc<PopulationBaseline>>,
    /// The model before the test.
    early: Option<Arc<MlModel>>,
    trainings: Vec<Trained>,
    lessons: Vec<(usize, FeatureVector)>,
    /// One list a training.
    rows: Vec<Vec<TestRow>>,
    /// Day and whether it would have alerted, from the start of the training to that of the test.
    before: Vec<(i64, bool)>,
    scoring: Stopwatch,
}

impl<'a> Pass<'a> {
    /// Before the first event.
    pub fn new(events: &'a [Event], labels: Labels, (span, configuration): (Span, Configuration)) -> Self {
        Self {
            events,
            labels,
            span,
            configuration,
            walk: Walk::new(events, labels),
            baseline: None,
            early: None,
            trainings: Vec::new(),
            lessons: Vec::new(),
            rows: Vec::new(),
            before: Vec::new(),
            scoring: Stopwatch::default(),
        }
    }

    /// Goes through all events, training `n_seeds` models at the start of the test.
    ///
    /// # Errors
    /// When training fails for another reason than too few labels.
    pub fn run(&mut self, n_seeds: u16) -> Result<(), LearnError> {
        let progress = Progress::start("evaluate", self.events.len() as u64);
        let mut engines = self.engines();
        let mut today = None;
        for (index, event) in self.events.iter().enumerate() {
            let at = event.transaction.occurred_at;
            if today.replace(day_of(at)) != Some(day_of(at)) {
                self.start_day(start_of_day(at), n_seeds)?;
                engines = self.engines();
            }
            self.take(index, &engines);
            if (index as u64).is_multiple_of(PROGRESS_ROWS) {
                progress.advance(PROGRESS_ROWS);
            }
        }
        progress.finish();
        Ok(())
    }

    /// The test days' rows as the training at `index` scored them, in time order.
    pub fn rows(&self, index: usize) -> &[TestRow] {
        self.rows.get(index).map_or(&[], Vec::as_slice)
    }

    /// The trainings, one a seed.
    pub fn trainings(&self) -> &[Trained] {
        &self.trainings
    }

    /// The weights behind the risk scores of the first training.
    pub fn weights(&self) -> Weights {
        self.weights_of(self.trainings.first())
    }

    /// Features, layers and composite of a row of the test days, in the mean.
    pub fn score_microseconds(&self) -> f64 {
        self.scoring.seconds() * 1e6 / self.rows(0).len().max(1) as f64
    }

    /// What a reader should know beside the figures.
    pub fn notes(&self) -> Vec<String> {
        let shares = || {
            self.before.chunk_by(|a, b| a.0 == b.0).map(|day| {
                let n_alerts = day.iter().filter(|(_, is_alert)| *is_alert).count();
                100.0 * n_alerts as f64 / day.len() as f64
            })
        };
        let low = shares().fold(f64::INFINITY, f64::min);
        let high = shares().fold(0.0, f64::max);
        let before = (shares().count() > 0).then(|| {
            format!(
                "before the test, unsupervised: {low:.2} to {high:.2} % of a day's rows at medium or above, {} days",
                shares().count()
            )
        });
        let learned = self.trainings.first().map(Trained::notes).unwrap_or_default();
        before.into_iter().chain(learned).collect()
    }

    /// What the schedule does at the start of a day.
    fn start_day(&mut self, as_of: Timestamp, n_seeds: u16) -> Result<(), LearnError> {
        self.walk.learn_until(as_of);
        let from = as_of - SignedDuration::from_hours(24 * BASELINE_DAYS);
        let budget = self.configuration.alert_budget;
        if let Some(baseline) = PopulationBaseline::build(&self.walk.samples_since(from), budget) {
            self.baseline = Some(Arc::new(baseline));
        }
        if as_of >= self.span.test_from {
            if self.trainings.is_empty() {
                self.train(as_of, n_seeds)?;
            }
        } else if as_of >= self.span.train_from {
            self.early = unsupervised(&self.walk, from..as_of, budget).map(Arc::new);
        }
        Ok(())
    }

    /// Trains on what is known of the training days at the start of the test.
    fn train(&mut self, as_of: Timestamp, n_seeds: u16) -> Result<(), LearnError> {
        let lessons = lessons_of(self.events, std::mem::take(&mut self.lessons), self.labels, as_of);
        let engine = self.engine(None, self.configuration.weights);
        for offset in 0..u64::from(n_seeds.max(1)) {
            self.trainings.push(train(&lessons, &engine, as_of.as_second().unsigned_abs() + offset)?);
            self.rows.push(Vec::new());
        }
        Ok(())
    }

    fn weights_of(&self, training: Option<&Trained>) -> Weights {
        let learned = training.and_then(|training| training.fusion).map(|fusion| fusion.weights);
        learned.unwrap_or(self.configuration.weights)
    }

    /// One engine a training, or the one of the days before the test.
    fn engines(&self) -> Vec<DetectionEngine> {
        if self.trainings.is_empty() {
            return vec![self.engine(self.early.as_ref(), self.configuration.weights)];
        }
        let trained =
            |training: &Trained| self.engine(training.model.as_ref(), self.weights_of(Some(training)));
        self.trainings.iter().map(trained).collect()
    }

    fn engine(&self, model: Option<&Arc<MlModel>>, weights: Weights) -> DetectionEngine {
        // Ids name stored artifacts; nothing is stored here.
        let id = ModelId::mint(Timestamp::UNIX_EPOCH, [0; 10]);
        DetectionEngine::new(EngineParts {
            configuration_version: 1,
            configuration: Configuration { weights, ..self.configuration },
            baseline: self.baseline.as_ref().map(|baseline| (id, Ok(Some(Arc::clone(baseline))))),
            model: model.map(|model| (id, Arc::clone(model))),
        })
    }

    fn take(&mut self, index: usize, engines: &[DetectionEngine]) {
        let event = &self.events[index];
        let at = event.transaction.occurred_at;
        let Some((first, others)) = engines.split_first() else {
            return;
        };
        if at >= self.span.test_from {
            self.score(index, (first, others));
            return;
        }
        let features = self.walk.take(index, first);
        if at >= self.span.train_from {
            let risk = first.assess(&features, Detail::ByPath).risk.value();
            self.before.push((day_of(at), risk >= self.configuration.thresholds.medium()));
        }
        if (self.span.train_from..self.span.train_end).contains(&at) {
            self.lessons.push((index, features));
        }
    }

    /// The first engine is timed; features are the same for all.
    fn score(&mut self, index: usize, (first, others): (&DetectionEngine, &[DetectionEngine])) {
        let event = &self.events[index];
        let walk = &mut self.walk;
        let (features, assessment) = self.scoring.time(|| {
            let features = walk.take(index, first);
            let assessment = first.assess(&features, Detail::ByPath);
            (features, assessment)
        });
        let more = others.iter().map(|engine| engine.assess(&features, Detail::ByPath));
        for (rows, assessment) in self.rows.iter_mut().zip(std::iter::once(assessment).chain(more)) {
            rows.push(TestRow::new(event, &assessment));
        }
    }
}
