//! Features of the account's own past: pace, hours, names it knows.

use super::{Feature, FeatureVector, MIN_ACCOUNT_HISTORY};
use crate::detection::profile::{AccountProfile, NameHash, RECENT_DAYS};
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;

/// Sets all features of the account but those of amounts, place and labels.
pub(super) fn set_features(
    features: &mut FeatureVector,
    transaction: &NewTransaction,
    account: &AccountProfile,
) {
    let at = transaction.occurred_at;
    features.set(Feature::AccountTransactions, Some(libm::log1p(f64::from(account.n_transactions()))));
    features.set(Feature::AccountAgeDays, account.age_days(at));
    set_pace(features, at, account);
    set_novelty(features, transaction, account);
    if account.n_transactions() >= MIN_ACCOUNT_HISTORY {
        features.set(Feature::HourHabit, Some(account.hours().share_near(at)));
    }
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
