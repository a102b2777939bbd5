//! What the stages measure: an engine as it is after two months of a feed, and a pool of rows for it.

use super::artifact::Artifact;
use super::feed::{DAY, Payment, START, payments};
use super::walk::{LABEL_DAYS, Scored, Walk};
use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use shared::detection::engine::{DetectionEngine, EngineParts};
use shared::detection::features::FeatureVector;
use shared::detection::ml::{Lesson, MlModel};
use shared::detection::population::{PopulationBaseline, PopulationSample};
use shared::domain::assessment::Detail;
use shared::domain::configuration::{AlertBudget, Configuration};
use shared::domain::ids::ModelId;
use shared::domain::severity::Severity;
use std::ops::Range;
use std::sync::Arc;

const SEED: u64 = 15;
const N_DAYS: i64 = 60;
/// The baseline is made after so many days; lessons are the days from then to the maturity.
const BASELINE_DAYS: i64 = 10;
/// Rows of the pool: evenly spaced over the days that the model has not learned.
const N_POOL: usize = 3_000;

/// An engine with a baseline and a supervised champion, and rows that neither has seen.
pub(crate) struct World {
    pub(crate) engine: DetectionEngine,
    pub(crate) model: Arc<MlModel>,
    pub(crate) artifact: Artifact,
    pub(crate) pool: Vec<Scored>,
    /// The pool's features.
    pub(crate) vectors: Vec<FeatureVector>,
    n_frauds: usize,
    n_payments: usize,
}

impl World {
    /// Lives through the feed and learns from it: most of the bench's time.
    pub(crate) fn make() -> Self {
        let payments = payments(N_DAYS, &mut ChaCha8Rng::seed_from_u64(SEED));
        let n_until =
            |day| payments.partition_point(|payment| payment.transaction.occurred_at < midnight(day));
        let (first_lesson, first_of_pool) = (n_until(BASELINE_DAYS), n_until(N_DAYS - LABEL_DAYS));
        let mut walk = Walk::default();
        let mut take = |range: Range<usize>, engine: &DetectionEngine| -> Vec<FeatureVector> {
            payments[range].iter().map(|payment| walk.take(payment, engine)).collect()
        };
        let vectors = take(0..first_lesson, &engine(None, None));
        let baseline = baseline(&payments[..first_lesson], vectors);
        let without_model = engine(Some(&baseline), None);
        let vectors = take(first_lesson..first_of_pool, &without_model);
        let lessons = lessons(&payments[first_lesson..first_of_pool], vectors);
        let model = Arc::new(MlModel::learn(&lessons, AlertBudget::default(), SEED).unwrap().model);
        let engine = engine(Some(&baseline), Some(&model));
        let pool = pool(walk, &payments[first_of_pool..], &engine);
        let extract = |row: &Scored| engine.extract(&row.transaction, &row.account, &row.counterparty);
        Self {
            artifact: Artifact::of(&model),
            vectors: pool.iter().map(extract).collect(),
            n_frauds: payments.iter().filter(|payment| payment.is_fraud).count(),
            n_payments: payments.len(),
            engine,
            model,
            pool,
        }
    }

    /// The pool as rows of the forest.
    pub(crate) fn filled(&self) -> Vec<Vec<f32>> {
        self.vectors.iter().map(|features| self.artifact.fill(features)).collect()
    }

    /// Sizes, and how much of the pool is above low.
    pub(crate) fn describe(&self) -> String {
        let severity = |features| self.engine.assess(features, Detail::ByPath).severity;
        let n_raised = self.vectors.iter().filter(|features| severity(features) > Severity::Low).count();
        format!(
            "{} payments, {} of them frauds\n{}: {} nodes, {} bytes stored\n{} rows in the pool, {n_raised} of them above low",
            self.n_payments,
            self.n_frauds,
            self.model.describe(),
            self.artifact.forest.n_nodes(),
            self.model.encode().len(),
            self.pool.len(),
        )
    }
}

fn midnight(day: i64) -> Timestamp {
    Timestamp::from_second(START + day * DAY).unwrap()
}

fn engine(baseline: Option<&Arc<PopulationBaseline>>, model: Option<&Arc<MlModel>>) -> DetectionEngine {
    let id = ModelId::mint(Timestamp::UNIX_EPOCH, [0; 10]);
    DetectionEngine::new(EngineParts {
        configuration_version: 1,
        configuration: Configuration::default(),
        baseline: baseline.map(|baseline| (id, Ok(Some(Arc::clone(baseline))))),
        model: model.map(|model| (id, Arc::clone(model))),
    })
}

fn baseline(payments: &[Payment], vectors: Vec<FeatureVector>) -> Arc<PopulationBaseline> {
    let sample = |(payment, features): (&Payment, FeatureVector)| PopulationSample {
        occurred_at: payment.transaction.occurred_at,
        amount_minor: payment.transaction.amount.minor(),
        currency: payment.transaction.amount.currency(),
        category: payment.transaction.category.as_ref().map(ToString::to_string),
        features,
    };
    let samples: Vec<PopulationSample> = payments.iter().zip(vectors).map(sample).collect();
    Arc::new(PopulationBaseline::build(&samples, AlertBudget::default()).unwrap())
}

fn lessons(payments: &[Payment], vectors: Vec<FeatureVector>) -> Vec<Lesson> {
    let lesson = |(payment, features): (&Payment, FeatureVector)| Lesson {
        occurred_at: payment.transaction.occurred_at,
        features,
        is_fraud: payment.is_fraud,
    };
    payments.iter().zip(vectors).map(lesson).collect()
}

fn pool<'a>(mut walk: Walk<'a>, payments: &'a [Payment], engine: &DetectionEngine) -> Vec<Scored> {
    let step = (payments.len() / N_POOL).max(1);
    let mut pool = Vec::with_capacity(N_POOL);
    for (index, payment) in payments.iter().enumerate() {
        if index % step == 0 && pool.len() < N_POOL {
            pool.push(walk.look(payment));
        }
        walk.take(payment, engine);
    }
    pool
}
