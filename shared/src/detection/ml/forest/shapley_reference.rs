//! Shapley values held against their definition, over all subsets of features.

use super::compiled::{Forest, Step};
use super::fixtures::{N_FEATURES, and_tree, cut, leaf, sample};
use super::settings::Kind;

/// The expected prediction of the subtree at `index` where only the features in `known` (a bit each) are.
fn expected(forest: &Forest, index: usize, row: &[f32], known: usize) -> f64 {
    let node = forest.nodes[index];
    if node.is_leaf() {
        return forest.means[index];
    }
    let (left, right) = (index + 1, node.right as usize);
    if known >> node.feature & 1 == 1 {
        let is_left = row[usize::from(node.feature)] <= node.threshold;
        return expected(forest, if is_left { left } else { right }, row, known);
    }
    let (to_left, to_right) = forest.shares(index);
    to_left * expected(forest, left, row, known) + to_right * expected(forest, right, row, known)
}

/// The Shapley values as they are defined: the sum over subsets S without i of
/// `|S|! (n - |S| - 1)! / n! (v(S with i) - v(S))`.
fn brute_force(forest: &Forest, row: &[f32]) -> Vec<f64> {
    let n = row.len();
    let factorial = |k: usize| (1..=k).map(|factor| factor as f64).product::<f64>();
    let games: Vec<f64> = (0..1 << n)
        .map(|known| {
            let total = forest.roots.iter().map(|root| expected(forest, *root as usize, row, known)).sum();
            forest.mean_over_trees(total)
        })
        .collect();
    (0..n)
        .map(|feature| {
            let without = (0..1_usize << n).filter(|known| known >> feature & 1 == 0);
            let part = |known: usize| {
                let size = known.count_ones() as usize;
                let weight = factorial(size) * factorial(n - size - 1) / factorial(n);
                weight * (games[known | 1 << feature] - games[known])
            };
            without.map(part).sum()
        })
        .collect()
}

fn assert_equal_to_brute_force(forest: &Forest, row: &[f32]) {
    let (values, reference) = (forest.shapley(row), brute_force(forest, row));
    for (value, reference) in values.iter().zip(&reference) {
        assert!((value - reference).abs() < 1e-12, "{values:?}, not {reference:?}");
    }
}

fn compile(trees: &[Vec<Step>]) -> Forest {
    Forest::compile(4, trees).unwrap()
}

#[test]
fn two_features_that_matter_only_together_share_alike() {
    // v({}) = 0.25, v({0}) = v({1}) = 0.5, v({0, 1}) = 1: each has (0.25 + 0.5) / 2.
    let forest = compile(&[and_tree()]);
    assert_eq!(forest.shapley(&[1.0, 1.0, 0.0, 0.0]), [0.375, 0.375, 0.0, 0.0]);
    // v({0}) = 0, v({1}) = 0.5, v({0, 1}) = 0: feature 0 has (-0.25 - 0.5) / 2, feature 1 (0.25 + 0) / 2.
    assert_eq!(forest.shapley(&[-1.0, 1.0, 0.0, 0.0]), [-0.375, 0.125, 0.0, 0.0]);
}

#[test]
fn trees_made_by_hand_have_the_values_of_brute_force() {
    // Feature 0 is cut three times on one path, with both sides; feature 3 never.
    let repeated = vec![
        cut(0, 0.5),
        cut(1, 0.5),
        cut(0, -0.5),
        leaf(0.9, 3),
        cut(0, 0.0),
        leaf(0.1, 5),
        leaf(0.4, 2),
        leaf(0.7, 11),
        cut(2, 0.5),
        leaf(0.0, 7),
        cut(1, -0.5),
        leaf(1.0, 1),
        leaf(0.3, 6),
    ];
    // Leaves that no row came to, one of them below a cut that none came to.
    let unvisited =
        vec![cut(2, 0.0), leaf(0.6, 0), cut(1, 0.0), cut(2, 0.7), leaf(0.2, 0), leaf(0.8, 0), leaf(0.1, 4)];
    let alone = vec![leaf(0.4, 35)];
    let trees = [repeated, unvisited, alone, and_tree()];
    let values = [-1.0, -0.25, 0.25, 0.6, 1.0];
    for a in values {
        for b in values {
            for c in values {
                let row = [a, b, c, a];
                assert_equal_to_brute_force(&compile(&trees), &row);
                for tree in &trees {
                    assert_equal_to_brute_force(&compile(std::slice::from_ref(tree)), &row);
                }
            }
        }
    }
}

#[test]
fn grown_trees_have_the_values_of_brute_force() {
    for kind in [Kind::ExtraTrees, Kind::RandomForest] {
        let forest = sample(300, 8).forest(kind);
        for row in sample(12, 9).rows() {
            assert_equal_to_brute_force(&forest, row);
        }
    }
}

#[test]
fn the_expectation_and_the_values_are_the_prediction() {
    for kind in [Kind::ExtraTrees, Kind::RandomForest] {
        let forest = sample(800, 10).forest(kind);
        for row in sample(100, 11).rows() {
            let values = forest.shapley(row);
            let total = forest.expectation() + values.iter().sum::<f64>();
            assert!((total - forest.predict(row)).abs() < 1e-12);
            assert_eq!(values[N_FEATURES - 1], 0.0);
        }
    }
}

#[test]
fn values_add_up_on_the_deepest_path_of_features_that_hardly_matter_and_that_decide() {
    // 23 cuts of 23 features, of which nearly all rows, or nearly none, go on to the next.
    for share in [1, 1_000, 999_999] {
        let mut tree = Vec::new();
        for feature in 0..23 {
            tree.extend([cut(feature, 0.0), leaf(f64::from(feature) / 100.0, share)]);
        }
        tree.push(leaf(1.0, 1_000_000));
        let forest = Forest::compile(23, &[tree]).unwrap();
        for n_met in [0, 11, 22, 23] {
            let row: Vec<f32> = (0..23).map(|index| if index < n_met { 1.0 } else { -1.0 }).collect();
            let total = forest.expectation() + forest.shapley(&row).iter().sum::<f64>();
            assert!((total - forest.predict(&row)).abs() < 1e-10, "{share} {n_met}");
        }
    }
}
