//! From a raw score to a probability of fraud, and how far stated probabilities are from what happened.
//!
//! A probability is a field of its own beside the score; the map onto the layers' common scale is another.

use serde::{Deserialize, Serialize};

/// Blocks kept: as many steps as a few thousand labelled frauds can tell apart.
const MAX_BLOCKS: usize = 62;

/// A strictly increasing map of raw scores in [0, 1] to probabilities: knots joined by straight lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProbabilityMap {
    /// (raw, probability), both increasing, from raw 0 to raw 1; at most 64.
    knots: Vec<(f64, f64)>,
}

/// Neighbouring pairs that are given one probability.
#[derive(Debug, Clone, Copy)]
struct Block {
    n: f64,
    n_frauds: f64,
    lowest: f64,
    highest: f64,
    sum_raw: f64,
}

impl Block {
    fn of(raw: f64, is_fraud: bool) -> Self {
        let n_frauds = f64::from(u8::from(is_fraud));
        Self { n: 1.0, n_frauds, lowest: raw, highest: raw, sum_raw: raw }
    }

    fn rate(&self) -> f64 {
        self.n_frauds / self.n
    }

    fn absorb(&mut self, next: &Self) {
        self.n += next.n;
        self.n_frauds += next.n_frauds;
        self.sum_raw += next.sum_raw;
        self.highest = next.highest;
    }

    /// The mean raw score, kept within the block against rounding, and the rate.
    fn knot(&self) -> (f64, f64) {
        ((self.sum_raw / self.n).clamp(self.lowest, self.highest), self.rate())
    }

    /// How much the sum of squares within blocks grows by joining two: `n m / (n + m) (p - q)^2`.
    fn cost_of_joining(&self, next: &Self) -> f64 {
        let gap = self.rate() - next.rate();
        self.n * next.n / (self.n + next.n) * gap * gap
    }
}

impl ProbabilityMap {
    /// Fits the map by isotonic regression. None of no pairs, or of a raw score outside [0, 1].
    ///
    /// `pairs`: raw score and whether it was fraud, in any order, best of rows that the model was not
    /// trained on. The non-decreasing rates closest to the outcomes are found by pooling adjacent violators
    /// (Barlow, Bartholomew, Bremner and Brunk, Statistical Inference under Order Restrictions, 1972;
    /// for classifiers, Zadrozny and Elkan, KDD 2002). To it this adds, in order:
    /// - One fraud at the lowest raw score and one genuine row at the highest, before pooling: Laplace's
    ///   rule at both ends, which leaves no rate at 0 or 1.
    /// - Neighbouring blocks are joined until 62 are left, each time those two that raise the squared error
    ///   least.
    /// - Each block is a knot at its mean raw score. Blocks of equal rate are one, so the knots increase
    ///   strictly, and so do the lines between them.
    /// - Raw 0 has half the probability of the first knot, and raw 1 is half-way from the last knot's to 1.
    pub fn fit(mut pairs: Vec<(f64, bool)>) -> Option<Self> {
        if !pairs.iter().all(|(raw, _)| (0.0..=1.0).contains(raw)) {
            return None;
        }
        pairs.sort_by(|left, right| left.0.total_cmp(&right.0));
        let (lowest, highest) = (pairs.first()?.0, pairs.last()?.0);
        let pairs = std::iter::once((lowest, true)).chain(pairs).chain([(highest, false)]);
        let blocks = limit(pool(&ties(pairs)));
        let mut knots: Vec<(f64, f64)> = blocks.iter().map(Block::knot).collect();
        let (first_raw, first) = *knots.first()?;
        let (last_raw, last) = *knots.last()?;
        if first_raw > 0.0 {
            knots.insert(0, (0.0, first / 2.0));
        }
        if last_raw < 1.0 {
            knots.push((1.0, f64::midpoint(last, 1.0)));
        }
        Some(Self { knots })
    }

