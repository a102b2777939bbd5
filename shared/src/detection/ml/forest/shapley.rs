//! Shapley values of a prediction, exact for trees.

use super::compiled::{Forest, MAX_DEPTH};
use std::sync::LazyLock;

/// Features that one path can cut at most.
const MAX_FEATURES: usize = MAX_DEPTH as usize - 1;

/// `k! (d - k - 1)! / d!` for d features at `[d]`, k of them known before: the share of orders in which
/// exactly those k come first (Shapley, A Value for n-Person Games, 1953).
static WEIGHTS: LazyLock<Vec<Vec<f64>>> = LazyLock::new(|| {
    let weights_of = |d: usize| {
        // W(0) = 1 / d, W(k) = W(k - 1) * k / (d - k).
        let mut weight = 1.0 / d as f64;
        (0..d)
            .map(|k| {
                weight *= if k == 0 { 1.0 } else { k as f64 / (d - k) as f64 };
                weight
            })
            .collect()
    };
    (0..=MAX_FEATURES).map(weights_of).collect()
});

/// A feature cut on the way to a node.
#[derive(Clone, Copy)]
struct Known {
    feature: usize,
    /// The share of training rows that go the same way at all of the feature's cuts: what a path weighs
    /// while the feature is unknown.
    share: f64,
    /// Whether the row itself goes that way at all of them: what the path weighs once the feature is known,
    /// 1 or 0.
    is_met: bool,
}

impl Forest {
    /// The Shapley value of each feature for a row of `n_features` finite numbers: its part in the
    /// prediction, averaged over all orders in which the features could become known. An unknown feature
    /// sends a row down both sides of a cut by the shares of the training rows. The prediction is
    /// [`Forest::expectation`] and the sum of the values. NaN for a row of another length.
    ///
    /// The game is that of path-dependent TreeSHAP (Lundberg, Erion and Lee, Consistent individualized
    /// feature attribution for tree ensembles, 2018, algorithm 2; Lundberg and others, Nature Machine
    /// Intelligence 2, 2020), and so are the values. The sum over subsets is taken at each leaf, where the
    /// features that the row does not meet are only a factor, and share one term (Yang, Fast TreeSHAP, 2021).
    pub fn shapley(&self, row: &[f32]) -> Vec<f64> {
        if row.len() != self.n_features() {
            return vec![f64::NAN; self.n_features()];
        }
        let values = vec![0.0; self.n_features()];
        let mut walk = Walk { forest: self, row, path: Vec::new(), values, met: Subsets::default() };
        for root in &self.roots {
            walk.visit(*root as usize);
        }
        walk.values.iter().map(|value| self.mean_over_trees(*value)).collect()
    }
}

/// A walk through all leaves of a tree.
struct Walk<'a> {
    forest: &'a Forest,
    row: &'a [f32],
    path: Vec<Known>,
    values: Vec<f64>,
    met: Subsets,
}

impl Walk<'_> {
    /// Visits the subtree at `index`; decoding bounds its depth.
    fn visit(&mut self, index: usize) {
        let node = self.forest.nodes[index];
        if node.is_leaf() {
            self.settle(self.forest.means[index]);
            return;
        }
        let feature = usize::from(node.feature);
        let is_left = self.row[feature] <= node.threshold;
        let (to_left, to_right) = self.forest.shares(index);
        self.descend(index + 1, Known { feature, share: to_left, is_met: is_left });
        self.descend(node.right as usize, Known { feature, share: to_right, is_met: !is_left });
    }

    /// Visits a child with what its cut adds to the path, then takes that back. A feature cut before is
    /// one feature still: its shares multiply, and it is met only if met every time.
    fn descend(&mut self, child: usize, cut: Known) {
        match self.path.iter().position(|known| known.feature == cut.feature) {
            Some(at) => {
                let before = self.path[at];
                self.path[at].share *= cut.share;
                self.path[at].is_met &= cut.is_met;
                self.visit(child);
                self.path[at] = before;
            }
            None => {
                self.path.push(cut);
                self.visit(child);
                self.path.pop();
            }
        }
    }

    /// Adds a leaf's part to the values of the features on the path.
    ///
    /// Of d features on it, known the set S, the path weighs the product of the shares of those not in S,
    /// or 0 once a feature that is not met is in S. So only subsets of the met features count, and with
    /// `W(k)` from [`WEIGHTS`], `e_k` the sum over subsets of size k of the product of the shares of the
    /// met features outside, `q_k` the same without feature i, and u the product of the shares not met,
    /// - a met feature i adds `value * u * (1 - share_i) * sum_k W(k) q_k`,
    /// - one not met takes away `value * u * sum_k W(k) e_k`, the same for all.
    fn settle(&mut self, value: f64) {
        if value == 0.0 {
            return;
        }
        let mut weight = value;
        self.met.reset();
        for known in &self.path {
            if known.is_met {
                self.met.multiply(known.share);
            } else {
                weight *= known.share;
            }
        }
        let weights = &WEIGHTS[self.path.len()];
        let lost = weight * self.met.weigh(weights);
        for known in &self.path {
            self.values[known.feature] += if known.is_met {
                weight * (1.0 - known.share) * self.met.weigh_without(known.share, weights)
            } else {
                -lost
            };
        }
    }
}

/// The coefficients `e_k` of the product of `(share + y)` over the met features.
#[derive(Default)]
struct Subsets {
    coefficients: [f64; MAX_FEATURES + 1],
    n: usize,
}

impl Subsets {
    /// The product of no feature: 1.
    fn reset(&mut self) {
        self.n = 0;
        self.coefficients[0] = 1.0;
    }

    fn multiply(&mut self, share: f64) {
        self.n += 1;
        self.coefficients[self.n] = 0.0;
        let mut lower = 0.0;
        for e in &mut self.coefficients[..=self.n] {
            (*e, lower) = (*e * share + lower, *e);
        }
    }

    /// `sum_k W(k) e_k`.
    fn weigh(&self, weights: &[f64]) -> f64 {
        weights.iter().zip(&self.coefficients[..=self.n]).map(|(weight, e)| weight * e).sum()
    }

    /// `sum_k W(k) q_k`, dividing `(share + y)` out from the highest power, where a share of at most 1 makes
    /// no rounding error grow: `q_(n-1) = e_n` and `q_(k-1) = e_k - share * q_k`.
    fn weigh_without(&self, share: f64, weights: &[f64]) -> f64 {
        let mut quotient = 0.0;
        let mut total = 0.0;
        for (e, weight) in self.coefficients[1..=self.n].iter().zip(weights).rev() {
            quotient = e - share * quotient;
            total += weight * quotient;
        }
        total
    }
}
