//! The isolation forest of Liu, Ting and Zhou (Isolation Forest, ICDM 2008), with attribution by path.
//!
//! A tree cuts a subsample at random until each row stands alone; what few cuts isolate is anomalous. This
//! file knows rows of numbers without gaps: imputing, calibrating and naming features happen elsewhere.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Trees in a forest; path lengths converge well before (section 4 of the paper).
const N_TREES: usize = 100;
/// Rows that each tree sees; the paper's empirical choice (section 4).
const SUBSAMPLE: usize = 256;
/// Euler's constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// [`mean_path_length`] for every node that a tree can have: a walk asks for some twenty.
static MEAN_PATH_LENGTHS: LazyLock<Vec<f64>> =
    LazyLock::new(|| (0..=SUBSAMPLE).map(mean_path_length).collect());

/// A node of a tree: `n` is how many rows of the subsample reached it, `cut` says where it divides them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Node {
    n: u16,
    cut: Option<Cut>,
}

/// Rows with `value <= threshold` go to the node that follows this one, the rest to node `right`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Cut {
    feature: u16,
    threshold: f32,
    right: u16,
}

/// Trees of random cuts; each is a list of nodes in preorder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IsolationForest {
    trees: Vec<Vec<Node>>,
    n_features: u16,
    subsample: u16,
}

/// An anomaly score and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Isolation {
    /// `2^(-h / c)` in (0, 1]: about 0.5 for the ordinary, towards 1 for the easily isolated.
    pub score: f64,
    /// How much each feature shortened the mean path, in cuts; together `c - h`. Negative where it
    /// lengthened the path.
    pub shortfalls: Vec<f64>,
}

/// The mean path length of an unsuccessful search among `n` rows: `2 H(n - 1) - 2 (n - 1) / n`, with the
/// harmonic number H(i) as `ln(i) + gamma` (equation 1 of the paper); 1 for two rows and 0 for one.
pub fn mean_path_length(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let below = (n - 1) as f64;
            2.0 * (libm::log(below) + EULER_GAMMA) - 2.0 * below / n as f64
        }
    }
}

impl IsolationForest {
    /// Grows 100 trees on subsamples of at most 256 rows, drawn without replacement.
    ///
    /// `rows`: n_rows x n_features, all finite, any order. Equal rows, order and seed give an equal forest.
    pub fn grow(rows: &[&[f32]], seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let subsample = rows.len().min(SUBSAMPLE);
        let height_limit = subsample.max(2).next_power_of_two().ilog2();
        let mut indices: Vec<usize> = (0..rows.len()).collect();
        let trees = (0..N_TREES)
            .map(|_| {
                draw_to_front(&mut indices, subsample, &mut random);
                let mut tree = Tree { rows, random: &mut random, nodes: Vec::new() };
                let mut sample: Vec<usize> = indices.iter().take(subsample).copied().collect();
                tree.grow(&mut sample, height_limit);
                tree.nodes
            })
            .collect();
        let n_features = rows.first().map_or(0, |row| row.len()) as u16;
        Self { trees, n_features, subsample: subsample as u16 }
    }

    /// The anomaly score of a row of `n_features` finite numbers, and each feature's part in it.
    ///
    /// A path's length h is its cuts plus the mean path length c(n) of the rows left at its end. With n
    /// falling from the subsample's size along the path, c - h is the sum over the cuts of
    /// `c(n before) - c(n after) - 1`: how much better the cut isolated than a random one would. Each term
    /// goes to the feature of its cut, so the parts add up exactly; then comes the mean over trees.
    pub fn isolate(&self, row: &[f32]) -> Isolation {
        let expected = expected_length(self.subsample);
        let mut shortfalls = vec![0.0; usize::from(self.n_features)];
        let mut length = 0.0;
        for tree in &self.trees {
            length += walk(tree, row, &mut shortfalls);
        }
        let n_trees = self.trees.len().max(1) as f64;
        shortfalls.iter_mut().for_each(|shortfall| *shortfall /= n_trees);
        let score = libm::exp2(-(length / n_trees) / expected.max(1.0));
        Isolation { score, shortfalls }
    }

    /// Whether every walk ends, at features that exist: for decoding.
    pub(crate) fn is_valid(&self, n_features: usize) -> bool {
        let is_tree_valid = |tree: &Vec<Node>| {
            !tree.is_empty()
                && tree.iter().enumerate().all(|(index, node)| {
                    node.cut.as_ref().is_none_or(|cut| {
                        usize::from(cut.feature) < n_features
                            && cut.threshold.is_finite()
                            && usize::from(cut.right) > index + 1
                            && usize::from(cut.right) < tree.len()
                    })
                })
        };
        usize::from(self.n_features) == n_features
            && usize::from(self.subsample) >= 2
            && !self.trees.is_empty()
            && self.trees.iter().all(is_tree_valid)
    }
}

/// [`mean_path_length`] from the table.
fn expected_length(n: u16) -> f64 {
    let n = usize::from(n);
    MEAN_PATH_LENGTHS.get(n).copied().unwrap_or_else(|| mean_path_length(n))
}

