//! Attribution by path: what each cut on a row's way moved, linear in depth.

use super::compiled::Forest;

impl Forest {
    /// Writes each feature's part in the prediction for a row of `n_features` finite numbers, and answers
    /// the prediction, equal to [`Forest::predict`] to the bit.
    ///
    /// On its way down a tree a row passes nodes whose mean, over the training rows there, goes from the
    /// root's to the leaf's; each change goes to the feature of the cut that made it (Saabas, Interpreting
    /// random forests, 2014; Palczewska and others, Interpreting random forest models using a feature
    /// contribution method, 2013). The prediction is [`Forest::expectation`] and the sum of the parts.
    ///
    /// `parts`: `n_features` numbers, overwritten. A row or parts of another length make all of them NaN.
    pub fn attribute_by_path(&self, row: &[f32], parts: &mut [f64]) -> f64 {
        if row.len() != self.n_features() || parts.len() != self.n_features() {
            parts.fill(f64::NAN);
            return f64::NAN;
        }
        parts.fill(0.0);
        let total = self.roots.iter().map(|root| self.walk(*root as usize, row, parts)).sum();
        parts.iter_mut().for_each(|part| *part = self.mean_over_trees(*part));
        self.mean_over_trees(total)
    }

    /// Walks a row down the tree at `root`, adding each change of the mean to the feature of its cut;
    /// answers the leaf's value.
    fn walk(&self, root: usize, row: &[f32], parts: &mut [f64]) -> f64 {
        let mut index = root;
        let mut mean = self.means[index];
        loop {
            let node = self.nodes[index];
            if node.is_leaf() {
                return mean;
            }
            let feature = usize::from(node.feature);
            index = if row[feature] <= node.threshold { index + 1 } else { node.right as usize };
            let next = self.means[index];
            parts[feature] += next - mean;
            mean = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{N_FEATURES, and_tree, cut, leaf, sample};
    use super::super::settings::Kind;
    use super::*;

    #[test]
    fn the_parts_are_the_steps_from_mean_to_mean() {
        // The means on the way are 0.25, 0.5 and 1, or 0.25 and 0.
        let forest = Forest::compile(3, &[and_tree()]).unwrap();
        let mut parts = [9.0; 3];
        assert_eq!(forest.attribute_by_path(&[1.0, 1.0, 1.0], &mut parts), 1.0);
        assert_eq!(parts, [0.25, 0.5, 0.0]);
        assert_eq!(forest.attribute_by_path(&[-1.0, 1.0, 1.0], &mut parts), 0.0);
        assert_eq!(parts, [-0.25, 0.0, 0.0]);
    }

    #[test]
    fn a_feature_cut_twice_and_two_trees_add_up() {
        // Tree 1: means 0.4, 0.6, 0.9 (feature 1 twice). Tree 2: a leaf of 0.2.
        let tree = vec![cut(1, 0.0), leaf(0.2, 2), cut(1, 1.0), leaf(0.3, 1), leaf(0.9, 1)];
        let forest = Forest::compile(2, &[tree, vec![leaf(0.2, 4)]]).unwrap();
        let mut parts = [0.0; 2];
        let prediction = forest.attribute_by_path(&[0.0, 2.0], &mut parts);
        assert!((prediction - 0.55).abs() < 1e-15 && (forest.expectation() - 0.3).abs() < 1e-15);
        assert!(parts[0] == 0.0 && (parts[1] - 0.25).abs() < 1e-15, "{parts:?}");
    }

    #[test]
    fn the_expectation_and_the_parts_are_the_prediction() {
        for kind in [Kind::ExtraTrees, Kind::RandomForest] {
            let forest = sample(800, 6).forest(kind);
            let mut parts = [0.0; N_FEATURES];
            for row in sample(500, 7).rows() {
                let prediction = forest.attribute_by_path(row, &mut parts);
                assert_eq!(prediction.to_bits(), forest.predict(row).to_bits());
                let total = forest.expectation() + parts.iter().sum::<f64>();
                assert!((total - prediction).abs() < 1e-12);
                assert_eq!(parts[N_FEATURES - 1], 0.0);
            }
        }
    }
}
