//! One evaluation: the options, the checks, the pass over the file and the report of it.

use super::days::{date_of, end_of, start_of};
use super::input::{self, Event};
use super::pass::{Pass, Span};
use super::protocol::{FraudDays, Protocol, judged};
use super::report::{DataFacts, EvaluationReport, LayerWeights, Measured, Timings};
use super::scores;
use super::seeds::{SeedFigures, SeedSpreads};
use super::timing::{Stopwatch, cpu_seconds};
use super::walk::Labels;
use crate::mapping::{DataError, Mapping};
use jiff::{SignedDuration, Timestamp};
use shared::detection::ml::LearnError;
use shared::domain::Invalid;
use shared::domain::configuration::{Configuration, LabelMaturity};
use shared::domain::score::Layer;
use std::ops::Range;

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct EvaluateOptions {
    /// A `.csv` or `.csv.gz` file.
    pub data: String,
    /// Which column is what.
    pub mapping: Mapping,
    /// Which days.
    pub protocol: Protocol,
    /// Days from a transaction to its label; none to use no labels at all.
    pub label_delay_days: Option<u16>,
    /// Trainings that differ by their seed, at least 1.
    pub n_seeds: u16,
    /// Where to write the scores of the test days, if anywhere.
    pub scores_out: Option<String>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// The file cannot be read with its mapping.
    #[error("cannot read {path}")]
    Data {
        /// The file.
        path: String,
        /// Where and why.
        source: DataError,
    },
    /// The days or the delay cannot be used.
    #[error("{0}")]
    Options(Invalid),
    /// The file has no row on the training days or none on the test days.
    #[error(
        "no row of {path} is on the {days} days: its {n_read} rows are all before or after; change the days"
    )]
    Empty {
        /// The file.
        path: String,
        /// Which days: training or test.
        days: &'static str,
        /// Its rows.
        n_read: u64,
    },
    /// Training failed for another reason than too little data.
    #[error("the model was not trained")]
    Training(#[source] LearnError),
    /// The scores cannot be written.
    #[error("cannot write the scores to {path}: name a file in a folder that exists")]
    Scores {
        /// The file.
        path: String,
        /// Why not.
        source: csv::Error,
    },
}

/// Evaluates; the report's first figures are of the first seed.
///
/// # Errors
/// See [`EvaluateError`].
pub fn evaluate(options: &EvaluateOptions) -> Result<EvaluationReport, EvaluateError> {
    let (span, end) = span(&options.protocol).map_err(EvaluateError::Options)?;
    let configuration = configuration(options.label_delay_days).map_err(EvaluateError::Options)?;
    let wrap = |source| EvaluateError::Data { path: options.data.clone(), source };
    let unwritten = |source| {
        let path = options.scores_out.clone().unwrap_or_default();
        EvaluateError::Scores { path, source }
    };
    let until_end = Timestamp::UNIX_EPOCH..end;
    let (events, tally) = input::read(&options.data, &options.mapping, until_end).map_err(wrap)?;
    for (days, moments) in [("training", span.train_from..span.train_end), ("test", span.test_from..end)] {
        if !has_event(&events, &moments) {
            return Err(EvaluateError::Empty { path: options.data.clone(), days, n_read: tally.n_read });
        }
    }
    // Made first: minutes of work must not end with a folder that does not exist.
    let scores_out = options.scores_out.as_deref().map(scores::create).transpose().map_err(unwritten)?;
    let watch = Stopwatch::started();
    let mut pass = Pass::new(&events, labels(options.label_delay_days), (span, configuration));
    pass.run(options.n_seeds).map_err(EvaluateError::Training)?;
    let seconds = watch.seconds();
    if let Some(file) = scores_out {
        scores::write(file, pass.rows(0)).map_err(unwritten)?;
    }
    Ok(report(options, &events, (&pass, seconds)))
}

/// `events` are in time order.
fn has_event(events: &[Event], moments: &Range<Timestamp>) -> bool {
    let first = events.partition_point(|event| event.transaction.occurred_at < moments.start);
    events.get(first).is_some_and(|event| event.transaction.occurred_at < moments.end)
}

fn labels(delay_days: Option<u16>) -> Labels {
    match delay_days {
        Some(days) => Labels::After(SignedDuration::from_hours(24 * i64::from(days))),
        None => Labels::Never,
    }
}

