//! A profile as people read it: what an account usually does.
//!
//! It is for people, like [`super::comparison`]. A profile knows no names, so it tells how many and not which.

use super::comparison::{central_amounts, usual_hours};
use super::profile::AccountProfile;
use crate::domain::money::{Amount, CurrencyCode};
use jiff::Timestamp;

/// What an account usually does.
#[derive(Debug, Clone, PartialEq)]
pub struct Portrait {
    /// How many transactions the profile has taken.
    pub n_transactions: u32,
    /// Event time of the newest; none of an empty profile.
    pub last_occurred_at: Option<Timestamp>,
    /// Days from the first to the newest.
    pub age_days: Option<f64>,
    /// By currency, the first three that were met.
    pub amounts: Vec<UsualAmounts>,
    /// Hours of the day with at least half their even share, in UTC, such as `08:00 to 12:00`; empty where none is.
    pub hours: String,
    /// Counterparties it knows, at most 24.
    pub n_counterparties: usize,
    /// Devices it knows, at most 6.
    pub n_devices: usize,
    /// Countries it knows, at most 8.
    pub n_countries: usize,
    /// Channels it knows, at most 6.
    pub n_channels: usize,
    /// Categories it knows, at most 16.
    pub n_categories: usize,
    /// Transactions in the 24 hours and the 30 days before the newest.
    pub n_recent: [Option<f64>; 2],
}

/// What an account usually moves in one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct UsualAmounts {
    /// Which.
    pub currency: CurrencyCode,
    /// How many amounts.
    pub n: u32,
    /// The mean, in whole minor units.
    pub mean: Option<Amount>,
    /// The central 90 %, were their logarithms normal.
    pub central: [Option<Amount>; 2],
}

impl Portrait {
    /// Of a profile, as of its newest transaction.
    pub fn of(account: &AccountProfile) -> Self {
        let last = account.last_occurred_at();
        let amounts = account.amounts().all().map(|(currency, statistics)| UsualAmounts {
            currency,
            n: statistics.n(),
            mean: Amount::from_minor((statistics.mean_minor().round() as i64).max(1), currency).ok(),
            central: central_amounts(statistics, currency),
        });
        let windows = account.windows();
        let recent = [
            last.and_then(|at| windows.count_last_24_hours(at)),
            last.and_then(|at| windows.count_last_days(at, 30)),
        ];
        Self {
            n_transactions: account.n_transactions(),
            last_occurred_at: last,
            age_days: last.and_then(|at| account.age_days(at)),
            amounts: amounts.collect(),
            hours: usual_hours(account),
            n_counterparties: account.counterparties().len(),
            n_devices: account.devices().len(),
            n_countries: account.countries().len(),
            n_channels: account.channels().len(),
            n_categories: account.categories().len(),
            n_recent: recent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures::Sketch;

    #[test]
    fn a_portrait_tells_what_was_applied() {
        let mut account = AccountProfile::default();
        for (second, minor, shop) in
            [(8 * 3_600, 1_000, "a"), (9 * 3_600, 1_000, "b"), (86_400 + 8 * 3_600, 1_000, "a")]
        {
            account.apply(&Sketch::at(second).minor(minor).counterparty(shop).build());
        }
        let portrait = Portrait::of(&account);
        assert_eq!((portrait.n_transactions, portrait.n_counterparties, portrait.n_channels), (3, 2, 1));
        assert_eq!(portrait.age_days, Some(1.0));
        assert_eq!(portrait.hours, "08:00 to 10:00");
        assert_eq!(portrait.last_occurred_at, Timestamp::from_second(86_400 + 8 * 3_600).ok());
        let [amounts] = portrait.amounts.as_slice() else { panic!("one currency was met") };
        assert_eq!((amounts.n, amounts.currency.as_str()), (3, "EUR"));
        let told = [amounts.mean, amounts.central[0], amounts.central[1]];
        assert_eq!(told.map(|amount| amount.unwrap().minor()), [1_000; 3]);
    }

    #[test]
    fn an_empty_profile_makes_nothing_up() {
        let portrait = Portrait::of(&AccountProfile::default());
        assert_eq!((portrait.n_transactions, portrait.amounts.len(), portrait.hours.as_str()), (0, 0, ""));
        assert_eq!((portrait.last_occurred_at, portrait.n_recent), (None, [None, None]));
    }
}
