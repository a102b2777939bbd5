//! Supervised training: folds in time, the forest, its scale and its calibration.
//!
//! A forest knows the rows it was grown on too well. Whatever is read from its scores (scale, calibration,
//! the weights of the layers) is read out of fold: of each block of days, from a forest grown on the others.

use super::artifact::MlModel;
use super::forest::{Forest, ForestError, ForestSettings, Kind};
use super::probability::{ProbabilityMap, expected_calibration_error};
use super::supervised::{Input, SupervisedModel, fill};
use crate::detection::features::{Feature, FeatureVector};
use crate::detection::scale::Scale;
use crate::detection::scales::counted;
use crate::domain::configuration::AlertBudget;
use jiff::Timestamp;
use std::ops::Range;

#[cfg(test)]
mod tests;

/// Labelled frauds below which nothing is learned from labels.
pub const MIN_FRAUDS: usize = 100;
/// Days of matured rows below which nothing is learned from labels: a week has every weekday.
pub const MIN_DAYS: usize = 7;
/// Blocks of days.
const FOLDS: usize = 4;
/// Trees of a fold's forest: fewer, since four of them only stand in for the one that is kept.
const FOLD_TREES: usize = 40;
/// Bins of the calibration error.
const BINS: usize = 10;

/// One matured transaction to learn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// Event time.
    pub occurred_at: Timestamp,
    /// The vector it was scored with.
    pub features: FeatureVector,
    /// Labelled fraud; what is matured without a label is presumed genuine.
    pub is_fraud: bool,
}

/// Why nothing was learned from labels.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LearnError {
    /// Wait for more labels.
    #[error("{have} labelled frauds are too few to learn from; {MIN_FRAUDS} are needed")]
    TooFewFrauds {
        /// Labelled frauds given.
        have: usize,
    },
    /// Wait for more days.
    #[error("matured transactions of {have} days are too few to learn from; {MIN_DAYS} are needed")]
    TooFewDays {
        /// Days with transactions.
        have: usize,
    },
    /// Wait for frauds on more days.
    #[error(
        "all labelled frauds, or all others, are in one of {FOLDS} blocks of days; both are needed in two"
    )]
    OneBlock,
    /// The forest was not grown.
    #[error(transparent)]
    Forest(#[from] ForestError),
    /// No score could be calibrated.
    #[error("the scores out of fold cannot be calibrated; train again with more days")]
    Uncalibrated,
}

/// What was learned from labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// The model, calibrated.
    pub model: MlModel,
    /// One score a lesson, on the common scale and out of fold, in the lessons' order.
    pub out_of_fold: Vec<f64>,
    /// Expected calibration error of the probability, out of fold.
    pub calibration_error: f64,
}

impl MlModel {
    /// Grows a forest on labels. `lessons`: in time order. Equal lessons, budget and seed give equal bytes.
    ///
    /// # Errors
    /// See [`LearnError`]; the unsupervised model then remains the one to train.
    pub fn learn(lessons: &[Lesson], budget: AlertBudget, seed: u64) -> Result<Learned, LearnError> {
        let n_frauds = lessons.iter().filter(|lesson| lesson.is_fraud).count();
        if n_frauds < MIN_FRAUDS {
            return Err(LearnError::TooFewFrauds { have: n_frauds });
        }
        let folds = blocks_of_days(lessons)?;
        check_classes(lessons, &folds)?;
        let inputs = varying_inputs(lessons);
        let rows: Vec<Vec<f32>> = lessons.iter().map(|lesson| fill(&lesson.features, &inputs)).collect();
        let targets: Vec<bool> = lessons.iter().map(|lesson| lesson.is_fraud).collect();
        let data = Data { rows: &rows, targets: &targets };
        let raw = out_of_fold(&data, &folds, seed)?;
        let scored = lessons.iter().map(|lesson| &lesson.features).zip(raw.iter().copied());
        let scale = Scale::fit_shares(counted(scored), budget).ok_or(LearnError::Uncalibrated)?;
        let pairs: Vec<(f64, bool)> = raw.iter().copied().zip(targets.iter().copied()).collect();
        let calibration_error = cross_calibration_error(&pairs, &folds).ok_or(LearnError::Uncalibrated)?;
        let probability = ProbabilityMap::fit(pairs).ok_or(LearnError::Uncalibrated)?;
        let forest = data.grow(|_| true, &settings(inputs.len(), ForestSettings::default().n_trees), seed)?;
        let out_of_fold = raw.into_iter().map(|raw| scale.map(raw)).collect();
        let model = Self::supervised(SupervisedModel {
            n_rows: lessons.len() as u64,
            n_frauds: n_frauds as u64,
            inputs,
            forest,
            scale,
            probability,
            calibration_error,
        });
        Ok(Learned { model, out_of_fold, calibration_error })
    }
}