    /// The probability of fraud at a raw score, within (0, 1). A raw score outside [0, 1] counts as the
    /// nearer end; NaN stays NaN.
    pub fn map(&self, raw: f64) -> f64 {
        let raw = raw.clamp(0.0, 1.0);
        let below = self.knots.partition_point(|knot| knot.0 <= raw).saturating_sub(1);
        match self.knots[below..] {
            [(from_raw, from), (to_raw, to), ..] => {
                from + (to - from) * ((raw - from_raw) / (to_raw - from_raw))
            }
            [(_, last)] => last,
            [] => f64::NAN,
        }
    }

    /// Whether the knots increase strictly within range, for decoding.
    pub fn is_valid(&self) -> bool {
        let ends = (self.knots.first(), self.knots.last());
        self.knots.len() <= MAX_BLOCKS + 2
            && matches!(ends, (Some((low, _)), Some((high, _))) if *low == 0.0 && *high == 1.0)
            && self.knots.iter().all(|(raw, p)| raw.is_finite() && *p > 0.0 && *p < 1.0)
            && self.knots.is_sorted_by(|left, right| left.0 < right.0 && left.1 < right.1)
    }
}

/// Pairs sorted by raw score, one block for each raw score.
fn ties(pairs: impl Iterator<Item = (f64, bool)>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (raw, is_fraud) in pairs {
        let block = Block::of(raw, is_fraud);
        match blocks.last_mut() {
            Some(last) if last.highest == raw => last.absorb(&block),
            _ => blocks.push(block),
        }
    }
    blocks
}

/// Pools adjacent violators until the rates increase strictly.
fn pool(blocks: &[Block]) -> Vec<Block> {
    let mut pooled: Vec<Block> = Vec::new();
    for block in blocks {
        let mut block = *block;
        while let Some(mut last) = pooled.pop_if(|last| last.rate() >= block.rate()) {
            last.absorb(&block);
            block = last;
        }
        pooled.push(block);
    }
    pooled
}

/// Joins the two neighbours that are dearest to keep apart, again and again, until few enough are left.
fn limit(mut blocks: Vec<Block>) -> Vec<Block> {
    while blocks.len() > MAX_BLOCKS {
        let costs = blocks.windows(2).map(|pair| pair[0].cost_of_joining(&pair[1]));
        let Some((index, _)) = costs.enumerate().min_by(|left, right| left.1.total_cmp(&right.1)) else {
            return blocks;
        };
        let next = blocks.remove(index + 1);
        blocks[index].absorb(&next);
    }
    blocks
}

