//! The compiled forest: every tree in flat arrays, and the prediction.

/// The greatest depth of a tree. A tree of this depth could tell 8 million groups apart; the bound keeps walks,
/// recursion and the rounding error of Shapley values small for any forest, decoded ones included.
pub(super) const MAX_DEPTH: u16 = 24;

/// A node of a tree as a walk meets it. Nodes of a tree lie in preorder: the left child of a cut is the next
/// node. A leaf has `right` 0, which is the index of no right child.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Node {
    /// Rows with `value <= threshold` go left.
    pub(super) threshold: f32,
    /// Index of the right child among all nodes of the forest, or 0.
    pub(super) right: u32,
    pub(super) feature: u16,
}

impl Node {
    pub(super) fn is_leaf(&self) -> bool {
        self.right == 0
    }
}

/// A node of a tree written in preorder: what trees are read from, and how they are stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// Divides rows; the left subtree follows, then the right one.
    Cut { feature: u16, threshold: f32 },
    /// Ends a path: the share of frauds that a row here is given, and how many training rows came here.
    Leaf { value: f64, cover: u32 },
}

/// Trees over rows of `n_features` finite numbers, each leaf a share of frauds in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    n_features: u16,
    /// Index of each tree's first node.
    pub(super) roots: Vec<u32>,
    /// The nodes of all trees, tree by tree.
    pub(super) nodes: Vec<Node>,
    /// Of each node: the mean of the leaves below it, weighted by their covers; a leaf's own value.
    pub(super) means: Vec<f64>,
    /// Of each node: how many training rows came here.
    pub(super) covers: Vec<u32>,
    expectation: f64,
}

impl Forest {
    /// Compiles trees written in preorder. None where there is none, where one is not exactly one tree of
    /// at most `MAX_DEPTH` levels, or where a feature, threshold, value or sum of covers is out of range.
    pub(super) fn compile(n_features: u16, trees: &[Vec<Step>]) -> Option<Self> {
        let n_nodes: usize = trees.iter().map(Vec::len).sum();
        u32::try_from(n_nodes).ok()?;
        let mut forest = Self {
            n_features,
            roots: Vec::with_capacity(trees.len()),
            nodes: Vec::with_capacity(n_nodes),
            means: Vec::with_capacity(n_nodes),
            covers: Vec::with_capacity(n_nodes),
            expectation: f64::NAN,
        };
        for tree in trees {
            forest.push_tree(tree)?;
        }
        let total: f64 = forest.roots.iter().map(|root| forest.means[*root as usize]).sum();
        forest.expectation = forest.mean_over_trees(total);
        (!trees.is_empty()).then_some(forest)
    }

    /// Appends a tree. A leaf ends the left side of the latest cut that still waits for its right child, so
    /// that the next node is that child; the tree ends with the leaf for which no cut waits.
    fn push_tree(&mut self, tree: &[Step]) -> Option<()> {
        let root = self.nodes.len();
        self.roots.push(root as u32);
        let mut waiting: Vec<(usize, u16)> = Vec::new();
        let mut level = Some(1);
        for step in tree {
            let at = level.filter(|level| *level <= MAX_DEPTH)?;
            let index = self.nodes.len();
            self.push_step(*step)?;
            if let Step::Cut { .. } = step {
                waiting.push((index, at));
                level = Some(at + 1);
            } else {
                level = waiting.pop().map(|(cut, at)| {
                    self.nodes[cut].right = index as u32 + 1;
                    at + 1
                });
            }
        }
        if tree.is_empty() || level.is_some() {
            return None;
        }
        self.fill_cuts(root)
    }

    fn push_step(&mut self, step: Step) -> Option<()> {
        let (node, mean, cover) = match step {
            Step::Cut { feature, threshold } => (Node { threshold, right: 0, feature }, 0.0, 0),
            Step::Leaf { value, cover } => (Node { threshold: 0.0, right: 0, feature: 0 }, value, cover),
        };
        if node.feature >= self.n_features || !node.threshold.is_finite() || !(0.0..=1.0).contains(&mean) {
            return None;
        }
        self.nodes.push(node);
        self.means.push(mean);
        self.covers.push(cover);
        Some(())
    }

