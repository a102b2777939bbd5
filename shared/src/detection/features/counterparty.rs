//! Features of the counterparty's past: amounts, pace, and the frauds known of it.

use super::account::log_amount_z;
use super::{Feature, FeatureVector, MIN_COUNTERPARTY_HISTORY};
use crate::detection::profile::{CounterpartyProfile, RECENT_DAYS};
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;

/// A fraud rate assumed before anything is known, 1 %, and how many transactions that is worth.
const PRIOR_FRAUD_RATE: f64 = 0.01;
/// See [`PRIOR_FRAUD_RATE`].
const PRIOR_WEIGHT: f64 = 5.0;

/// Sets all features of the counterparty.
pub(super) fn set_features(
    features: &mut FeatureVector,
    transaction: &NewTransaction,
    counterparty: &CounterpartyProfile,
) {
    let at = transaction.occurred_at;
    let n = f64::from(counterparty.n_transactions());
    features.set(Feature::CounterpartyTransactions, Some(libm::log1p(n)));
    features.set(Feature::CounterpartyAgeDays, counterparty.age_days(at));
    let statistics = counterparty.amounts().of(transaction.amount.currency());
    let statistics = statistics.filter(|statistics| statistics.n() >= MIN_COUNTERPARTY_HISTORY);
    let z = statistics.map(|statistics| log_amount_z(transaction.amount, statistics));
    features.set(Feature::CounterpartyAmountZ, z);
    set_pace(features, at, counterparty);
    if counterparty.labels().are_known_at(at) {
        set_labels(features, at, counterparty);
    }
}

fn set_pace(features: &mut FeatureVector, at: Timestamp, counterparty: &CounterpartyProfile) {
    let day = counterparty.count_last_24_hours(at);
    let month = counterparty.count_last_days(at, RECENT_DAYS);
    features.set(Feature::CounterpartyCount1h, counterparty.count_last_hour(at));
    features.set(Feature::CounterpartyCount24h, day);
    features.set(Feature::CounterpartyCount7d, counterparty.count_last_days(at, 7));
    features.set(Feature::CounterpartyCount30d, month);
    if let (Some(month), Some(age_days)) = (month, counterparty.age_days(at)) {
        let daily_mean = month / age_days.clamp(1.0, RECENT_DAYS as f64);
        features.set(Feature::CounterpartyPace24h, day.map(|day| (day + 1.0) / (daily_mean + 1.0)));
    }
}

fn set_labels(features: &mut FeatureVector, at: Timestamp, counterparty: &CounterpartyProfile) {
    let labels = counterparty.labels();
    let windows = [
        (Feature::CounterpartyFrauds7d, Feature::CounterpartyFraudRate7d, 7),
        (Feature::CounterpartyFrauds30d, Feature::CounterpartyFraudRate30d, RECENT_DAYS),
    ];
    for (frauds_feature, rate_feature, n_days) in windows {
        let frauds = labels.frauds(at, n_days);
        let count = counterparty.count_last_days(at, n_days);
        features.set(frauds_feature, frauds);
        features.set(rate_feature, frauds.zip(count).map(|(frauds, count)| smoothed_rate(frauds, count)));
    }
    let outcomes = counterparty.outcomes();
    features.set(Feature::CounterpartyRecentFraudShare, outcomes.fraud_share());
    features.set(Feature::CounterpartyFraudRun, Some(outcomes.fraud_run()));
    features.set(Feature::CounterpartyAttributedFrauds, Some(labels.attributed().n()));
    features.set(Feature::CounterpartyFirstFraudDays, labels.attributed().days_since_first(at));
    features.set(Feature::CounterpartyLastFraudDays, labels.attributed().days_since_last(at));
}

/// The mean of a beta posterior: frauds over transactions, with 1 % assumed and worth five transactions.
fn smoothed_rate(frauds: f64, count: f64) -> f64 {
    (frauds + PRIOR_FRAUD_RATE * PRIOR_WEIGHT) / (count.max(frauds) + PRIOR_WEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraud_rate_starts_at_one_percent_and_follows_what_is_known() {
        assert_eq!(smoothed_rate(0.0, 0.0), 0.01);
        assert!((smoothed_rate(5.0, 10.0) - 5.05 / 15.0).abs() < 1e-12);
    }
}
