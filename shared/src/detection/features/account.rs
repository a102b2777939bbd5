//! Features of the account's own past: amounts, pace, hours, names it knows, frauds known of it.

use super::{Feature, FeatureVector, MIN_ACCOUNT_HISTORY};
use crate::detection::profile::{
    AccountProfile, AmountStatistics, NameHash, RECENT_DAYS, log_major, minor_per_major,
};
use crate::domain::money::Amount;
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;

/// Spread of log amounts assumed of an account before anything is known, worth `PRIOR_WEIGHT` transactions:
/// two thirds of amounts within a factor of 1.65 of the usual one.
const PRIOR_SPREAD: f64 = 0.5;
/// How many transactions the assumed spread is worth.
const PRIOR_WEIGHT: f64 = 5.0;
/// No spread is narrower: an account of equal amounts may still vary by a quarter.
const MIN_SPREAD: f64 = 0.25;

/// Sets all features of the account but those of place.
pub(super) fn set_features(
    features: &mut FeatureVector,
    transaction: &NewTransaction,
    account: &AccountProfile,
) {
    let at = transaction.occurred_at;
    features.set(Feature::AccountTransactions, Some(libm::log1p(f64::from(account.n_transactions()))));
    features.set(Feature::AccountAgeDays, account.age_days(at));
    set_amounts(features, transaction.amount, account);
    set_pace(features, at, account);
    set_sums(features, transaction, account);
    set_novelty(features, transaction, account);
    set_labels(features, at, account);
    if account.n_transactions() >= MIN_ACCOUNT_HISTORY {
        features.set(Feature::HourHabit, Some(account.hours().share_near(at)));
    }
}

/// z of a log amount against a party's own mean and spread.
///
/// The spread is the posterior mean of the variance with an assumed one worth five transactions (the
/// conjugate update of a normal variance, Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6),
/// at least a quarter, and widened by 1 + 1/n since the mean is itself estimated.
pub(super) fn log_amount_z(amount: Amount, statistics: &AmountStatistics) -> f64 {
    let n = f64::from(statistics.n());
    let variance =
        (n * statistics.log_variance() + PRIOR_WEIGHT * PRIOR_SPREAD * PRIOR_SPREAD) / (n + PRIOR_WEIGHT);
    let spread = libm::sqrt(variance * (1.0 + 1.0 / n)).max(MIN_SPREAD);
    (log_major(amount.minor(), amount.currency()) - statistics.log_mean()) / spread
}

fn set_amounts(features: &mut FeatureVector, amount: Amount, account: &AccountProfile) {
    let statistics = account.amounts().of(amount.currency());
    let Some(statistics) = statistics.filter(|statistics| statistics.n() >= MIN_ACCOUNT_HISTORY) else {
        return;
    };
    features.set(Feature::AccountAmountZ, Some(log_amount_z(amount, statistics)));
    features.set(Feature::AccountAmountRatio, Some(amount.minor() as f64 / statistics.mean_minor()));
}

fn set_pace(features: &mut FeatureVector, at: Timestamp, account: &AccountProfile) {
    let windows = account.windows();
    let (hour, day) = (windows.count_last_hour(at), windows.count_last_24_hours(at));
    let month = windows.count_last_days(at, RECENT_DAYS);
    features.set(Feature::AccountCount1h, hour);
    features.set(Feature::AccountCount24h, day);
    features.set(Feature::AccountCount7d, windows.count_last_days(at, 7));
    features.set(Feature::AccountCount30d, month);
    if let (Some(month), Some(age_days)) = (month, account.age_days(at)) {
        let daily_mean = month / age_days.clamp(1.0, RECENT_DAYS as f64);
        features.set(Feature::AccountPace1h, hour.map(|hour| (hour + 1.0) / (daily_mean / 24.0 + 1.0)));
        features.set(Feature::AccountPace24h, day.map(|day| (day + 1.0) / (daily_mean + 1.0)));
    }
    let since_last = account.last_occurred_at().map(|last| at.duration_since(last).as_secs_f64());
    let since_last = since_last.filter(|seconds| *seconds >= 0.0).map(libm::log1p);
    features.set(Feature::SecondsSinceLast, since_last);
}

/// Sums are kept in the account's first currency; means only where it has no other, since counts cover all.
fn set_sums(features: &mut FeatureVector, transaction: &NewTransaction, account: &AccountProfile) {
    let (at, currency) = (transaction.occurred_at, transaction.amount.currency());
    if !account.amounts().is_first(currency) {
        return;
    }
    let windows = account.windows();
    let day = (windows.sum_last_24_hours(at), windows.count_last_24_hours(at));
    let days = |n_days| (windows.sum_last_days(at, n_days), windows.count_last_days(at, n_days));
    let by_window = [
        (Feature::AccountSum24h, Feature::AccountMean24h, day),
        (Feature::AccountSum7d, Feature::AccountMean7d, days(7)),
        (Feature::AccountSum30d, Feature::AccountMean30d, days(RECENT_DAYS)),
    ];
    for (sum_feature, mean_feature, (sum_minor, count)) in by_window {
        let sum = sum_minor.map(|minor| minor / minor_per_major(currency));
        features.set(sum_feature, sum.map(libm::log1p));
        let count = count.filter(|count| account.amounts().is_single() && *count > 0.0);
        features.set(mean_feature, sum.zip(count).map(|(sum, count)| libm::log1p(sum / count)));
    }
}

fn set_novelty(features: &mut FeatureVector, transaction: &NewTransaction, account: &AccountProfile) {
    if account.n_transactions() < MIN_ACCOUNT_HISTORY {
        return;
    }
    let hash = |name: &str| NameHash::of(name);
    let counterparty = hash(transaction.counterparty.as_str());
    let channel = hash(transaction.channel.as_str());
    let device = transaction.device.as_ref().map(|device| hash(device.as_str()));
    let country = transaction.place.country.map(|country| hash(country.as_str()));
    let category = transaction.category.as_ref().map(|category| hash(category.as_str()));
    features.set(Feature::NewCounterparty, account.counterparties().surprise(counterparty));
    features.set(Feature::NewChannel, account.channels().surprise(channel));
    features.set(Feature::NewDevice, device.and_then(|device| account.devices().surprise(device)));
    features.set(Feature::NewCountry, country.and_then(|country| account.countries().surprise(country)));
    features.set(Feature::NewCategory, category.and_then(|category| account.categories().surprise(category)));
}

fn set_labels(features: &mut FeatureVector, at: Timestamp, account: &AccountProfile) {
    let labels = account.labels();
    if !labels.are_known_at(at) {
        return;
    }
    features.set(Feature::AccountFrauds30d, labels.frauds(at, RECENT_DAYS));
    features.set(Feature::AccountAttributedFrauds, Some(labels.attributed().n()));
    features.set(Feature::AccountFirstFraudDays, labels.attributed().days_since_first(at));
    features.set(Feature::AccountLastFraudDays, labels.attributed().days_since_last(at));
}