    /// Covers and means of the cuts of the tree at `root`, from the leaves up.
    fn fill_cuts(&mut self, root: usize) -> Option<()> {
        for index in (root..self.nodes.len()).rev() {
            let node = self.nodes[index];
            if !node.is_leaf() {
                let (left, right) = (index + 1, node.right as usize);
                self.covers[index] = self.covers[left].checked_add(self.covers[right])?;
                let (to_left, to_right) = self.shares(index);
                self.means[index] = to_left * self.means[left] + to_right * self.means[right];
            }
        }
        Some(())
    }

    /// The shares of a cut's training rows that went left and right: half and half where none came.
    pub(super) fn shares(&self, index: usize) -> (f64, f64) {
        let cover = f64::from(self.covers[index]);
        if cover == 0.0 {
            return (0.5, 0.5);
        }
        let right = self.nodes[index].right as usize;
        (f64::from(self.covers[index + 1]) / cover, f64::from(self.covers[right]) / cover)
    }

    /// Counts the rows that come to each leaf of each tree, in place of the covers so far. None where a sum
    /// is out of range.
    #[cfg(feature = "train")]
    pub(super) fn with_covers_of(mut self, rows: &[&[f32]]) -> Option<Self> {
        self.covers.fill(0);
        for root in self.roots.clone() {
            for row in rows {
                let leaf = self.leaf(root, row);
                self.covers[leaf] += 1;
            }
        }
        Self::compile(self.n_features, &self.steps())
    }

    /// The trees in preorder.
    pub(super) fn steps(&self) -> Vec<Vec<Step>> {
        let ends = self.roots.iter().skip(1).map(|root| *root as usize).chain([self.nodes.len()]);
        let step = |index: usize| match self.nodes[index] {
            node if node.is_leaf() => Step::Leaf { value: self.means[index], cover: self.covers[index] },
            Node { feature, threshold, .. } => Step::Cut { feature, threshold },
        };
        self.roots.iter().zip(ends).map(|(root, end)| (*root as usize..end).map(step).collect()).collect()
    }

    /// The leaf that a row comes to in the tree at `root`.
    fn leaf(&self, root: u32, row: &[f32]) -> usize {
        let mut index = root as usize;
        loop {
            let node = self.nodes[index];
            if node.is_leaf() {
                return index;
            }
            let is_left = row[usize::from(node.feature)] <= node.threshold;
            index = if is_left { index + 1 } else { node.right as usize };
        }
    }

    /// The mean of the trees' leaves for a row of `n_features` finite numbers, in [0, 1]: a score, not yet a
    /// probability. NaN for a row of another length.
    pub fn predict(&self, row: &[f32]) -> f64 {
        if row.len() != self.n_features() {
            return f64::NAN;
        }
        self.mean_over_trees(self.roots.iter().map(|root| self.means[self.leaf(*root, row)]).sum())
    }

    pub(super) fn mean_over_trees(&self, total: f64) -> f64 {
        total / self.roots.len() as f64
    }

    /// The mean prediction over the training rows, from the covers: what both attributions start from.
    pub fn expectation(&self) -> f64 {
        self.expectation
    }

    /// Whether the forest judges rows of `n_features` numbers. That every walk ends and every figure is in
    /// range needs no check: nothing else compiles or decodes.
    pub fn is_valid(&self, n_features: usize) -> bool {
        self.n_features() == n_features
    }

    /// Features of a row.
    pub fn n_features(&self) -> usize {
        usize::from(self.n_features)
    }

    /// Trees.
    pub fn n_trees(&self) -> usize {
        self.roots.len()
    }

