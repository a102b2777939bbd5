//! The history in memory, as `telltale evaluate` walks it.

use crate::history::{DELAY_DAYS, History};
use crate::scored::{Artifact, Scored};
use jiff::{SignedDuration, Timestamp};
use local::evaluate::learning::{Trained, lessons_of, train, unsupervised};
use local::evaluate::walk::{Labels, Walk};
use local::timeline::ScheduledTask;
use local::wire::Task;
use shared::detection::engine::{DetectionEngine, EngineParts};
use shared::detection::features::FeatureVector;
use shared::detection::ml::MlModel;
use shared::detection::population::PopulationBaseline;
use shared::domain::assessment::Detail;
use shared::domain::configuration::{Configuration, LabelMaturity};
use shared::domain::ids::ModelId;
use std::sync::Arc;

const LEARNED_FROM: SignedDuration = SignedDuration::from_hours(30 * 24);

fn delay() -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(DELAY_DAYS))
}

struct Memory<'a> {
    history: &'a History,
    walk: Walk<'a>,
    configuration: Configuration,
    baseline: Option<Arc<PopulationBaseline>>,
    model: Option<Arc<MlModel>>,
    seen: Vec<FeatureVector>,
    artifacts: Vec<Artifact>,
}

/// Scores everything; answers it in time order, and the artifacts in the order made.
pub(crate) fn score(history: &History) -> (Vec<Scored>, Vec<Artifact>) {
    let configuration = Configuration {
        label_maturity: LabelMaturity::try_new(DELAY_DAYS).unwrap(),
        ..Configuration::default()
    };
    let mut memory = Memory {
        history,
        walk: Walk::new(&history.events, Labels::After(delay())),
        configuration,
        baseline: None,
        model: None,
        seen: Vec::new(),
        artifacts: Vec::new(),
    };
    let mut tasks = history.tasks.iter().peekable();
    let mut engine = memory.engine();
    let mut scored = Vec::with_capacity(history.events.len());
    for (index, event) in history.events.iter().enumerate() {
        while let Some(due) = tasks.next_if(|due| due.as_of <= event.transaction.occurred_at) {
            memory.run(*due);
            engine = memory.engine();
        }
        let features = memory.walk.take(index, &engine);
        let assessment = engine.assess(&features, Detail::ByPath);
        scored.push(Scored::new(event.transaction.key.external_id.as_str(), &features, &assessment));
        memory.seen.push(features);
    }
    assert_eq!(tasks.next(), None);
    (scored, memory.artifacts)
}

impl Memory<'_> {
    fn engine(&self) -> DetectionEngine {
        // Ids name stored artifacts; nothing is stored here.
        let id = ModelId::mint(Timestamp::UNIX_EPOCH, [0; 10]);
        DetectionEngine::new(EngineParts {
            configuration_version: 1,
            configuration: self.configuration,
            baseline: self.baseline.as_ref().map(|baseline| (id, Ok(Some(Arc::clone(baseline))))),
            model: self.model.as_ref().map(|model| (id, Arc::clone(model))),
        })
    }

    fn run(&mut self, due: ScheduledTask) {
        self.walk.learn_until(due.as_of);
        match due.task {
            Task::Snapshot => self.make_baseline(due.as_of),
            Task::Retrain => self.train(due.as_of),
            Task::Partition | Task::Fold => unreachable!("neither is planned"),
        }
    }

    fn make_baseline(&mut self, as_of: Timestamp) {
        let samples = self.walk.samples_since(as_of - LEARNED_FROM);
        let baseline = PopulationBaseline::build(&samples, self.configuration.alert_budget).unwrap();
        self.artifacts.push(Artifact { kind: "population_baseline".to_owned(), bytes: baseline.encode() });
        self.baseline = Some(Arc::new(baseline));
    }

    /// From labels where there are enough, else without, as the schedule does.
    fn train(&mut self, as_of: Timestamp) {
        let end = as_of - delay();
        let seen = self.seen.iter().cloned().enumerate().filter(|(index, _)| {
            (end - LEARNED_FROM..end).contains(&self.history.events[*index].transaction.occurred_at)
        });
        let lessons = lessons_of(&self.history.events, seen.collect(), Labels::After(delay()), as_of);
        let trained = train(&lessons, &self.engine(), as_of.as_second().unsigned_abs()).unwrap();
        let (kind, model) = match trained {
            Trained { unsupervised: None, model, .. } => ("supervised_forest", model),
            Trained { unsupervised: Some(_), .. } => {
                let span = as_of - LEARNED_FROM..as_of;
                let model = unsupervised(&self.walk, span, self.configuration.alert_budget);
                ("isolation_forest", model.map(Arc::new))
            }
        };
        let model = model.unwrap();
        self.artifacts.push(Artifact { kind: kind.to_owned(), bytes: model.encode() });
        self.model = Some(model);
    }
}
