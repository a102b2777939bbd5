//! Reading the trees that smartcore has grown.
//!
//! smartcore keeps its nodes private and serialises them with serde, so a fitted forest is written to
//! postcard's positional bytes and read back into the structs below, whose fields mirror smartcore 0.7.0 in
//! order and type. The version is pinned, and a test holds our predictions against smartcore's own.

use super::compiled::Step;
use super::settings::ForestError;
use serde::{Deserialize, Serialize};

/// `ExtraTreesRegressor` and `RandomForestRegressor`.
#[derive(Deserialize)]
struct Regressor {
    forest: Option<GrownForest>,
}

/// `BaseForest`.
#[derive(Deserialize)]
struct GrownForest {
    trees: Option<Vec<GrownTree>>,
    _n_features: Option<usize>,
    _samples: Option<Vec<Vec<bool>>>,
}

/// `BaseTree`; its markers take no bytes.
#[derive(Deserialize)]
struct GrownTree {
    nodes: Vec<GrownNode>,
    _parameters: Option<GrownParameters>,
    _depth: u16,
    _root_mass: f64,
}

/// `BaseTreeParameters`.
#[derive(Deserialize)]
struct GrownParameters {
    _max_depth: Option<u16>,
    _min_samples_leaf: usize,
    _min_samples_split: usize,
    _seed: Option<u64>,
    _splitter: Splitter,
}

/// `Splitter`.
#[derive(Deserialize)]
enum Splitter {
    Random,
    Best,
}

/// `Node`; rows with `value <= split_value` go to the true child.
#[derive(Deserialize)]
struct GrownNode {
    output: f64,
    split_feature: usize,
    split_value: Option<f64>,
    _split_score: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

/// The trees of a fitted smartcore regressor, in order, each in preorder with the covers still 0.
///
/// # Errors
/// [`ForestError::Growing`] where the regressor is not what this version of smartcore makes.
pub(super) fn read_trees(regressor: &impl Serialize) -> Result<Vec<Vec<Step>>, ForestError> {
    let failed = |error: postcard::Error| ForestError::Growing(error.to_string());
    let bytes = postcard::to_stdvec(regressor).map_err(failed)?;
    let (regressor, rest): (Regressor, _) = postcard::take_from_bytes(&bytes).map_err(failed)?;
    let trees = regressor.forest.and_then(|forest| forest.trees).filter(|_| rest.is_empty());
    let steps: Option<Vec<_>> = trees.and_then(|trees| trees.iter().map(preorder).collect());
    steps.ok_or_else(|| ForestError::Growing("the fitted trees are not in the form expected".into()))
}

/// A tree in preorder. None where it is no tree.
fn preorder(tree: &GrownTree) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    write_subtree(&tree.nodes, 0, &mut steps)?;
    Some(steps)
}

/// Writes the subtree at `index`, as one leaf where all its leaves have the same value: of rare frauds, most
/// cuts divide genuine rows from genuine rows. Neither a prediction nor an attribution changes by it.
/// smartcore's own depth limit, checked before growing, bounds the recursion.
fn write_subtree(nodes: &[GrownNode], index: usize, steps: &mut Vec<Step>) -> Option<()> {
    let node = nodes.get(index)?;
    let (Some(left), Some(right)) = (node.true_child, node.false_child) else {
        steps.push(Step::Leaf { value: node.output, cover: 0 });
        return Some(());
    };
    // Children come after their parent, so a walk ends even if smartcore's tree were malformed.
    if left <= index || right <= index {
        return None;
    }
    let feature = u16::try_from(node.split_feature).ok()?;
    let start = steps.len();
    steps.push(Step::Cut { feature, threshold: largest_f32_not_above(node.split_value?) });
    write_subtree(nodes, left, steps)?;
    write_subtree(nodes, right, steps)?;
    if let [_, Step::Leaf { value: left, .. }, Step::Leaf { value: right, .. }] = &steps[start..]
        && left == right
    {
        let merged = Step::Leaf { value: *left, cover: 0 };
        steps.truncate(start);
        steps.push(merged);
    }
    Some(())
}

/// The largest `f32` that is not above `threshold`: the same rows lie at or below both, since rows are `f32`.
fn largest_f32_not_above(threshold: f64) -> f32 {
    let nearest = threshold as f32;
    if f64::from(nearest) > threshold { nearest.next_down() } else { nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(output: f64) -> GrownNode {
        GrownNode {
            output,
            split_feature: 0,
            split_value: None,
            _split_score: None,
            true_child: None,
            false_child: None,
        }
    }

    fn cut(split_value: f64, true_child: usize, false_child: usize) -> GrownNode {
        GrownNode {
            split_value: Some(split_value),
            true_child: Some(true_child),
            false_child: Some(false_child),
            ..leaf(0.5)
        }
    }

    fn tree(nodes: Vec<GrownNode>) -> GrownTree {
        GrownTree { nodes, _parameters: None, _depth: 0, _root_mass: 0.0 }
    }

    #[test]
    fn a_threshold_is_rounded_down_and_an_exact_one_is_kept() {
        assert_eq!(largest_f32_not_above(0.5), 0.5);
        // 0.1 as f32 is 0.100000001..., above 0.1: the float below it is taken.
        assert_eq!(largest_f32_not_above(0.1), 0.1_f32.next_down());
        assert_eq!(largest_f32_not_above(-0.1), -0.1_f32);
        assert!(f64::from(largest_f32_not_above(1.0 - 1e-12)) < 1.0);
    }

    #[test]
    fn cuts_between_equal_leaves_become_one_leaf() {
        // 0 -> (1 -> (3, 4), 2): leaves 3 and 4 are both 0, leaf 2 is 1.
        let nodes = vec![cut(2.0, 1, 2), cut(1.0, 3, 4), leaf(1.0), leaf(0.0), leaf(0.0)];
        let expected = vec![
            Step::Cut { feature: 0, threshold: 2.0 },
            Step::Leaf { value: 0.0, cover: 0 },
            Step::Leaf { value: 1.0, cover: 0 },
        ];
        assert_eq!(preorder(&tree(nodes)), Some(expected));
    }

    #[test]
    fn nodes_that_are_no_tree_are_refused() {
        assert_eq!(preorder(&tree(vec![])), None);
        assert_eq!(preorder(&tree(vec![cut(1.0, 1, 9), leaf(0.0)])), None);
        assert_eq!(preorder(&tree(vec![cut(1.0, 0, 1), leaf(0.0)])), None);
    }
}
