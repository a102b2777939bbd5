//! Training: from rows of features to a model. Deterministic: the same rows, order and seed, the same bytes.

use super::artifact::MlModel;
use super::inputs::INPUTS;
use super::isolation::IsolationForest;
use super::isolation_model::{Input, IsolationModel, departures};
use crate::detection::features::FeatureVector;
use crate::detection::scale::Scale;
use crate::detection::scales::counted;
use crate::domain::configuration::AlertBudget;

/// Rows below which nothing is trained: one full subsample of a tree.
pub const MIN_TRAINING_ROWS: usize = 256;
/// Rows that the scale is read from, evenly spaced; more would only take longer.
const MAX_CALIBRATION_ROWS: usize = 20_000;

/// Why no model came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// Wait for more transactions.
    #[error("{have} rows are too few to train on; {need} are needed")]
    TooFewRows {
        /// Rows given.
        have: usize,
        /// Rows needed.
        need: usize,
    },
}

impl MlModel {
    /// Trains an isolation forest.
    ///
    /// `rows`: n_transactions feature vectors, any order, labels not needed: a little fraud among them does
    /// no harm. A missing value counts as an ordinary one.
    ///
    /// # Errors
    /// [`TrainError::TooFewRows`] below [`MIN_TRAINING_ROWS`].
    pub fn train_isolation_forest(
        rows: &[FeatureVector],
        budget: AlertBudget,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let too_few = TrainError::TooFewRows { have: rows.len(), need: MIN_TRAINING_ROWS };
        if rows.len() < MIN_TRAINING_ROWS {
            return Err(too_few);
        }
        let inputs: Vec<Input> = INPUTS.into_iter().map(|feature| Input::measure(feature, rows)).collect();
        let complete: Vec<Vec<f32>> = rows.iter().map(|row| departures(row, &inputs)).collect();
        let complete: Vec<&[f32]> = complete.iter().map(Vec::as_slice).collect();
        let forest = IsolationForest::grow(&complete, seed);
        let step = complete.len().div_ceil(MAX_CALIBRATION_ROWS);
        let sample = rows.iter().zip(&complete).step_by(step);
        let scored = sample.map(|(row, complete)| (row, forest.isolate(complete).score));
        let scale = Scale::fit(counted(scored), budget).ok_or(too_few)?;
        let n_rows = rows.len() as u64;
        Ok(Self::isolation(IsolationModel { n_rows, inputs, forest, scale }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures;

    #[test]
    fn too_few_rows_are_refused_with_the_number_needed() {
        let rows = vec![FeatureVector::missing(); 255];
        assert_eq!(
            MlModel::train_isolation_forest(&rows, AlertBudget::default(), 1),
            Err(TrainError::TooFewRows { have: 255, need: 256 })
        );
    }

    #[test]
    fn the_same_rows_and_seed_give_the_same_bytes() {
        let rows = fixtures::ordinary_vectors(300);
        let train =
            |seed| MlModel::train_isolation_forest(&rows, AlertBudget::default(), seed).unwrap().encode();
        assert_eq!(train(5), train(5));
        assert_ne!(train(5), train(6));
    }

    #[test]
    fn what_is_no_rarer_than_one_in_fifty_or_missing_counts_as_ordinary() {
        let mut rows = vec![FeatureVector::missing(); 101];
        for (row, value) in rows.iter_mut().zip(0..100) {
            row.set(INPUTS[0], Some(f64::from(value)));
        }
        let inputs: Vec<Input> = INPUTS.into_iter().map(|feature| Input::measure(feature, &rows)).collect();
        assert_eq!((inputs[0].median, inputs[0].ordinary), (49.0, 97.0));
        assert_eq!((inputs[1].median, inputs[1].ordinary), (0.0, 0.0));
        let given = |row: usize| departures(&rows[row], &inputs)[0];
        assert_eq!([0, 50, 97, 98, 99, 100].map(given), [97.0, 97.0, 97.0, 98.0, 99.0, 97.0]);
    }
}
