//! The isolation forest held against scikit-learn's.

use super::isolation::IsolationForest;

/// 400 rows in two clusters and twenty outliers, with the mean scores of 20 forests of scikit-learn;
/// the script beside the file made it.
const SCIKIT_LEARN: &str = include_str!("../../../tests/fixtures/isolation_forest.csv");

/// The ranks of values, from 0; the fixture has no ties.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| values[*left].total_cmp(&values[*right]));
    let mut ranks = vec![0.0; values.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = rank as f64;
    }
    ranks
}

/// Spearman's rank correlation without ties: `1 - 6 sum d^2 / (n (n^2 - 1))`.
fn rank_correlation(left: &[f64], right: &[f64]) -> f64 {
    let n = left.len() as f64;
    let squares: f64 =
        ranks(left).iter().zip(ranks(right)).map(|(left, right)| (left - right) * (left - right)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}

#[test]
fn scores_agree_with_scikit_learn() {
    let table: Vec<Vec<f64>> = SCIKIT_LEARN
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect())
        .collect();
    let owned: Vec<Vec<f32>> =
        table.iter().map(|line| line[..3].iter().map(|value| *value as f32).collect()).collect();
    let theirs: Vec<f64> = table.iter().map(|line| line[3]).collect();
    let rows: Vec<&[f32]> = owned.iter().map(Vec::as_slice).collect();
    let mut ours = vec![0.0; rows.len()];
    for seed in 0..20 {
        let forest = IsolationForest::grow(&rows, seed);
        for (mean, row) in ours.iter_mut().zip(&rows) {
            *mean += forest.isolate(row).score / 20.0;
        }
    }
    // Both are means of 20 forests, so what differs is chance and the draw of cuts.
    let largest = ours.iter().zip(&theirs).map(|(ours, theirs)| (ours - theirs).abs()).fold(0.0, f64::max);
    assert!(largest < 0.012, "the largest difference is {largest}");
    let correlation = rank_correlation(&ours, &theirs);
    assert!(correlation > 0.99, "the rank correlation is {correlation}");
}
