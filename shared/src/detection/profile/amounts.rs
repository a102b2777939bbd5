//! Amount statistics per currency: counts and sums from which mean and spread follow exactly.
//!
//! Sums are whole numbers, so that adding them is exact in any order. Currencies are never converted.

use crate::domain::money::{Amount, CurrencyCode};
use serde::{Deserialize, Serialize};

/// One unit of a logarithm: sums of logarithms count 2^-20 nats.
const FIXED_POINT: f64 = 1_048_576.0;
/// A variance below this is what rounding to fixed point leaves of equal amounts: a spread of half a percent.
const ROUNDING: f64 = 1.0 / 32_768.0;

/// The natural logarithm of an amount in major units (euro, not cents).
pub(crate) fn log_major(minor: i64, currency: CurrencyCode) -> f64 {
    libm::log(minor as f64 / minor_per_major(currency))
}

/// How many minor units make a major one: 100 for EUR, 1 for JPY.
pub(crate) fn minor_per_major(currency: CurrencyCode) -> f64 {
    10_i64.pow(currency.decimals()) as f64
}

/// A currency as profiles and baselines keep it.
pub(crate) fn currency_bytes(currency: CurrencyCode) -> [u8; 3] {
    let mut bytes = [b' '; 3];
    for (to, from) in bytes.iter_mut().zip(currency.as_str().bytes()) {
        *to = from;
    }
    bytes
}

/// Count and sums of the amounts in one currency.
///
/// With amounts as the domain bounds them, no sum of logarithms overflows before the count (u32) is full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AmountStatistics {
    currency: [u8; 3],
    n: u32,
    log_sum: i64,
    log_square_sum: i64,
    minor_sum: i64,
}

impl AmountStatistics {
    fn new(currency: [u8; 3]) -> Self {
        Self { currency, n: 0, log_sum: 0, log_square_sum: 0, minor_sum: 0 }
    }

    /// How many amounts.
    pub(crate) fn n(&self) -> u32 {
        self.n
    }

    /// Mean of the logarithms of the amounts in major units; 0 of none.
    pub(crate) fn log_mean(&self) -> f64 {
        self.log_sum as f64 / FIXED_POINT / f64::from(self.n.max(1))
    }

    /// Variance of the logarithms about their mean, divided by n; never negative.
    pub(crate) fn log_variance(&self) -> f64 {
        let mean = self.log_mean();
        let variance = self.log_square_sum as f64 / FIXED_POINT / f64::from(self.n.max(1)) - mean * mean;
        if variance < ROUNDING { 0.0 } else { variance }
    }

    /// Mean amount in minor units; 0 of none.
    pub(crate) fn mean_minor(&self) -> f64 {
        self.minor_sum as f64 / f64::from(self.n.max(1))
    }

    fn add(&mut self, amount: Amount) {
        let log = log_major(amount.minor(), amount.currency());
        self.n = self.n.saturating_add(1);
        self.log_sum = self.log_sum.saturating_add((log * FIXED_POINT).round() as i64);
        self.log_square_sum = self.log_square_sum.saturating_add((log * log * FIXED_POINT).round() as i64);
        self.minor_sum = self.minor_sum.saturating_add(amount.minor());
    }

    fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.log_sum = self.log_sum.saturating_add(other.log_sum);
        self.log_square_sum = self.log_square_sum.saturating_add(other.log_square_sum);
        self.minor_sum = self.minor_sum.saturating_add(other.minor_sum);
    }

    #[cfg(test)]
    fn largest(currency: [u8; 3]) -> Self {
        Self { currency, n: u32::MAX, log_sum: i64::MIN, log_square_sum: i64::MAX, minor_sum: i64::MAX }
    }
}

/// Statistics of the first `MAX` currencies met; later ones are ignored. The order is that of arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FirstCurrencies<const MAX: usize>(Vec<AmountStatistics>);

impl<const MAX: usize> FirstCurrencies<MAX> {
    /// Adds an amount.
    pub(crate) fn add(&mut self, amount: Amount) {
        let currency = currency_bytes(amount.currency());
        if self.position(currency).is_none() && self.0.len() < MAX {
            self.0.push(AmountStatistics::new(currency));
        }
        if let Some(index) = self.position(currency) {
            self.0[index].add(amount);
        }
    }

    /// The statistics of one currency, if it is kept.
    pub(crate) fn of(&self, currency: CurrencyCode) -> Option<&AmountStatistics> {
        self.position(currency_bytes(currency)).map(|index| &self.0[index])
    }

    /// The currencies that are kept, with their statistics, in the order of arrival.
    pub(crate) fn all(&self) -> impl Iterator<Item = (CurrencyCode, &AmountStatistics)> {
        let code = |entry: &AmountStatistics| {
            std::str::from_utf8(&entry.currency).ok().and_then(|code| CurrencyCode::parse(code).ok())
        };
        self.0.iter().filter_map(move |entry| Some((code(entry)?, entry)))
    }