    /// Nodes of all trees, leaves included; cuts between equal leaves are left out.
    pub fn n_nodes(&self) -> usize {
        self.nodes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{and_tree, cut, leaf};
    use super::*;

    #[test]
    fn a_prediction_is_the_mean_of_the_leaves_that_a_row_comes_to() {
        let stump = vec![cut(1, -1.0), leaf(0.25, 3), leaf(0.75, 1)];
        let forest = Forest::compile(2, &[and_tree(), stump]).unwrap();
        assert_eq!((forest.n_trees(), forest.n_nodes(), forest.n_features()), (2, 8, 2));
        assert_eq!(forest.predict(&[1.0, 1.0]), (1.0 + 0.75) / 2.0);
        assert_eq!(forest.predict(&[1.0, -1.0]), (0.0 + 0.25) / 2.0);
        // Equal to the threshold is left.
        assert_eq!(forest.predict(&[0.0, 0.0]), (0.0 + 0.75) / 2.0);
        // (2 of 8 rows at 1) and (3 at 0.25, 1 at 0.75).
        assert!((forest.expectation() - (0.25 + 0.375) / 2.0).abs() < 1e-15);
    }

    #[test]
    fn a_row_of_another_length_is_not_scored() {
        let forest = Forest::compile(2, &[and_tree()]).unwrap();
        assert!(forest.predict(&[1.0]).is_nan());
        assert!(forest.shapley(&[1.0, 1.0, 1.0]).iter().all(|value| value.is_nan()));
        let mut parts = [0.0; 3];
        assert!(forest.attribute_by_path(&[1.0, 1.0], &mut parts).is_nan());
        assert!(parts.iter().all(|part| part.is_nan()));
        assert!(forest.is_valid(2) && !forest.is_valid(1) && !forest.is_valid(3));
    }

    #[test]
    fn a_cut_that_no_row_came_to_weighs_both_sides_alike() {
        let tree = vec![cut(0, 0.0), leaf(0.5, 9), cut(1, 0.0), leaf(0.2, 0), leaf(0.8, 0)];
        let forest = Forest::compile(2, &[tree]).unwrap();
        assert_eq!(forest.means[2], 0.5);
        assert_eq!(forest.expectation(), 0.5);
        assert!(forest.shapley(&[1.0, 1.0]).iter().all(|value| value.is_finite()));
    }

    #[test]
    fn what_is_not_exactly_one_tree_does_not_compile() {
        let deep: Vec<Step> = (0..24).map(|_| cut(0, 0.0)).chain((0..25).map(|_| leaf(0.5, 1))).collect();
        assert!(Forest::compile(1, &[deep[1..48].to_vec()]).is_some());
        for tree in [
            vec![],
            vec![cut(0, 0.0)],
            vec![cut(0, 0.0), leaf(0.5, 1)],
            vec![leaf(0.5, 1), leaf(0.5, 1)],
            vec![cut(0, 0.0), leaf(0.5, 1), leaf(0.5, 1), leaf(0.5, 1)],
            vec![cut(1, 0.0), leaf(0.5, 1), leaf(0.5, 1)],
            vec![cut(0, f32::NAN), leaf(0.5, 1), leaf(0.5, 1)],
            vec![leaf(f64::NAN, 1)],
            vec![leaf(1.5, 1)],
            vec![cut(0, 0.0), leaf(0.5, u32::MAX), leaf(0.5, 1)],
            deep,
        ] {
            assert!(Forest::compile(1, &[vec![leaf(0.5, 1)], tree.clone()]).is_none(), "{tree:?}");
        }
        assert!(Forest::compile(1, &[]).is_none());
    }

    #[test]
    fn covers_are_counted_anew() {
        let forest = Forest::compile(2, &[and_tree()]).unwrap();
        let rows: [&[f32]; 4] = [&[1.0, 1.0], &[1.0, 1.0], &[1.0, -1.0], &[-1.0, 1.0]];
        let forest = forest.with_covers_of(&rows).unwrap();
        assert_eq!(forest.covers, [4, 1, 3, 1, 2]);
        assert_eq!(forest.expectation(), 0.5);
    }
}
