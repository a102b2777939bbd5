//! The population baseline: what everybody's transactions look like, made by the schedule and never changed.
//!
//! A baseline is an immutable artifact with a version of its own, which each assessment names. It is built
//! from a sample of recent transactions, in any order. Not here: where samples come from, and what a feature
//! makes of the figures.

use super::features::{Feature, FeatureVector, Measured};
use super::profile::{currency_bytes, hour_of, log_major};
use super::robust::{Quantiles, RobustScale, UpperTail};
use super::scales::LayerScales;
use crate::domain::configuration::AlertBudget;
use crate::domain::money::CurrencyCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format written today.
const FORMAT: u8 = 2;
/// Fewer samples in a currency say too little about its tail.
const MIN_SAMPLES: usize = 200;
/// Fewer samples in a category say too little about its middle.
const MIN_CATEGORY_SAMPLES: usize = 50;
/// Categories kept a currency, the most frequent: a feed may put anything there.
const MAX_CATEGORIES: usize = 128;
/// Narrowest spread of log amounts: 10 %.
const MIN_AMOUNT_SPREAD: f64 = 0.1;
/// Narrowest spread of log counts: counts are whole and small, and 1 and 2 a day must not be worlds apart.
const MIN_COUNT_SPREAD: f64 = 0.4;

/// One transaction as a baseline sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationSample {
    /// When it occurred.
    pub occurred_at: Timestamp,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: CurrencyCode,
    /// What for, in the feed's words.
    pub category: Option<String>,
    /// The features it was scored with; those of the population come from an older baseline.
    pub features: FeatureVector,
}

impl PopulationSample {
    /// What of it is compared with the population.
    pub(crate) fn measured(&self) -> Measured<'_> {
        Measured {
            occurred_at: self.occurred_at,
            amount_minor: self.amount_minor,
            currency: self.currency,
            category: self.category.as_deref(),
            account_count_24h: self.features.number(Feature::AccountCount24h),
        }
    }
}

/// Why stored bytes are no baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PopulationError {
    /// Written by a newer version, or not a baseline at all.
    #[error("baseline format {0} is unknown; make a new baseline")]
    UnknownFormat(u8),
    /// Of an older version of the service: expected after an update, until the next snapshot.
    #[error("the baseline is of an older version of the service; the next snapshot replaces it")]
    Outdated,
    /// The bytes do not decode, or decode to something no baseline can be.
    #[error("the baseline's bytes are corrupt; make a new baseline")]
    Corrupt,
}

/// Amounts in one currency; logarithms of major units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurrencyBaseline {
    amount: RobustScale,
    tail: UpperTail,
    quantiles: Quantiles,
    categories: BTreeMap<String, RobustScale>,
}

impl CurrencyBaseline {
    /// Middle and spread of all amounts.
    pub fn amount(&self) -> &RobustScale {
        &self.amount
    }

    /// The upper tail of all amounts.
    pub fn tail(&self) -> &UpperTail {
        &self.tail
    }

    /// The distribution of all amounts.
    pub fn quantiles(&self) -> &Quantiles {
        &self.quantiles
    }

    /// Middle and spread of the amounts in one category, if it has enough.
    pub fn category(&self, category: &str) -> Option<&RobustScale> {
        self.categories.get(category)
    }
}

/// Amounts by currency and category, hours of the day, and how often accounts transact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PopulationBaseline {
    n_samples: u64,
    currencies: BTreeMap<[u8; 3], CurrencyBaseline>,
    hours: [u32; 24],
    log_count_24h: Option<RobustScale>,
    scales: LayerScales,
}

impl PopulationBaseline {
    /// Measures a sample, and reads the layers' scales from it; none while no currency has at least 200
    /// transactions in it.
    pub fn build(samples: &[PopulationSample], budget: AlertBudget) -> Option<Self> {
        let mut baseline = Self::measure(samples)?;
        baseline.scales = LayerScales::fit(&baseline, samples, budget);
        Some(baseline)
    }