    /// Whether this currency is the first one met: the one that amount windows are kept in.
    pub(crate) fn is_first(&self, currency: CurrencyCode) -> bool {
        self.0.first().is_some_and(|first| first.currency == currency_bytes(currency))
    }

    /// Whether no more than one currency was met.
    pub(crate) fn is_single(&self) -> bool {
        self.0.len() <= 1
    }

    /// Whether the bound holds, for decoding.
    pub(crate) fn is_bounded(&self) -> bool {
        self.0.len() <= MAX
    }

    fn position(&self, currency: [u8; 3]) -> Option<usize> {
        self.0.iter().position(|entry| entry.currency == currency)
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self((0..MAX).map(|index| AmountStatistics::largest([b'A' + index as u8; 3])).collect())
    }
}

/// Statistics of the `MAX` currencies whose codes come first in the alphabet.
///
/// The choice looks odd and is the point: it is the only bounded one that does not depend on the order in
/// which currencies arrive, so that shards merge exactly. A currency among the first `MAX` overall is among
/// the first `MAX` of every shard, hence never dropped anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MergeableCurrencies<const MAX: usize>(Vec<AmountStatistics>);

impl<const MAX: usize> MergeableCurrencies<MAX> {
    /// Adds an amount.
    pub(crate) fn add(&mut self, amount: Amount) {
        let currency = currency_bytes(amount.currency());
        if let Some(entry) = self.entry(currency) {
            entry.add(amount);
        }
        self.0.truncate(MAX);
    }

    /// Adds another's amounts.
    pub(crate) fn merge(&mut self, other: &Self) {
        for statistics in &other.0 {
            if let Some(entry) = self.entry(statistics.currency) {
                entry.merge(statistics);
            }
        }
        self.0.truncate(MAX);
    }

    /// The statistics of one currency, if it is kept.
    pub(crate) fn of(&self, currency: CurrencyCode) -> Option<&AmountStatistics> {
        let index = self.0.binary_search_by_key(&currency_bytes(currency), |entry| entry.currency).ok()?;
        self.0.get(index)
    }

    /// Whether bound and order hold, for decoding.
    pub(crate) fn is_bounded(&self) -> bool {
        self.0.len() <= MAX && self.0.is_sorted_by(|left, right| left.currency < right.currency)
    }

    fn entry(&mut self, currency: [u8; 3]) -> Option<&mut AmountStatistics> {
        let index = match self.0.binary_search_by_key(&currency, |entry| entry.currency) {
            Ok(index) => index,
            Err(index) => {
                self.0.insert(index, AmountStatistics::new(currency));
                index
            }
        };
        self.0.get_mut(index)
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self((0..MAX).map(|index| AmountStatistics::largest([b'A' + index as u8; 3])).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(minor: i64, currency: &str) -> Amount {
        Amount::from_minor(minor, CurrencyCode::parse(currency).unwrap()).unwrap()
    }

    #[test]
    fn mean_and_variance_of_logarithms_are_as_worked_by_hand() {
        // ln 1 = 0 and ln 100 = 4.60517: mean 2.302585, variance 2.302585 squared.
        let mut currencies = FirstCurrencies::<3>::default();
        currencies.add(amount(100, "EUR"));
        currencies.add(amount(10_000, "EUR"));
        let statistics = currencies.of(CurrencyCode::parse("EUR").unwrap()).unwrap();
        assert!((statistics.log_mean() - std::f64::consts::LN_10).abs() < 1e-5);
        assert!((statistics.log_variance() - 5.301_898).abs() < 1e-4);
        assert_eq!(statistics.mean_minor(), 5_050.0);
    }

    #[test]
    fn the_minor_unit_follows_the_currency() {
        assert_eq!(log_major(1, CurrencyCode::parse("JPY").unwrap()), 0.0);
        assert_eq!(log_major(1_000, CurrencyCode::parse("KWD").unwrap()), 0.0);
    }

    #[test]
    fn an_account_keeps_its_first_currencies_and_a_counterparty_the_first_in_the_alphabet() {
        let (mut first, mut mergeable) =
            (FirstCurrencies::<2>::default(), MergeableCurrencies::<2>::default());
        for currency in ["USD", "GBP", "EUR"] {
            first.add(amount(100, currency));
            mergeable.add(amount(100, currency));
        }
        let has = |code: &str| {
            let currency = CurrencyCode::parse(code).unwrap();
            (first.of(currency).is_some(), mergeable.of(currency).is_some())
        };
        assert_eq!((has("USD"), has("GBP"), has("EUR")), ((true, false), (true, true), (false, true)));
    }
}
