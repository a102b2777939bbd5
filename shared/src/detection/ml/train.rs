//! Training: from rows of features to a model. Deterministic: the same rows, order and seed, the same bytes.

use super::artifact::MlModel;
use super::inputs::INPUTS;
use super::isolation::IsolationForest;
use super::isolation_model::{IsolationModel, impute, input_places};
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
    /// no harm. A missing value counts as the median of its feature.
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
        let medians = medians(rows);
        let complete: Vec<Vec<f32>> = rows.iter().map(|row| impute(row, &medians)).collect();
        let complete: Vec<&[f32]> = complete.iter().map(Vec::as_slice).collect();
        let forest = IsolationForest::grow(&complete, seed);
        let step = complete.len().div_ceil(MAX_CALIBRATION_ROWS);
        let sample = rows.iter().zip(&complete).step_by(step);
        let scored = sample.map(|(row, complete)| (row, forest.isolate(complete).score));
        let scale = Scale::fit(counted(scored), budget).ok_or(too_few)?;
        let n_rows = rows.len() as u64;
        Ok(Self::isolation(IsolationModel { n_rows, inputs: input_places(), medians, forest, scale }))
    }
}

/// The lower median of each input over the rows that have it; 0 where none does.
fn medians(rows: &[FeatureVector]) -> Vec<f32> {
    INPUTS
        .into_iter()
        .map(|input| {
            let mut values: Vec<f32> = rows.iter().filter_map(|row| row.get(input)).collect();
            values.sort_by(f32::total_cmp);
            values.len().checked_sub(1).map_or(0.0, |last| values[last / 2])
        })
        .collect()
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
    fn a_missing_value_and_one_below_it_count_as_the_median() {
        let mut rows = vec![FeatureVector::missing(); 3];
        for (row, value) in rows.iter_mut().zip([4.0, 9.0, 1.0]) {
            row.set(INPUTS[0], Some(value));
        }
        rows.push(FeatureVector::missing());
        let medians = medians(&rows);
        assert_eq!((medians[0], medians[1]), (4.0, 0.0));
        assert_eq!(impute(&rows[3], &medians)[0], 4.0);
        // Below the middle nothing is out of the ordinary.
        assert_eq!((impute(&rows[1], &medians)[0], impute(&rows[2], &medians)[0]), (9.0, 4.0));
    }
}
