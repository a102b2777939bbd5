//! Small trees and samples for the tests of the forest.

use super::compiled::{Forest, Step};
use super::settings::{ForestSettings, Kind};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Features of a sample's rows.
pub(super) const N_FEATURES: usize = 6;

pub(super) fn cut(feature: u16, threshold: f32) -> Step {
    Step::Cut { feature, threshold }
}

pub(super) fn leaf(value: f64, cover: u32) -> Step {
    Step::Leaf { value, cover }
}

/// 1 where features 0 and 1 are both positive, each for half of 8 rows.
pub(super) fn and_tree() -> Vec<Step> {
    vec![cut(0, 0.0), leaf(0.0, 4), cut(1, 0.0), leaf(0.0, 2), leaf(1.0, 2)]
}

/// Rows and their targets.
pub(super) struct Sample {
    rows: Vec<[f32; N_FEATURES]>,
    pub(super) targets: Vec<bool>,
}

impl Sample {
    pub(super) fn rows(&self) -> Vec<&[f32]> {
        self.rows.iter().map(<[f32; N_FEATURES]>::as_slice).collect()
    }

    /// Six trees over the sample.
    pub(super) fn forest(&self, kind: Kind) -> Forest {
        let settings = ForestSettings { n_trees: 6, ..settings(kind) };
        Forest::train(&self.rows(), &self.targets, &settings, 1).unwrap()
    }
}

pub(super) fn settings(kind: Kind) -> ForestSettings {
    ForestSettings { kind, max_depth: 9, min_leaf: 2, n_candidates: Some(3), ..ForestSettings::default() }
}

/// Rows of which a fifth are frauds, as the first three features say with some noise. The first, third and
/// fifth feature are heavily tied, and the last is constant.
pub(super) fn sample(n: usize, seed: u64) -> Sample {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = Vec::new();
    let mut targets = Vec::new();
    for _ in 0..n {
        let mut drawn: [f32; N_FEATURES] = std::array::from_fn(|_| random.random());
        let sum = drawn[0] + drawn[1] * drawn[2] + 0.3 * random.random::<f32>();
        for tied in [0, 2, 4] {
            drawn[tied] = (drawn[tied] * 5.0).floor() / 10.0;
        }
        drawn[N_FEATURES - 1] = 0.1;
        rows.push(drawn);
        targets.push(sum > 1.2);
    }
    Sample { rows, targets }
}