/// The expected calibration error in [0, 1]: the mean over bins, weighted by their rows, of the distance
/// between the mean stated probability and the share of frauds (Naeini, Cooper and Hauskrecht, AAAI 2015),
/// with bins of equal count, since fraud scores crowd near 0.
///
/// `pairs`: probability and whether it was fraud, in any order. Bin b of n ends at row `(b + 1) rows / n`
/// in order of probability; rows of equal probability stay together in the earlier bin, so that the order
/// of the pairs does not matter. None of no pairs, no bins, or a probability outside [0, 1].
pub fn expected_calibration_error(mut pairs: Vec<(f64, bool)>, n_bins: usize) -> Option<f64> {
    if pairs.is_empty() || n_bins == 0 || !pairs.iter().all(|(p, _)| (0.0..=1.0).contains(p)) {
        return None;
    }
    pairs.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut error = 0.0;
    let mut start = 0;
    for bin in 1..=n_bins {
        let end = (bin as u128 * pairs.len() as u128 / n_bins as u128) as usize;
        if end <= start {
            continue;
        }
        let border = pairs[end - 1].0;
        let end = end + pairs[end..].partition_point(|(p, _)| *p <= border);
        let stated: f64 = pairs[start..end].iter().map(|(p, _)| p).sum();
        let n_frauds = pairs[start..end].iter().filter(|(_, is_fraud)| *is_fraud).count();
        error += (stated - n_frauds as f64).abs();
        start = end;
    }
    Some(error / pairs.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn pairs(raws: &[f64], frauds: &[u8]) -> Vec<(f64, bool)> {
        raws.iter().copied().zip(frauds.iter().map(|fraud| *fraud == 1)).collect()
    }

    /// Scores crowded near 0, as a forest's are, that are frauds with the square of their value.
    fn crowded(n: usize, seed: u64) -> Vec<(f64, bool)> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut pair = |_| {
            let raw = random.random::<f64>().powi(6);
            (raw, random.random::<f64>() < raw * raw)
        };
        (0..n).map(&mut pair).collect()
    }

    #[test]
    fn violators_are_pooled_and_the_ends_follow_laplace() {
        // With the added fraud at 0.1 and genuine row at 0.8 the groups are 0.1: 1 of 2, 0.2: 0 of 1,
        // 0.4: 1 of 1, 0.5: 0 of 1, 0.8: 1 of 2. Pooled: {0.1, 0.2}: 1 of 3 at (0.1 + 0.1 + 0.2) / 3,
        // {0.4, 0.5, 0.8}: 1 of 1 then 0 of 1 are 1 of 2, and 1 of 2 joins as equal: 2 of 4 at 2.5 / 4.
        let map = ProbabilityMap::fit(pairs(&[0.5, 0.1, 0.8, 0.2, 0.4], &[0, 0, 1, 0, 1])).unwrap();
        let expected = [(0.0, 1.0 / 6.0), (0.4 / 3.0, 1.0 / 3.0), (0.625, 0.5), (1.0, 0.75)];
        assert_eq!(map.knots.len(), 4);
        for (knot, expected) in map.knots.iter().zip(expected) {
            assert!((knot.0 - expected.0).abs() < 1e-12 && (knot.1 - expected.1).abs() < 1e-12, "{knot:?}");
        }
        // Half-way between the knots at 0.625 and 1.
        assert!((map.map(0.8125) - 0.625).abs() < 1e-12);
        assert!(map.is_valid());
    }

    #[test]
    fn one_class_or_one_row_still_gives_probabilities_within_bounds() {
        // One genuine row and the two added: 1 of 3 (Laplace's rule), halved at 0, half-way to 1 at 1.
        let map = ProbabilityMap::fit(vec![(0.25, false)]).unwrap();
        assert_eq!(map.knots, [(0.0, 1.0 / 6.0), (0.25, 1.0 / 3.0), (1.0, 2.0 / 3.0)]);
        for (raw, is_fraud) in [(0.0, false), (1.0, true), (0.0, true), (1.0, false)] {
            let map = ProbabilityMap::fit(vec![(raw, is_fraud); 1_000]).unwrap();
            assert!(map.is_valid(), "{map:?}");
        }
        let only_frauds = ProbabilityMap::fit(pairs(&[0.2, 0.9], &[1, 1])).unwrap();
        assert!(only_frauds.is_valid() && only_frauds.map(1.0) < 1.0);
    }

    #[test]
    fn the_map_increases_strictly_with_few_knots_and_never_meets_0_or_1() {
        let map = ProbabilityMap::fit(crowded(30_000, 1)).unwrap();
        assert!(map.is_valid());
        let mapped: Vec<f64> = (0..=10_000).map(|step| map.map(f64::from(step) / 10_000.0)).collect();
        assert!(mapped.is_sorted_by(|left, right| left < right));
        assert!(mapped[0] > 0.0 && mapped[10_000] < 1.0);
        assert_eq!((map.map(-5.0), map.map(5.0)), (mapped[0], mapped[10_000]));
        assert!(map.map(f64::NAN).is_nan());
    }

    #[test]
    fn more_blocks_than_knots_are_joined_where_it_costs_least() {
        // Rates 1/100, 2/100, ... 99/100: each block of 100 rows differs from the one before.
        let mut steps = Vec::new();
        for step in 1..100 {
            steps.extend((0..100).map(|index| (f64::from(step) / 100.0, index < step)));
        }
        let map = ProbabilityMap::fit(steps).unwrap();
        assert_eq!(map.knots.len(), 64);
        assert!(map.is_valid());
        for step in 1..100 {
            let raw = f64::from(step) / 100.0;
            assert!((map.map(raw) - raw).abs() < 0.011, "{raw} became {}", map.map(raw));
        }
    }

    #[test]
    fn fresh_rows_are_calibrated_by_the_map_and_were_not_before() {
        let map = ProbabilityMap::fit(crowded(20_000, 2)).unwrap();
        let fresh = crowded(20_000, 3);
        let before = expected_calibration_error(fresh.clone(), 15).unwrap();
        let mapped = fresh.iter().map(|(raw, is_fraud)| (map.map(*raw), *is_fraud)).collect();
        let after = expected_calibration_error(mapped, 15).unwrap();
        // E[raw] = 1/7 and E[raw^2] = 1/13: raw scores are 0.066 too high.
        assert!((before - (1.0 / 7.0 - 1.0 / 13.0)).abs() < 0.01, "{before}");
        assert!(after < 0.01, "{after}");
    }

    #[test]
    fn the_order_of_the_pairs_does_not_matter() {
        let rows = crowded(2_000, 4);
        let reversed: Vec<_> = rows.iter().rev().copied().collect();
        assert_eq!(ProbabilityMap::fit(rows.clone()), ProbabilityMap::fit(reversed.clone()));
        let coarse = |rows: Vec<(f64, bool)>| {
            rows.into_iter().map(|(raw, is_fraud)| ((raw * 8.0).round() / 8.0, is_fraud)).collect()
        };
        let error = expected_calibration_error(coarse(rows), 7);
        assert_eq!(error, expected_calibration_error(coarse(reversed), 7));
    }

    #[test]
    fn scores_out_of_range_are_refused() {
        assert_eq!(ProbabilityMap::fit(vec![]), None);
        assert_eq!(ProbabilityMap::fit(vec![(f64::NAN, true), (0.5, false)]), None);
        assert_eq!(ProbabilityMap::fit(vec![(1.5, true), (0.5, false)]), None);
        assert_eq!(expected_calibration_error(vec![], 5), None);
        assert_eq!(expected_calibration_error(vec![(0.5, true)], 0), None);
        assert_eq!(expected_calibration_error(vec![(f64::NAN, true)], 5), None);
    }

    #[test]
    fn knots_that_are_no_map_are_not_valid() {
        let with = |knots: &[(f64, f64)]| ProbabilityMap { knots: knots.to_vec() }.is_valid();
        assert!(with(&[(0.0, 0.1), (1.0, 0.9)]));
        for knots in [
            &[][..],
            &[(0.0, 0.1)],
            &[(0.0, 0.1), (1.0, 0.1)],
            &[(0.0, 0.0), (1.0, 0.9)],
            &[(0.0, 0.1), (1.0, 1.0)],
            &[(0.0, 0.1), (f64::NAN, 0.5), (1.0, 0.9)],
            &[(0.1, 0.1), (1.0, 0.9)],
        ] {
            assert!(!with(knots), "{knots:?}");
        }
    }

    #[test]
    fn the_calibration_error_is_the_one_worked_by_hand() {
        // Two bins of two: |0.1 + 0.3 - 1| and |0.6 + 0.8 - 1|, together 1.0, over 4 rows.
        let rows = pairs(&[0.6, 0.1, 0.8, 0.3], &[1, 0, 0, 1]);
        assert!((expected_calibration_error(rows.clone(), 2).unwrap() - 0.25).abs() < 1e-12);
        // One bin: |1.8 - 2| / 4. More bins than rows: 0.4 + 0.1 + 0.8 + 0.7 over 4.
        assert!((expected_calibration_error(rows.clone(), 1).unwrap() - 0.05).abs() < 1e-12);
        assert!((expected_calibration_error(rows, 9).unwrap() - 0.5).abs() < 1e-12);
        // A tie across the border stays together: |0.2 * 3 - 1| and |0.9 - 1| over 4.
        let tied = pairs(&[0.2, 0.2, 0.2, 0.9], &[0, 1, 0, 1]);
        assert!((expected_calibration_error(tied, 2).unwrap() - 0.125).abs() < 1e-12);
    }
}