/// Labels mature when they arrive.
fn configuration(delay_days: Option<u16>) -> Result<Configuration, Invalid> {
    let default = Configuration::default();
    let label_maturity = delay_days.map_or(Ok(default.label_maturity), LabelMaturity::try_new)?;
    Ok(Configuration { label_maturity, ..default })
}

/// The days as moments, and the end of the last.
fn span(protocol: &Protocol) -> Result<(Span, Timestamp), Invalid> {
    let in_order = [protocol.train_from, protocol.train_to, protocol.test_from, protocol.test_to];
    if !in_order.is_sorted() || protocol.train_to == protocol.test_from {
        return Err(Invalid::new(
            "the days must be in the order --train-from, --train-to, --test-from, --test-to, and the test must \
             begin after the training",
        ));
    }
    let span = Span {
        train_from: start_of(protocol.train_from)?,
        train_end: end_of(protocol.train_to)?,
        test_from: start_of(protocol.test_from)?,
    };
    Ok((span, end_of(protocol.test_to)?))
}

fn report(
    options: &EvaluateOptions,
    events: &[Event],
    (pass, seconds): (&Pass<'_>, f64),
) -> EvaluationReport {
    let frauds = fraud_days(events);
    let medium = Configuration::default().thresholds.medium();
    let mut seeds: Vec<SeedFigures> = pass
        .trainings()
        .iter()
        .enumerate()
        .map(|(index, training)| {
            let rows = pass.rows(index);
            let measured = Measured::of(&judged(rows, &frauds, &options.protocol), rows, medium);
            SeedFigures { seed: training.seed, train_seconds: training.seconds, measured }
        })
        .collect();
    let over_seeds = (seeds.len() > 1).then(|| SeedSpreads::measure(&seeds));
    let first = pass.trainings().first();
    let measured = seeds.first().map(|seed| seed.measured.clone());
    if over_seeds.is_none() {
        seeds.clear();
    }
    let weights = pass.weights();
    let [statistical, behavioral, ml] = Layer::ALL.map(|layer| weights.of(layer));
    let model = first.and_then(|training| training.model.as_ref());
    let training_seconds: f64 = pass.trainings().iter().map(|training| training.seconds).sum();
    EvaluationReport {
        protocol: options.protocol,
        label_delay_days: options.label_delay_days.map(u32::from),
        data: facts(events, (pass, &frauds), &options.protocol),
        model: model.map_or_else(|| "none".to_owned(), |model| model.describe()),
        model_bytes: model.map_or(0, |model| model.encode().len() as u64),
        weights: LayerWeights { statistical, behavioral, ml },
        measured: measured.unwrap_or_else(|| Measured::of(&[], &[], medium)),
        timings: Timings {
            pass_seconds: seconds - training_seconds,
            train_seconds: first.map_or(0.0, |training| training.seconds),
            cpu_seconds: cpu_seconds(),
            score_microseconds_a_row: pass.score_microseconds(),
        },
        seeds,
        over_seeds,
        notes: pass.notes(),
    }
}

fn fraud_days(events: &[Event]) -> FraudDays {
    let mut frauds = FraudDays::default();
    for event in events.iter().filter(|event| event.is_fraud) {
        frauds.add(date_of(event.transaction.occurred_at), event.transaction.account.as_str());
    }
    frauds
}

fn facts(events: &[Event], (pass, frauds): (&Pass<'_>, &FraudDays), protocol: &Protocol) -> DataFacts {
    let rows = pass.rows(0);
    let judged = judged(rows, frauds, protocol);
    let first = pass.trainings().first();
    let n_frauds = first.map_or(0, |training| training.n_frauds as u64);
    DataFacts {
        n_rows: events.len() as u64,
        n_train_rows: first.map_or(0, |training| training.n_lessons as u64),
        // Only frauds are labelled: what nobody complains of is presumed genuine.
        n_labels_learned: n_frauds,
        n_frauds_learned: n_frauds,
        n_test_rows: rows.len() as u64,
        n_judged: judged.len() as u64,
        n_frauds_judged: judged.iter().filter(|row| row.is_fraud).count() as u64,
    }
}