    /// The figures without scales.
    pub(crate) fn measure(samples: &[PopulationSample]) -> Option<Self> {
        let mut by_currency: BTreeMap<[u8; 3], Vec<&PopulationSample>> = BTreeMap::new();
        let mut hours = [0_u32; 24];
        for sample in samples.iter().filter(|sample| sample.amount_minor > 0) {
            by_currency.entry(currency_bytes(sample.currency)).or_default().push(sample);
            let cell = &mut hours[hour_of(sample.occurred_at)];
            *cell = cell.saturating_add(1);
        }
        let currencies: BTreeMap<_, _> = by_currency
            .into_iter()
            .filter(|(_, samples)| samples.len() >= MIN_SAMPLES)
            .filter_map(|(currency, samples)| Some((currency, measure_currency(&samples)?)))
            .collect();
        if currencies.is_empty() {
            return None;
        }
        Some(Self {
            n_samples: samples.len() as u64,
            currencies,
            hours,
            log_count_24h: measure_counts(samples),
            scales: LayerScales::default(),
        })
    }

    /// The bytes to store.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![FORMAT]).unwrap_or_default()
    }

    /// Reads stored bytes; the result equals what was encoded.
    ///
    /// # Errors
    /// When the format is unknown or the bytes are no baseline.
    pub fn decode(bytes: &[u8]) -> Result<Self, PopulationError> {
        let (format, content) = bytes.split_first().ok_or(PopulationError::Corrupt)?;
        match *format {
            FORMAT => {}
            older if older > 0 && older < FORMAT => return Err(PopulationError::Outdated),
            unknown => return Err(PopulationError::UnknownFormat(unknown)),
        }
        match postcard::take_from_bytes::<Self>(content) {
            Ok((baseline, [])) if baseline.is_valid() => Ok(baseline),
            Ok(_) | Err(_) => Err(PopulationError::Corrupt),
        }
    }

    /// How many transactions it was made from.
    pub fn n_samples(&self) -> u64 {
        self.n_samples
    }

    /// What is known of a currency.
    pub fn currency(&self, currency: CurrencyCode) -> Option<&CurrencyBaseline> {
        self.currencies.get(&currency_bytes(currency))
    }

    /// The share of transactions in an hour of the day (0 to 23), one added to each so that none is 0.
    pub fn hour_share(&self, hour: usize) -> f64 {
        let total: f64 = self.hours.iter().map(|cell| f64::from(*cell)).sum();
        (f64::from(self.hours[hour % 24]) + 1.0) / (total + 24.0)
    }

    /// Middle and spread of ln(1 + transactions in 24 hours) over transactions.
    pub fn log_count_24h(&self) -> Option<&RobustScale> {
        self.log_count_24h.as_ref()
    }

    /// The scales of the layers without a model.
    pub fn scales(&self) -> &LayerScales {
        &self.scales
    }

    fn is_valid(&self) -> bool {
        let is_currency_valid = |currency: &CurrencyBaseline| {
            currency.amount.is_valid()
                && currency.tail.is_valid()
                && currency.quantiles.is_valid()
                && currency.categories.values().all(RobustScale::is_valid)
        };
        self.currencies.values().all(is_currency_valid)
            && self.log_count_24h.as_ref().is_none_or(RobustScale::is_valid)
            && self.scales.is_valid()
    }
}

fn measure_currency(samples: &[&PopulationSample]) -> Option<CurrencyBaseline> {
    let amounts = sorted_log_amounts(samples);
    let mut by_category: BTreeMap<&str, Vec<&PopulationSample>> = BTreeMap::new();
    for sample in samples {
        if let Some(category) = &sample.category {
            by_category.entry(category).or_default().push(sample);
        }
    }
    let mut frequent: Vec<_> =
        by_category.into_iter().filter(|(_, samples)| samples.len() >= MIN_CATEGORY_SAMPLES).collect();
    // Stable: categories of equal size stay in the order of their names.
    frequent.sort_by_key(|(_, samples)| std::cmp::Reverse(samples.len()));
    frequent.truncate(MAX_CATEGORIES);
    let categories = frequent
        .into_iter()
        .filter_map(|(category, samples)| {
            let scale = RobustScale::of_sorted(&sorted_log_amounts(&samples), MIN_AMOUNT_SPREAD)?;
            Some((category.to_owned(), scale))
        })
        .collect();
    Some(CurrencyBaseline {
        amount: RobustScale::of_sorted(&amounts, MIN_AMOUNT_SPREAD)?,
        tail: UpperTail::of_sorted(&amounts)?,
        quantiles: Quantiles::of_sorted(&amounts)?,
        categories,
    })
}

