//! Extraction: from a transaction and the past before it to a feature vector.

use super::population::{Measured, set_population};
use super::vector::FeatureVector;
use super::{Feature, account, amounts, counterparty, labels, place};
use crate::detection::population::PopulationBaseline;
use crate::detection::profile::{AccountProfile, CounterpartyProfile, log_major};
use crate::domain::text::Text;
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;

/// What was known just before a transaction: neither profile has taken it yet.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// The account's profile.
    pub account: &'a AccountProfile,
    /// The counterparty's profile, all shards merged.
    pub counterparty: &'a CounterpartyProfile,
    /// The population baseline in use; none before the first was made.
    pub baseline: Option<&'a PopulationBaseline>,
    /// Days after which a transaction without a label is presumed genuine.
    pub label_maturity_days: u16,
}

/// Derives the features of a transaction.
pub fn extract(transaction: &NewTransaction, past: &Past<'_>) -> FeatureVector {
    let mut features = FeatureVector::missing();
    set_own(&mut features, transaction);
    account::set_features(&mut features, transaction, past.account);
    amounts::set_features(&mut features, transaction, past.account);
    place::set_features(&mut features, transaction, past.account);
    counterparty::set_features(&mut features, transaction, past.counterparty);
    labels::set_features(&mut features, transaction.occurred_at, past);
    if let Some(baseline) = past.baseline {
        let measured = Measured {
            occurred_at: transaction.occurred_at,
            amount_minor: transaction.amount.minor(),
            currency: transaction.amount.currency(),
            category: transaction.category.as_ref().map(Text::as_str),
            // As a stored vector has it, so that a sample is measured like the transaction it was.
            account_count_24h: features.number(Feature::AccountCount24h),
        };
        set_population(&mut features, &measured, baseline);
    }
    features
}

fn set_own(features: &mut FeatureVector, transaction: &NewTransaction) {
    let amount = transaction.amount;
    let at = transaction.occurred_at;
    features.set(Feature::AmountLog, Some(log_major(amount.minor(), amount.currency())));
    features.set(Feature::HourOfDay, Some(at.as_second().rem_euclid(86_400) as f64 / 3_600.0));
    features.set(Feature::IsWeekend, Some(f64::from(u8::from(is_weekend(at)))));
}

/// Whether it is Saturday or Sunday in UTC; 1970-01-01 was a Thursday, so day 2 was a Saturday.
fn is_weekend(at: Timestamp) -> bool {
    matches!(at.as_second().div_euclid(86_400).rem_euclid(7), 2 | 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saturday_and_sunday_are_the_weekend() {
        let is_weekend_on = |text: &str| is_weekend(text.parse().unwrap());
        assert!(is_weekend_on("2026-11-21T00:00:00Z") && is_weekend_on("2026-11-22T23:59:59Z"));
        assert!(!is_weekend_on("2026-11-20T23:59:59Z") && !is_weekend_on("2026-11-23T00:00:00Z"));
    }
}
