//! Features of the population: where this transaction stands among everybody's.

use super::{Feature, FeatureVector};
use crate::detection::population::PopulationBaseline;
use crate::detection::profile::{hour_of, log_major};
use crate::domain::money::CurrencyCode;
use jiff::Timestamp;

/// What of a transaction is compared with the population.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured<'a> {
    /// When it occurred.
    pub(crate) occurred_at: Timestamp,
    /// How much, in minor units.
    pub(crate) amount_minor: i64,
    /// In which currency.
    pub(crate) currency: CurrencyCode,
    /// What for.
    pub(crate) category: Option<&'a str>,
    /// The account's transactions in the 24 hours before, where known.
    pub(crate) account_count_24h: Option<f64>,
}

/// Sets all features that need a population baseline; amounts are missing in a currency it does not know.
pub(crate) fn set_population(
    features: &mut FeatureVector,
    measured: &Measured<'_>,
    baseline: &PopulationBaseline,
) {
    let of_amount = [
        Feature::AmountPopulationZ,
        Feature::AmountPopulationTail,
        Feature::AmountPopulationQuantile,
        Feature::AmountCategoryZ,
    ];
    // A sample may come with those of an older baseline, which knew its currency.
    of_amount.into_iter().for_each(|feature| features.set(feature, None));
    if let Some(currency) = baseline.currency(measured.currency) {
        let log_amount = log_major(measured.amount_minor, measured.currency);
        features.set(Feature::AmountPopulationZ, Some(currency.amount().z(log_amount)));
        features.set(Feature::AmountPopulationTail, Some(currency.tail().nats_beyond(log_amount)));
        let share = currency.quantiles().share_below(log_amount);
        features.set(Feature::AmountPopulationQuantile, Some(share));
        let category = measured.category.and_then(|category| currency.category(category));
        features.set(Feature::AmountCategoryZ, category.map(|category| category.z(log_amount)));
    }
    let hour = hour_of(measured.occurred_at);
    features.set(Feature::HourPopulationSurprise, Some(-libm::log(baseline.hour_share(hour))));
    let log_count = measured.account_count_24h.map(libm::log1p);
    let count_z = baseline.log_count_24h().zip(log_count).map(|(counts, log_count)| counts.z(log_count));
    features.set(Feature::CountPopulationZ, count_z);
}