fn sorted_log_amounts(samples: &[&PopulationSample]) -> Vec<f64> {
    let mut amounts: Vec<f64> =
        samples.iter().map(|sample| log_major(sample.amount_minor, sample.currency)).collect();
    amounts.sort_by(f64::total_cmp);
    amounts
}

fn measure_counts(samples: &[PopulationSample]) -> Option<RobustScale> {
    let mut counts: Vec<f64> = samples
        .iter()
        .filter_map(|sample| sample.features.number(Feature::AccountCount24h))
        .filter(|count| *count >= 0.0)
        .map(libm::log1p)
        .collect();
    if counts.len() < MIN_SAMPLES {
        return None;
    }
    counts.sort_by(f64::total_cmp);
    RobustScale::of_sorted(&counts, MIN_COUNT_SPREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(minor: i64, category: Option<&str>) -> PopulationSample {
        PopulationSample {
            occurred_at: Timestamp::from_second(minor * 60).unwrap(),
            amount_minor: minor,
            currency: CurrencyCode::parse("EUR").unwrap(),
            category: category.map(str::to_owned),
            features: FeatureVector::missing(),
        }
    }

    #[test]
    fn too_few_samples_make_no_baseline() {
        let samples: Vec<_> = (1..=200).map(|minor| sample(minor, None)).collect();
        assert!(PopulationBaseline::measure(&samples[1..]).is_none());
        assert!(PopulationBaseline::build(&samples, AlertBudget::default()).is_some());
    }

    #[test]
    fn the_order_of_samples_does_not_matter_and_bytes_are_read_back() {
        let samples: Vec<_> =
            (1..=400).map(|minor| sample(minor, Some(if minor < 60 { "travel" } else { "food" }))).collect();
        let reversed: Vec<_> = samples.iter().rev().cloned().collect();
        let baseline = PopulationBaseline::build(&samples, AlertBudget::default()).unwrap();
        assert_eq!(
            PopulationBaseline::build(&reversed, AlertBudget::default()).unwrap().encode(),
            baseline.encode()
        );
        assert_eq!(PopulationBaseline::decode(&baseline.encode()), Ok(baseline));
    }

    #[test]
    fn figures_are_kept_by_currency_and_frequent_category() {
        let samples: Vec<_> =
            (0..300).map(|index| sample(10_000, Some(if index < 49 { "rare" } else { "usual" }))).collect();
        let baseline = PopulationBaseline::build(&samples, AlertBudget::default()).unwrap();
        let euro = baseline.currency(CurrencyCode::parse("EUR").unwrap()).unwrap();
        assert!((euro.amount().median() - libm::log(100.0)).abs() < 1e-12);
        assert!(euro.category("usual").is_some() && euro.category("rare").is_none());
        assert!(baseline.currency(CurrencyCode::parse("USD").unwrap()).is_none());
    }

    #[test]
    fn corrupt_bytes_are_refused() {
        let samples: Vec<_> = (1..=200).map(|minor| sample(minor, None)).collect();
        let bytes = PopulationBaseline::build(&samples, AlertBudget::default()).unwrap().encode();
        assert_eq!(PopulationBaseline::decode(&bytes[..bytes.len() - 1]), Err(PopulationError::Corrupt));
        assert_eq!(PopulationBaseline::decode(&[7]), Err(PopulationError::UnknownFormat(7)));
        assert_eq!(PopulationBaseline::decode(&[]), Err(PopulationError::Corrupt));
    }
}
