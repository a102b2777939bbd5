//! Features of the population: where this transaction stands among everybody's.

use super::{Feature, FeatureVector};
use crate::detection::population::PopulationBaseline;
use crate::detection::profile::{hour_of, log_major};
use crate::domain::transaction::NewTransaction;

/// What a transaction is measured against.
pub(super) struct Measure<'a> {
    /// The population's figures.
    pub(super) baseline: &'a PopulationBaseline,
    /// The account's transactions in the last 24 hours, where known.
    pub(super) count: Option<f64>,
}

/// Sets all features that need a population baseline; amounts are missing in a currency it does not know.
pub(super) fn set_features(
    features: &mut FeatureVector,
    transaction: &NewTransaction,
    measure: &Measure<'_>,
) {
    let baseline = measure.baseline;
    let amount = transaction.amount;
    let log_amount = log_major(amount.minor(), amount.currency());
    if let Some(currency) = baseline.currency(amount.currency()) {
        features.set(Feature::AmountPopulationZ, Some(currency.amount().z(log_amount)));
        features.set(Feature::AmountPopulationTail, Some(currency.tail().nats_beyond(log_amount)));
        let category =
            transaction.category.as_ref().and_then(|category| currency.category(category.as_str()));
        features.set(Feature::AmountCategoryZ, category.map(|category| category.z(log_amount)));
    }
    let hour = hour_of(transaction.occurred_at);
    features.set(Feature::HourPopulationSurprise, Some(-libm::log(baseline.hour_share(hour))));
    let log_count = measure.count.map(libm::log1p);
    let count_z = baseline.log_count_24h().zip(log_count).map(|(counts, log_count)| counts.z(log_count));
    features.set(Feature::CountPopulationZ, count_z);
}
