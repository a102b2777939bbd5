//! Features of what became known afterwards: frauds of the account and of the counterparty.
//!
//! Nothing is read that was not known at the transaction's own time: if any label that a profile took was
//! observed later, all of that profile's label features are missing.

use super::{Feature, FeatureVector, Past};
use crate::detection::profile::{AccountProfile, CounterpartyProfile, RECENT_DAYS};
use jiff::Timestamp;

/// A fraud rate assumed before anything is known, 1 %, and how many transactions that is worth.
const PRIOR_FRAUD_RATE: f64 = 0.01;
/// See [`PRIOR_FRAUD_RATE`].
const PRIOR_WEIGHT: f64 = 5.0;

/// Sets all features of labels.
pub(super) fn set_features(features: &mut FeatureVector, at: Timestamp, past: &Past<'_>) {
    let maturity_days = past.label_maturity_days;
    if past.account.labels().are_known_at(at) {
        set_account(features, at, (past.account, maturity_days));
    }
    if past.counterparty.labels().are_known_at(at) {
        set_counterparty(features, at, past.counterparty);
        set_counterparty_matured(features, at, (past.counterparty, maturity_days));
    }
}

fn set_account(
    features: &mut FeatureVector,
    at: Timestamp,
    (account, maturity_days): (&AccountProfile, u16),
) {
    let labels = account.labels();
    features.set(Feature::AccountFrauds30d, labels.frauds(at, RECENT_DAYS));
    features.set(Feature::AccountAttributedFrauds, Some(labels.attributed().n()));
    features.set(Feature::AccountFirstFraudDays, labels.attributed().days_since_first(at));
    features.set(Feature::AccountLastFraudDays, labels.attributed().days_since_last(at));
    let days = account.labelled_days(at, maturity_days);
    let rate = days.window(RECENT_DAYS).map(|matured| smoothed_rate(matured.n_frauds, matured.n));
    features.set(Feature::AccountFraudRateMatured, rate);
    let streak = days.streak();
    features.set(Feature::AccountStreakFrauds, Some(streak.map_or(0.0, |streak| streak.n_frauds)));
    features.set(Feature::AccountAnyFraudDays, streak.map(|streak| streak.last_fraud_days));
    features.set(Feature::AccountGenuineSince, streak.map(|streak| streak.n_genuine_since));
}

fn set_counterparty(features: &mut FeatureVector, at: Timestamp, counterparty: &CounterpartyProfile) {
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

fn set_counterparty_matured(
    features: &mut FeatureVector,
    at: Timestamp,
    (counterparty, maturity_days): (&CounterpartyProfile, u16),
) {
    let days = counterparty.labelled_days(at, maturity_days);
    let [count_1d, frauds_1d, rate_1d] = [
        Feature::CounterpartyMatured1d,
        Feature::CounterpartyMaturedFrauds1d,
        Feature::CounterpartyMaturedRate1d,
    ];
    let [count_7d, frauds_7d, rate_7d] = [
        Feature::CounterpartyMatured7d,
        Feature::CounterpartyMaturedFrauds7d,
        Feature::CounterpartyMaturedRate7d,
    ];
    let [count_30d, frauds_30d, rate_30d] = [
        Feature::CounterpartyMatured30d,
        Feature::CounterpartyMaturedFrauds30d,
        Feature::CounterpartyMaturedRate30d,
    ];
    let windows = [
        (1, [count_1d, frauds_1d, rate_1d]),
        (7, [count_7d, frauds_7d, rate_7d]),
        (RECENT_DAYS, [count_30d, frauds_30d, rate_30d]),
    ];
    for (n_days, [count, frauds, rate]) in windows {
        let matured = days.window(n_days);
        features.set(count, matured.map(|matured| matured.n));
        features.set(frauds, matured.map(|matured| matured.n_frauds));
        features.set(rate, matured.map(|matured| smoothed_rate(matured.n_frauds, matured.n)));
    }
    let streak = days.streak();
    features.set(Feature::CounterpartyStreakFrauds, Some(streak.map_or(0.0, |streak| streak.n_frauds)));
    let in_streak = streak.filter(|streak| streak.n_frauds > 0.0);
    features.set(Feature::CounterpartyStreakDays, in_streak.map(|streak| streak.days));
    features.set(Feature::CounterpartyAnyFraudDays, streak.map(|streak| streak.last_fraud_days));
    features.set(Feature::CounterpartyGenuineSince, streak.map(|streak| streak.n_genuine_since));
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
