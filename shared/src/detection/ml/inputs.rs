//! What the isolation forest looks at: the features that say how a transaction departs from the usual.
//!
//! A random cut treats all features alike, so each that merely says who the account is (its age, its size,
//! its mean amounts) takes cuts away from those that tell a departure, and hides it. Where a window of
//! several lengths says the same, the shorter is taken. What is busy, new or odd in ordinary life (counts, new
//! counterparties and categories, hours, what others pay at a counterparty) is left to the other layers for
//! the same reason. That an account was robbed makes its own payments no odder, so its frauds are left out too.
//! The other features wait for a supervised model.

use crate::detection::features::Feature;

/// The features given to the forest, in the order of its rows. In all of them more is odder.
pub(super) const INPUTS: [Feature; 20] = [
    Feature::AmountPopulationZ,
    Feature::AmountPopulationTail,
    Feature::AmountCategoryZ,
    Feature::AccountAmountZ,
    Feature::AccountAmountRatio,
    Feature::AccountAmountRobustZ,
    Feature::AccountShift7d,
    Feature::AccountRecentShift,
    Feature::AccountRecentHigh,
    Feature::AccountSpendPace24h,
    Feature::NewDevice,
    Feature::NewCountry,
    Feature::NewChannel,
    Feature::DistanceKm,
    Feature::SpeedKmh,
    Feature::CounterpartyFrauds7d,
    Feature::CounterpartyFrauds30d,
    Feature::CounterpartyMaturedRate7d,
    Feature::CounterpartyMaturedRate30d,
    Feature::CounterpartyStreakFrauds,
];
