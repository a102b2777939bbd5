//! Training: from rows and targets to a compiled forest.

use super::compiled::Forest;
use super::grow::Task;
use super::settings::{ForestError, ForestSettings};
use smartcore::linalg::basic::matrix::DenseMatrix;
use std::num::NonZeroUsize;
use std::thread;

impl Forest {
    /// Grows a forest on as many threads as there are processors.
    ///
    /// `rows`: n_rows x n_features finite numbers, any order; `targets`: true is fraud, one for each row.
    /// The same rows, order, settings and seed give the same forest on any number of threads: trees are
    /// grown in chunks of fixed size, each from a seed of its own drawn from `seed`.
    ///
    /// # Errors
    /// [`ForestError`] where rows, targets or settings cannot be trained on, or smartcore fails.
    pub fn train(
        rows: &[&[f32]],
        targets: &[bool],
        settings: &ForestSettings,
        seed: u64,
    ) -> Result<Self, ForestError> {
        check(rows, targets)?;
        settings.check()?;
        let x = columns(rows)?;
        let y = targets.iter().map(|is_fraud| f64::from(u8::from(*is_fraud))).collect();
        let n_threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Task { rows, x, y, settings }.run(seed, n_threads)
    }
}

/// Whether smartcore can be asked to train on them.
fn check(rows: &[&[f32]], targets: &[bool]) -> Result<(), ForestError> {
    if rows.len() != targets.len() {
        return Err(ForestError::TargetsMismatch { rows: rows.len(), targets: targets.len() });
    }
    if rows.len() < 2 {
        return Err(ForestError::TooFewRows { have: rows.len() });
    }
    let need = rows[0].len();
    if need == 0 || need > usize::from(u16::MAX) {
        return Err(ForestError::FeatureCount { have: need });
    }
    for (index, row) in rows.iter().enumerate() {
        if row.len() != need {
            return Err(ForestError::RaggedRow { row: index, have: row.len(), need });
        }
        if let Some(feature) = row.iter().position(|value| !value.is_finite()) {
            return Err(ForestError::NotFinite { row: index, feature });
        }
    }
    let n_frauds = targets.iter().filter(|is_fraud| **is_fraud).count();
    if n_frauds == 0 || n_frauds == targets.len() {
        return Err(ForestError::OneClass);
    }
    Ok(())
}

/// The rows feature by feature: growing reads one feature of many rows at a time.
pub(super) fn columns(rows: &[&[f32]]) -> Result<DenseMatrix<f32>, ForestError> {
    let n_features = rows.first().map_or(0, |row| row.len());
    let values = (0..n_features).flat_map(|feature| rows.iter().map(move |row| row[feature])).collect();
    DenseMatrix::new(rows.len(), n_features, values, true)
        .map_err(|error| ForestError::Growing(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_trained_on_is_an_error_that_says_why() {
        let train = |rows: &[&[f32]], targets: &[bool]| {
            Forest::train(rows, targets, &ForestSettings::default(), 1).unwrap_err()
        };
        let both = [true, false];
        assert_eq!(train(&[&[1.0]], &both), ForestError::TargetsMismatch { rows: 1, targets: 2 });
        assert_eq!(train(&[], &[]), ForestError::TooFewRows { have: 0 });
        assert_eq!(train(&[&[1.0]], &[true]), ForestError::TooFewRows { have: 1 });
        assert_eq!(train(&[&[], &[]], &both), ForestError::FeatureCount { have: 0 });
        assert_eq!(train(&[&[1.0, 2.0], &[1.0]], &both), ForestError::RaggedRow { row: 1, have: 1, need: 2 });
        let not_finite = ForestError::NotFinite { row: 1, feature: 0 };
        assert_eq!(train(&[&[1.0], &[f32::NAN]], &both), not_finite);
        assert_eq!(train(&[&[1.0], &[f32::INFINITY]], &both), not_finite);
        assert_eq!(train(&[&[1.0], &[2.0]], &[true, true]), ForestError::OneClass);
        assert_eq!(train(&[&[1.0], &[2.0]], &[false, false]), ForestError::OneClass);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let default = ForestSettings::default;
        for settings in [
            ForestSettings { n_trees: 0, ..default() },
            ForestSettings { n_trees: usize::MAX, ..default() },
            ForestSettings { max_depth: 1, ..default() },
            ForestSettings { max_depth: 25, ..default() },
            ForestSettings { min_leaf: 0, ..default() },
            ForestSettings { n_candidates: Some(0), ..default() },
        ] {
            let trained = Forest::train(&[&[1.0], &[2.0]], &[true, false], &settings, 1);
            assert!(matches!(trained, Err(ForestError::InvalidSettings(_))), "{settings:?}");
        }
    }
}
