//! Random numbers of the synthetic history: equal for equal seeds on every machine.
//!
//! ChaCha with 8 rounds has numbered streams, so each account draws from its own and one more draw for one
//! account moves nothing of another. Logarithms and the like come from `libm`, whose results do not depend on
//! the platform.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

/// A stream of random numbers.
#[derive(Debug)]
pub(super) struct Random(ChaCha8Rng);

impl Random {
    /// Stream number `stream` of `seed`.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// Uniform in [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// Uniform in [low, high).
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number in low..=high.
    pub(super) fn whole(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of `items`, each as likely; `None` where there is none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get((self.unit() * items.len() as f64) as usize)
    }

    /// A position in `weights`, as likely as its weight; the last where they do not add up.
    pub(super) fn weighted(&mut self, weights: impl ExactSizeIterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let last = weights.len().saturating_sub(1);
        for (position, weight) in weights.enumerate() {
            left -= weight;
            if left < 0.0 {
                return position;
            }
        }
        last
    }

    /// Normal with mean 0 and standard deviation 1: G. E. P. Box and M. E. Muller, "A note on the generation
    /// of random normal deviates", Annals of Mathematical Statistics 29 (1958).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(TAU * self.unit())
    }

    /// Log-normal with this median and standard deviation of the logarithm.
    pub(super) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    /// Poisson with this mean, for means below some tens: D. E. Knuth, "The Art of Computer Programming",
    /// volume 2, section 3.4.1.
    pub(super) fn count(&mut self, mean: f64) -> u32 {
        let limit = libm::exp(-mean);
        let (mut product, mut count) = (self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// Twelve hexadecimal digits, the form of a device.
    pub(super) fn device(&mut self) -> String {
        format!("{:012x}", self.0.random::<u64>() >> 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let draws = |stream| (0..5).map(|_| Random::new(7, stream).unit()).collect::<Vec<_>>();
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut random = Random::new(1, 0);
        let n = 20_000;
        let normals: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mean = normals.iter().sum::<f64>() / f64::from(n);
        let variance = normals.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        // Standard errors are 0.007 and 0.01; five of them.
        assert!(mean.abs() < 0.035 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let counts = (0..n).map(|_| f64::from(random.count(2.7))).sum::<f64>() / f64::from(n);
        assert!((counts - 2.7).abs() < 0.06, "{counts}");
        let heads =
            (0..n).filter(|_| random.weighted([1.0, 3.0].into_iter()) == 1).count() as f64 / f64::from(n);
        assert!((heads - 0.75).abs() < 0.016, "{heads}");
    }
}
