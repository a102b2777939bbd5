//! Features of the counterparty's past: amounts and pace.

use super::amounts::log_amount_z;
use super::{Feature, FeatureVector, MIN_COUNTERPARTY_HISTORY};
use crate::detection::profile::{CounterpartyProfile, RECENT_DAYS};
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;

/// Sets all features of the counterparty but those of labels.
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