/// A third of the features are candidates for a cut: the usual share for regression (Breiman, 2001).
fn settings(n_inputs: usize, n_trees: usize) -> ForestSettings {
    ForestSettings {
        kind: Kind::ExtraTrees,
        n_trees,
        n_candidates: Some(n_inputs.div_ceil(3)),
        ..ForestSettings::default()
    }
}

/// Rows in time order and what became of them.
struct Data<'a> {
    rows: &'a [Vec<f32>],
    targets: &'a [bool],
}

impl Data<'_> {
    /// Grows a forest on the rows that are kept.
    fn grow(
        &self,
        is_kept: impl Fn(usize) -> bool,
        settings: &ForestSettings,
        seed: u64,
    ) -> Result<Forest, ForestError> {
        let kept = || (0..self.rows.len()).filter(|index| is_kept(*index));
        let rows: Vec<&[f32]> = kept().map(|index| self.rows[index].as_slice()).collect();
        let targets: Vec<bool> = kept().map(|index| self.targets[index]).collect();
        Forest::train(&rows, &targets, settings, seed)
    }
}

/// Contiguous blocks of whole days with about as many days each, as ranges of lessons.
fn blocks_of_days(lessons: &[Lesson]) -> Result<Vec<Range<usize>>, LearnError> {
    let day = |lesson: &Lesson| lesson.occurred_at.as_second().div_euclid(86_400);
    let mut starts: Vec<usize> = (0..lessons.len())
        .filter(|index| *index == 0 || day(&lessons[*index]) != day(&lessons[*index - 1]))
        .collect();
    let n_days = starts.len();
    if n_days < MIN_DAYS {
        return Err(LearnError::TooFewDays { have: n_days });
    }
    starts.push(lessons.len());
    Ok((0..FOLDS).map(|fold| starts[fold * n_days / FOLDS]..starts[(fold + 1) * n_days / FOLDS]).collect())
}

/// Without each block there must be frauds and others left to grow a forest on.
fn check_classes(lessons: &[Lesson], folds: &[Range<usize>]) -> Result<(), LearnError> {
    for is_fraud in [true, false] {
        let has_class = |block: &&Range<usize>| {
            lessons[(*block).clone()].iter().any(|lesson| lesson.is_fraud == is_fraud)
        };
        if folds.iter().filter(has_class).count() < 2 {
            return Err(LearnError::OneBlock);
        }
    }
    Ok(())
}

/// Each row's raw score from a forest that has not seen its block.
fn out_of_fold(data: &Data<'_>, folds: &[Range<usize>], seed: u64) -> Result<Vec<f64>, LearnError> {
    let n_inputs = data.rows.first().map_or(0, Vec::len);
    let mut scores = Vec::with_capacity(data.rows.len());
    for (fold, block) in folds.iter().enumerate() {
        let forest = data.grow(
            |index| !block.contains(&index),
            &settings(n_inputs, FOLD_TREES),
            seed.wrapping_add(1 + fold as u64),
        )?;
        scores.extend(data.rows[block.clone()].iter().map(|row| forest.predict(row)));
    }
    Ok(scores)
}

/// The calibration error where each block is mapped by what the others say.
fn cross_calibration_error(pairs: &[(f64, bool)], folds: &[Range<usize>]) -> Option<f64> {
    let mut mapped = Vec::with_capacity(pairs.len());
    for block in folds {
        let others = [&pairs[..block.start], &pairs[block.end..]].concat();
        let map = ProbabilityMap::fit(others)?;
        mapped.extend(pairs[block.clone()].iter().map(|(raw, is_fraud)| (map.map(*raw), *is_fraud)));
    }
    expected_calibration_error(mapped, BINS)
}

/// The features that are not the same in all lessons; a missing value is a value.
fn varying_inputs(lessons: &[Lesson]) -> Vec<Input> {
    Feature::ALL
        .into_iter()
        .filter_map(|feature| {
            let mut values: Vec<f32> =
                lessons.iter().filter_map(|lesson| lesson.features.get(feature)).collect();
            values.sort_by(f32::total_cmp);
            let (least, greatest) = (*values.first()?, *values.last()?);
            let is_varying = least < greatest || values.len() < lessons.len();
            let median = values[(values.len() - 1) / 2];
            // Far from 0 a whole step may be less than the distance between two numbers.
            let missing = (least - 1.0).min(least - least.abs() * 1e-6);
            is_varying.then_some(Input { index: feature.index() as u16, missing, median })
        })
        .collect()
}
