//! What an evaluation ends with, for a machine as JSON; as text for a person in [`super::text`].

use super::bootstrap::PairedBootstrap;
use super::calibration::Calibration;
use super::figures::Figures;
use super::protocol::Protocol;
use super::row::{Column, TestRow};
use super::seeds::{SeedFigures, SeedSpreads};
use super::thresholds::ThresholdFigures;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole account of one evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvaluationReport {
    /// Which days, and who is left out.
    pub protocol: Protocol,
    /// Days from a transaction to its label; `None` where no label was used.
    pub label_delay_days: Option<u32>,
    /// What the file held.
    pub data: DataFacts,
    /// The ml layer's model, in words.
    pub model: String,
    /// Its artifact's size; 0 without a model.
    pub model_bytes: u64,
    /// The weights behind the risk score.
    pub weights: LayerWeights,
    /// The figures, of the first seed where there were several.
    #[serde(flatten)]
    pub measured: Measured,
    /// Where the time went.
    pub timings: Timings,
    /// Each training, where several were asked for.
    pub seeds: Vec<SeedFigures>,
    /// How far they lie apart, where several were asked for.
    pub over_seeds: Option<SeedSpreads>,
    /// Whatever else a reader should know.
    pub notes: Vec<String>,
}

/// What the file held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DataFacts {
    /// Rows up to the last test day.
    pub n_rows: u64,
    /// Rows of the training days.
    pub n_train_rows: u64,
    /// Labels known when the model was trained that it learned from.
    pub n_labels_learned: u64,
    /// Of these, how many said fraud.
    pub n_frauds_learned: u64,
    /// Rows of the test days, all of them scored.
    pub n_test_rows: u64,
    /// Of these, how many are judged.
    pub n_judged: u64,
    /// Of these, how many were fraud.
    pub n_frauds_judged: u64,
}

/// How much each layer counts for in the risk score; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LayerWeights {
    /// In [0, 1].
    pub statistical: f64,
    /// In [0, 1].
    pub behavioral: f64,
    /// In [0, 1].
    pub ml: f64,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Timings {
    /// From the first row to the last, by the clock on the wall, training left out.
    pub pass_seconds: f64,
    /// Training, by the clock on the wall.
    pub train_seconds: f64,
    /// Of the processor, over all threads, training included.
    pub cpu_seconds: f64,
    /// Features, layers and composite of one row of the test days, in the mean.
    pub score_microseconds_a_row: f64,
}

/// Every figure of one pass over the test days.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// How each column ranks the judged rows.
    pub figures: BTreeMap<Column, Figures>,
    /// What the threshold does.
    pub thresholds: ThresholdFigures,
    /// Whether the probability means what it says, over the judged rows.
    pub calibration: Option<Calibration>,
    /// The same over all rows of the test days, frauds of known accounts among them, as in training.
    pub calibration_all_rows: Option<Calibration>,
    /// Whether the risk score ranks better than the ml layer alone.
    pub risk_over_ml: Option<PairedBootstrap>,
}

impl Measured {
    /// The figures of `judged`, and those that are of `all` rows of the test days; `medium` is the risk score
    /// from which a transaction is of medium severity.
    pub fn of(judged: &[&TestRow], all: &[TestRow], medium: f64) -> Self {
        Self {
            figures: Figures::of_all_columns(judged),
            thresholds: ThresholdFigures::measure(judged, all, medium),
            calibration: Calibration::measure(judged.iter().copied()),
            calibration_all_rows: Calibration::measure(all),
            risk_over_ml: PairedBootstrap::measure(judged, Column::Risk, Column::Ml),
        }
    }
}
