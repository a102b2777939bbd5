//! Growing: chunks of trees, fitted by smartcore on several threads.

use super::compiled::{Forest, Step};
use super::grown::read_trees;
use super::settings::{ForestError, ForestSettings, Kind};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use smartcore::ensemble::extra_trees_regressor::{ExtraTreesRegressor, ExtraTreesRegressorParameters};
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

/// Trees that one call of smartcore grows. Each call sorts every feature once, which more and smaller chunks
/// would repeat; four chunks of the usual 100 trees keep four threads busy.
const CHUNK: usize = 25;

/// What all chunks share: rows that were checked, also as columns, their 0/1 targets, and the settings.
pub(super) struct Task<'a> {
    pub(super) rows: &'a [&'a [f32]],
    pub(super) x: DenseMatrix<f32>,
    pub(super) y: Vec<f64>,
    pub(super) settings: &'a ForestSettings,
}

/// A chunk's trees in preorder, or why there are none.
type Chunk = Result<Vec<Vec<Step>>, ForestError>;

impl Task<'_> {
    /// Grows the whole forest. The number of threads decides nothing but the time.
    pub(super) fn run(&self, seed: u64, n_threads: usize) -> Result<Forest, ForestError> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let n_trees = self.settings.n_trees;
        let plan: Vec<(usize, u64)> = (0..n_trees)
            .step_by(CHUNK)
            .map(|first| (CHUNK.min(n_trees - first), random.next_u64()))
            .collect();
        let mut trees = Vec::with_capacity(n_trees);
        for chunk in self.grow_chunks(&plan, n_threads) {
            trees.extend(chunk?);
        }
        Forest::compile(self.n_features(), &trees).ok_or_else(no_forest)
    }

    fn n_features(&self) -> u16 {
        self.rows.first().map_or(0, |row| row.len()) as u16
    }

    /// Grows the chunks of the plan, each (trees, seed), and answers them in the plan's order. This thread
    /// works too, so a thread that cannot be started costs only time.
    fn grow_chunks(&self, plan: &[(usize, u64)], n_threads: usize) -> Vec<Chunk> {
        let waiting = Mutex::new(plan.iter().copied().enumerate());
        let work = || {
            let mut done = Vec::new();
            loop {
                let next = waiting.lock().map(|mut waiting| waiting.next());
                let Ok(Some((index, (n_trees, seed)))) = next else {
                    return done;
                };
                done.push((index, self.grow_chunk(n_trees, seed)));
            }
        };
        let mut chunks = thread::scope(|scope| {
            let others: Vec<_> = (1..n_threads.min(plan.len()))
                .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let mut chunks = work();
            for other in others {
                let lost = |_| vec![(plan.len(), Err(ForestError::Growing("a thread was lost".into())))];
                chunks.extend(other.join().unwrap_or_else(lost));
            }
            chunks
        });
        chunks.sort_by_key(|(index, _)| *index);
        chunks.into_iter().map(|(_, chunk)| chunk).collect()
    }

    /// Grows trees and counts their covers.
    fn grow_chunk(&self, n_trees: usize, seed: u64) -> Chunk {
        let trees = caught(|| self.fit(n_trees, seed))?;
        let forest = Forest::compile(self.n_features(), &trees);
        let counted = forest.and_then(|forest| forest.with_covers_of(self.rows)).ok_or_else(no_forest)?;
        Ok(counted.steps())
    }

    fn fit(&self, n_trees: usize, seed: u64) -> Chunk {
        match self.settings.kind {
            Kind::ExtraTrees => read_trees(&self.extra_trees(n_trees, seed)?),
            Kind::RandomForest => read_trees(&self.random_forest(n_trees, seed)?),
        }
    }

    fn extra_trees(
        &self,
        n_trees: usize,
        seed: u64,
    ) -> Result<ExtraTreesRegressor<f32, f64, DenseMatrix<f32>, Vec<f64>>, ForestError> {
        let parameters = ExtraTreesRegressorParameters {
            max_depth: Some(self.settings.max_depth),
            min_samples_leaf: self.settings.min_leaf,
            min_samples_split: self.settings.min_leaf.saturating_mul(2),
            n_trees,
            m: self.settings.n_candidates,
            keep_samples: false,
            seed,
        };
        ExtraTreesRegressor::fit(&self.x, &self.y, parameters)
            .map_err(|error| ForestError::Growing(error.to_string()))
    }

    fn random_forest(
        &self,
        n_trees: usize,
        seed: u64,
    ) -> Result<RandomForestRegressor<f32, f64, DenseMatrix<f32>, Vec<f64>>, ForestError> {
        let parameters = RandomForestRegressorParameters {
            max_depth: Some(self.settings.max_depth),
            min_samples_leaf: self.settings.min_leaf,
            min_samples_split: self.settings.min_leaf.saturating_mul(2),
            n_trees,
            m: self.settings.n_candidates,
            keep_samples: false,
            seed,
        };
        RandomForestRegressor::fit(&self.x, &self.y, parameters)
            .map_err(|error| ForestError::Growing(error.to_string()))
    }
}