/// Walks a row down a tree, adding each cut's shortfall to its feature; answers the path's length.
fn walk(tree: &[Node], row: &[f32], shortfalls: &mut [f64]) -> f64 {
    let mut index = 0;
    let mut n_cuts = 0.0;
    while let Some(Cut { feature, threshold, right }) = &tree[index].cut {
        let expected_before = expected_length(tree[index].n);
        let feature = usize::from(*feature);
        index = if row[feature] <= *threshold { index + 1 } else { usize::from(*right) };
        shortfalls[feature] += expected_before - expected_length(tree[index].n) - 1.0;
        n_cuts += 1.0;
    }
    n_cuts + expected_length(tree[index].n)
}

/// Brings a random choice of `n` indices to the front (Fisher and Yates, stopped early).
fn draw_to_front(indices: &mut [usize], n: usize, random: &mut ChaCha8Rng) {
    let end = indices.len() as u64;
    for index in 0..n {
        let chosen = random.random_range(index as u64..end) as usize;
        indices.swap(index, chosen);
    }
}

/// A tree while it grows.
struct Tree<'a> {
    rows: &'a [&'a [f32]],
    random: &'a mut ChaCha8Rng,
    nodes: Vec<Node>,
}

impl Tree<'_> {
    /// Grows the node for `sample`, then its left and right subtrees, `height` cuts deep at most.
    fn grow(&mut self, sample: &mut [usize], height: u32) {
        let index = self.nodes.len();
        self.nodes.push(Node { n: sample.len() as u16, cut: None });
        if height == 0 || sample.len() < 2 {
            return;
        }
        let Some((feature, threshold)) = self.draw_cut(sample) else {
            return;
        };
        let rows = self.rows;
        sample.sort_by_key(|row| rows[*row][feature] > threshold);
        let n_left = sample.partition_point(|row| rows[*row][feature] <= threshold);
        let (left, right) = sample.split_at_mut(n_left);
        self.grow(left, height - 1);
        let right_at = self.nodes.len() as u16;
        self.grow(right, height - 1);
        self.nodes[index].cut = Some(Cut { feature: feature as u16, threshold, right: right_at });
    }

    /// A random feature that is not constant in the sample, and a threshold from its least value up to, and
    /// without, its greatest. None when all rows are equal.
    fn draw_cut(&mut self, sample: &[usize]) -> Option<(usize, f32)> {
        let n_features = self.rows.first().map_or(0, |row| row.len());
        let ranges: Vec<(usize, f32, f32)> = (0..n_features)
            .filter_map(|feature| {
                let values = sample.iter().map(|row| self.rows[*row][feature]);
                let (low, high) = values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
                    (low.min(value), high.max(value))
                });
                (low < high).then_some((feature, low, high))
            })
            .collect();
        if ranges.is_empty() {
            return None;
        }
        let (feature, low, high) = ranges[self.random.random_range(0..ranges.len() as u64) as usize];
        let fraction: f64 = self.random.random();
        let threshold = (f64::from(low) + fraction * (f64::from(high) - f64::from(low))) as f32;
        // Rounding may reach the greatest value, which would leave the right side empty.
        Some((feature, if threshold < high { threshold } else { low }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_path_lengths_are_the_papers() {
        // 2 (ln 255 + gamma) - 2 * 255 / 256 = 10.2448; the table in scikit-learn's tests has the same.
        assert_eq!((mean_path_length(1), mean_path_length(2)), (0.0, 1.0));
        assert!((mean_path_length(5) - 2.327_020).abs() < 1e-6);
        assert!((mean_path_length(256) - 10.244_770).abs() < 1e-5);
    }

    #[test]
    fn equal_rows_are_never_cut_and_equally_ordinary() {
        let rows: Vec<&[f32]> = vec![&[1.0, 2.0]; 300];
        let forest = IsolationForest::grow(&rows, 1);
        let isolation = forest.isolate(&[1.0, 2.0]);
        assert!((isolation.score - 0.5).abs() < 1e-12);
        assert_eq!(isolation.shortfalls, [0.0, 0.0]);
    }

    #[test]
    fn the_parts_of_the_features_add_up_and_the_odd_feature_has_the_most() {
        let owned: Vec<[f32; 3]> =
            (0..400).map(|index| [(index % 20) as f32, (index % 7) as f32, (index % 11) as f32]).collect();
        let rows: Vec<&[f32]> = owned.iter().map(<[f32; 3]>::as_slice).collect();
        let forest = IsolationForest::grow(&rows, 7);
        let isolation = forest.isolate(&[10.0, 60.0, 5.0]);
        let h = -libm::log2(isolation.score) * mean_path_length(256);
        let total: f64 = isolation.shortfalls.iter().sum();
        assert!((total - (mean_path_length(256) - h)).abs() < 1e-9);
        assert!(isolation.shortfalls[1] > isolation.shortfalls[0].max(isolation.shortfalls[2]) + 1.0);
    }

    #[test]
    fn the_seed_decides_the_forest() {
        let owned: Vec<[f32; 2]> =
            (0..300).map(|index| [(index * 7 % 31) as f32, (index % 13) as f32]).collect();
        let rows: Vec<&[f32]> = owned.iter().map(<[f32; 2]>::as_slice).collect();
        assert_eq!(IsolationForest::grow(&rows, 3), IsolationForest::grow(&rows, 3));
        assert_ne!(IsolationForest::grow(&rows, 3), IsolationForest::grow(&rows, 4));
    }
}
