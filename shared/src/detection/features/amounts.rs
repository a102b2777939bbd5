//! Features of the account's amounts: this one beside its own past, and its recent spending beside the usual.

use super::{Feature, FeatureVector, MIN_ACCOUNT_HISTORY};
use crate::detection::profile::{
    AccountProfile, AmountStatistics, RECENT_DAYS, RecentAmounts, log_major, minor_per_major,
};
use crate::detection::robust::{NORMAL_CONSISTENCY, quantile};
use crate::domain::money::Amount;
use crate::domain::transaction::NewTransaction;

/// Spread of log amounts assumed of an account before anything is known, worth `PRIOR_WEIGHT` transactions:
/// two thirds of amounts within a factor of 1.65 of the usual one.
const PRIOR_SPREAD: f64 = 0.5;
/// How many transactions the assumed spread is worth.
const PRIOR_WEIGHT: f64 = 5.0;
/// No spread is narrower: an account of equal amounts may still vary by a quarter.
const MIN_SPREAD: f64 = 0.25;
/// The same for a spread of plain amounts, as a share of their median.
const MIN_SPREAD_SHARE: f64 = 0.25;
/// The newest amounts that tell recent spending from the usual.
const NEWEST: usize = 8;
/// Times the median from which an amount is high.
const HIGH: f64 = 3.0;

/// Sets all features of the account's amounts.
pub(super) fn set_features(
    features: &mut FeatureVector,
    transaction: &NewTransaction,
    account: &AccountProfile,
) {
    let amount = transaction.amount;
    set_statistics(features, amount, account);
    // Windows and newest amounts are kept in the account's first currency.
    if account.amounts().is_first(amount.currency()) {
        set_sums(features, transaction, account);
        let log_amount = log_major(amount.minor(), amount.currency());
        set_recent(features, RecentAmounts::rounded(log_amount), account.recent());
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

fn set_statistics(features: &mut FeatureVector, amount: Amount, account: &AccountProfile) {
    let statistics = account.amounts().of(amount.currency());
    let Some(statistics) = statistics.filter(|statistics| statistics.n() >= MIN_ACCOUNT_HISTORY) else {
        return;
    };
    features.set(Feature::AccountAmountZ, Some(log_amount_z(amount, statistics)));
    features.set(Feature::AccountAmountRatio, Some(amount.minor() as f64 / statistics.mean_minor()));
}

/// Means and shifts only where the account has one currency, since counts cover all.
fn set_sums(features: &mut FeatureVector, transaction: &NewTransaction, account: &AccountProfile) {
    let (at, currency) = (transaction.occurred_at, transaction.amount.currency());
    let windows = account.windows();
    let day = (windows.sum_last_24_hours(at), windows.count_last_24_hours(at));
    let days = |n_days| (windows.sum_last_days(at, n_days), windows.count_last_days(at, n_days));
    let lifetime = account.amounts().of(currency).map(AmountStatistics::mean_minor);
    let lifetime = lifetime.filter(|mean| *mean > 0.0 && account.n_transactions() >= MIN_ACCOUNT_HISTORY);
    let by_window = [
        ([Feature::AccountSum24h, Feature::AccountMean24h, Feature::AccountShift24h], day),
        ([Feature::AccountSum7d, Feature::AccountMean7d, Feature::AccountShift7d], days(7)),
        ([Feature::AccountSum30d, Feature::AccountMean30d, Feature::AccountShift30d], days(RECENT_DAYS)),
    ];
    for ([sum_feature, mean_feature, shift_feature], (sum, count)) in by_window {
        let major = |minor: f64| minor / minor_per_major(currency);
        features.set(sum_feature, sum.map(|sum| libm::log1p(major(sum))));
        let count = count.filter(|count| account.amounts().is_single() && *count > 0.0);
        let mean = sum.zip(count).map(|(sum, count)| sum / count);
        features.set(mean_feature, mean.map(|mean| libm::log1p(major(mean))));
        let shift = mean.zip(lifetime).filter(|(mean, _)| *mean > 0.0);
        features.set(shift_feature, shift.map(|(mean, lifetime)| libm::log(mean / lifetime)));
    }
    let age_days = account.age_days(at).map(|age_days| age_days.clamp(1.0, RECENT_DAYS as f64));
    let daily = days(RECENT_DAYS).0.zip(age_days).map(|(sum, age_days)| sum / age_days);
    let pace = day.0.zip(daily).filter(|(_, daily)| *daily > 0.0 && lifetime.is_some());
    let with_this = |(sum, daily): (f64, f64)| libm::log((sum + transaction.amount.minor() as f64) / daily);
    features.set(Feature::AccountSpendPace24h, pace.map(with_this));
}

/// This amount, rounded as they are, and the newest eight, beside the newest 32.
fn set_recent(features: &mut FeatureVector, log_amount: f64, recent: &RecentAmounts) {
    if recent.len() < MIN_ACCOUNT_HISTORY as usize {
        return;
    }
    let mut sorted: Vec<f64> = recent.logs().collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(median), Some(largest)) = (quantile(&sorted, 0.5), sorted.last()) else {
        return;
    };
    let n_smaller = sorted.iter().filter(|log| **log < log_amount).count();
    features.set(Feature::AccountAmountMedianRatio, Some(log_amount - median));
    features.set(Feature::AccountAmountRank, Some(n_smaller as f64 / sorted.len() as f64));
    features.set(Feature::AccountAmountMaxRatio, Some(log_amount - largest));
    // In units of the median amount.
    let ratios = sorted.iter().map(|log| libm::exp(log - median));
    let mut deviations: Vec<f64> = ratios.map(|ratio| (ratio - 1.0).abs()).collect();
    deviations.sort_by(f64::total_cmp);
    let spread = quantile(&deviations, 0.5).map(|mad| (mad * NORMAL_CONSISTENCY).max(MIN_SPREAD_SHARE));
    let z = spread.map(|spread| (libm::exp(log_amount - median) - 1.0) / spread);
    features.set(Feature::AccountAmountRobustZ, z);
    let newest: Vec<f64> = recent.logs().rev().take(NEWEST).map(|log| libm::exp(log - median)).collect();
    let mean = newest.iter().sum::<f64>() / newest.len() as f64;
    features.set(Feature::AccountRecentShift, Some(libm::log(mean)));
    let n_high = newest.iter().filter(|ratio| **ratio > HIGH).count();
    features.set(Feature::AccountRecentHigh, Some(n_high as f64));
}