/// smartcore may panic on odd input: that becomes an error.
fn caught(fit: impl FnOnce() -> Chunk) -> Chunk {
    catch_unwind(AssertUnwindSafe(fit))
        .unwrap_or_else(|_| Err(ForestError::Growing("smartcore panicked".into())))
}

fn no_forest() -> ForestError {
    ForestError::Growing("the grown trees do not compile".into())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{Sample, sample, settings};
    use super::super::train::columns;
    use super::*;

    fn task<'a>(rows: &'a [&'a [f32]], sample: &Sample, settings: &'a ForestSettings) -> Task<'a> {
        let y = sample.targets.iter().map(|is_fraud| f64::from(u8::from(*is_fraud))).collect();
        Task { rows, x: columns(rows).unwrap(), y, settings }
    }

    /// The largest distance between our predictions and smartcore's, on rows seen and unseen.
    fn largest_distance(kind: Kind) -> f64 {
        let (seen, unseen) = (sample(1_500, 1), sample(2_000, 2));
        let settings = ForestSettings { n_trees: 8, ..settings(kind) };
        let rows = seen.rows();
        let task = task(&rows, &seen, &settings);
        let ours = Forest::compile(task.n_features(), &task.grow_chunk(8, 3).unwrap()).unwrap();
        assert!(ours.n_nodes() > 100);
        let rows: Vec<&[f32]> = rows.iter().copied().chain(unseen.rows()).collect();
        let x = columns(&rows).unwrap();
        let theirs = match kind {
            Kind::ExtraTrees => task.extra_trees(8, 3).unwrap().predict(&x).unwrap(),
            Kind::RandomForest => task.random_forest(8, 3).unwrap().predict(&x).unwrap(),
        };
        assert!(theirs.iter().any(|theirs| *theirs > 0.5));
        rows.iter().zip(theirs).map(|(row, theirs)| (ours.predict(row) - theirs).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn predictions_are_those_of_smartcore() {
        for kind in [Kind::ExtraTrees, Kind::RandomForest] {
            let distance = largest_distance(kind);
            assert!(distance < 1e-12, "{kind:?}: {distance:e}");
        }
    }

    #[test]
    fn the_number_of_threads_does_not_matter_and_the_seed_does() {
        let sample = sample(200, 3);
        let rows = sample.rows();
        for kind in [Kind::ExtraTrees, Kind::RandomForest] {
            let settings = ForestSettings { n_trees: 60, ..settings(kind) };
            let task = task(&rows, &sample, &settings);
            let alone = task.run(5, 1).unwrap();
            assert_eq!(alone.n_trees(), 60);
            assert_eq!(alone, task.run(5, 3).unwrap());
            assert_eq!(alone, Forest::train(&rows, &sample.targets, &settings, 5).unwrap());
            assert_ne!(alone, task.run(6, 1).unwrap());
        }
    }

    #[test]
    fn covers_are_the_rows_that_came_and_every_leaf_has_one() {
        let sample = sample(600, 4);
        for kind in [Kind::ExtraTrees, Kind::RandomForest] {
            let forest = sample.forest(kind);
            for root in &forest.roots {
                assert_eq!(forest.covers[*root as usize], 600);
            }
            assert!(forest.covers.iter().all(|cover| *cover > 0));
        }
    }

    #[test]
    fn the_expectation_is_the_mean_prediction_over_the_training_rows() {
        let sample = sample(600, 5);
        for kind in [Kind::ExtraTrees, Kind::RandomForest] {
            let forest = sample.forest(kind);
            let total: f64 = sample.rows().iter().map(|row| forest.predict(row)).sum();
            assert!((forest.expectation() - total / 600.0).abs() < 1e-12);
        }
        // Without a bootstrap a leaf is the mean of its rows, so that is the share of frauds too.
        let n_frauds = sample.targets.iter().filter(|is_fraud| **is_fraud).count() as f64;
        assert!((sample.forest(Kind::ExtraTrees).expectation() - n_frauds / 600.0).abs() < 1e-12);
    }

    #[test]
    fn odd_input_trains_without_a_panic() {
        let constant: Vec<&[f32]> = vec![&[0.0, -0.0]; 4];
        let extreme: Vec<&[f32]> = vec![&[f32::MAX, 1.0], &[f32::MIN, 1.0], &[1e-45, 1.0], &[-1e-45, 1.0]];
        let targets = [true, false, true, false];
        for kind in [Kind::ExtraTrees, Kind::RandomForest] {
            let settings =
                ForestSettings { kind, n_trees: 30, max_depth: 24, min_leaf: 1, n_candidates: Some(9) };
            for rows in [&constant, &extreme] {
                let forest = Forest::train(rows, &targets, &settings, 1).unwrap();
                assert!(forest.is_valid(2));
                assert!(rows.iter().all(|row| (0.0..=1.0).contains(&forest.predict(row))));
            }
            let too_large = ForestSettings { min_leaf: usize::MAX, ..settings };
            let forest = Forest::train(&extreme, &targets, &too_large, 1).unwrap();
            assert_eq!(forest.n_nodes(), 30);
        }
    }

    #[test]
    fn a_panic_while_growing_becomes_an_error() {
        let chunk = caught(|| panic!("on purpose"));
        assert_eq!(chunk, Err(ForestError::Growing("smartcore panicked".into())));
    }
}
