//! What the isolation forest looks at: the features that say how a transaction departs from the usual.
//!
//! A random cut treats all features alike, so each that merely says who the account is (its age, its size,
//! its mean amounts) takes cuts away from those that tell a departure, and hides it. Where a window of
//! several lengths says the same, the shorter is taken. The other features wait for a supervised model.

use crate::detection::features::Feature;

/// The features given to the forest, in the order of its rows.
pub(super) const INPUTS: [Feature; 25] = [
    Feature::AmountPopulationZ,
    Feature::AmountPopulationTail,
    Feature::AmountCategoryZ,
    Feature::HourPopulationSurprise,
    Feature::CountPopulationZ,
    Feature::AccountAmountZ,
    Feature::AccountAmountRatio,
    Feature::AccountPace1h,
    Feature::AccountPace24h,
    Feature::SecondsSinceLast,
    Feature::NewCounterparty,
    Feature::NewDevice,
    Feature::NewCountry,
    Feature::NewChannel,
    Feature::NewCategory,
    Feature::HourHabit,
    Feature::DistanceKm,
    Feature::SpeedKmh,
    Feature::AccountFrauds30d,
    Feature::CounterpartyAmountZ,
    Feature::CounterpartyPace24h,
    Feature::CounterpartyFrauds7d,
    Feature::CounterpartyFrauds30d,
    Feature::CounterpartyRecentFraudShare,
    Feature::CounterpartyFraudRun,
];
