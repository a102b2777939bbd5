//! The walk through a history: labels, then transactions, each at its time, seen as the service would see it.
//!
//! What lives here: the order, and what is remembered for learning. Scoring is the engine's, and what is
//! learned when is the run's. A label becomes known exactly its delay after its transaction; of one moment,
//! labels come before transactions.

use super::input::Event;
use jiff::{SignedDuration, Timestamp};
use shared::detection::engine::DetectionEngine;
use shared::detection::features::FeatureVector;
use shared::detection::population::PopulationSample;
use shared::detection::stream::{Observed, Stream, attribution_of};
use shared::domain::label::Verdict;
use std::collections::VecDeque;

/// Transactions that a baseline is made from at most, as the schedule's task has it.
const REMEMBERED: usize = 100_000;

/// When frauds become known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Labels {
    /// So long after the transaction.
    After(SignedDuration),
    /// Never.
    Never,
}

/// A history half-way.
#[derive(Debug)]
pub struct Walk<'a> {
    events: &'a [Event],
    labels: Labels,
    stream: Stream,
    due: VecDeque<(Observed, usize)>,
    remembered: VecDeque<(usize, FeatureVector)>,
    n_labels: usize,
}

impl<'a> Walk<'a> {
    /// Before the first event.
    pub fn new(events: &'a [Event], labels: Labels) -> Self {
        Self {
            events,
            labels,
            stream: Stream::default(),
            due: VecDeque::new(),
            remembered: VecDeque::new(),
            n_labels: 0,
        }
    }

    /// Lets everything become known that is due by `at`.
    pub fn learn_until(&mut self, at: Timestamp) {
        while let Some((observed, index)) = self.due.front().copied().filter(|(it, _)| it.observed_at <= at) {
            self.due.pop_front();
            self.stream.apply_label(&self.events[index].transaction, observed);
            self.n_labels += 1;
        }
    }

    /// Takes the event at `index`: the features it would be scored with, before it joins the past.
    pub fn take(&mut self, index: usize, engine: &DetectionEngine) -> FeatureVector {
        let event = &self.events[index];
        self.learn_until(event.transaction.occurred_at);
        let features = self.stream.extract(engine, &event.transaction);
        self.stream.apply(&event.transaction);
        if let (true, Labels::After(delay)) = (event.is_fraud, self.labels) {
            let observed = Observed {
                verdict: Verdict::Fraud,
                observed_at: event.transaction.occurred_at + delay,
                attributed: attribution_of(&features),
            };
            self.due.push_back((observed, index));
        }
        if self.remembered.len() >= REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back((index, features.clone()));
        features
    }

    /// The newest transactions since `from` with their features, newest first, as a task would read them.
    pub fn newest_since(&self, from: Timestamp) -> impl Iterator<Item = (&'a Event, &FeatureVector)> {
        let events = self.events;
        let newest = self.remembered.iter().rev();
        newest
            .map(move |(index, features)| (&events[*index], features))
            .take_while(move |(event, _)| event.transaction.occurred_at >= from)
    }

    /// The same as a baseline's samples.
    pub fn samples_since(&self, from: Timestamp) -> Vec<PopulationSample> {
        self.newest_since(from)
            .map(|(event, features)| PopulationSample {
                occurred_at: event.transaction.occurred_at,
                amount_minor: event.transaction.amount.minor(),
                currency: event.transaction.amount.currency(),
                category: event.transaction.category.as_ref().map(ToString::to_string),
                features: features.clone(),
            })
            .collect()
    }

    /// Labels that have become known so far.
    pub fn n_labels(&self) -> usize {
        self.n_labels
    }
}
