//! Amounts beside the account's own past, worked by hand.

use super::*;

/// Payments of these minor units, one a day at noon from `MONDAY` on.
fn paid(minors: &[i64]) -> World {
    let mut world = World::default();
    for (day, minor) in (0..).zip(minors) {
        world.apply(&Sketch::at(MONDAY + day * DAY + 12 * HOUR).minor(*minor).build());
    }
    world
}

/// The vector of a payment at 13:00 on a day.
fn next(world: &World, day: i64, minor: i64) -> FeatureVector {
    world.extract(&Sketch::at(MONDAY + day * DAY + 13 * HOUR).minor(minor).build())
}

/// As [`check`], for what is read of amounts that are kept to a tenth of a percent.
fn check_kept(features: &FeatureVector, feature: Feature, (expected, tolerance): (f64, f64)) {
    let value = features.number(feature);
    let is_near = value.is_some_and(|value| (value - expected).abs() < tolerance);
    assert!(is_near, "{feature:?} is {value:?}, not {expected}");
}

#[test]
fn an_amount_is_placed_among_the_newest() {
    // Median 30; deviations in medians 2/3 1/3 0 1/3 2/3, their median 1/3, times 1.4826 is 0.4942.
    let world = paid(&[1_000, 2_000, 3_000, 4_000, 5_000]);
    let features = next(&world, 5, 6_000);
    check_kept(&features, Feature::AccountAmountMedianRatio, (libm::log(2.0), 0.002));
    check_kept(&features, Feature::AccountAmountRobustZ, (1.0 / 0.494_201, 0.01));
    check(&features, Feature::AccountAmountRank, 1.0);
    check_kept(&features, Feature::AccountAmountMaxRatio, (libm::log(6.0 / 5.0), 0.002));
    check_kept(&features, Feature::AccountRecentShift, (0.0, 0.002));
    check(&features, Feature::AccountRecentHigh, 0.0);
    check(&next(&world, 5, 3_500), Feature::AccountAmountRank, 0.6);
}

#[test]
fn the_newest_eight_tell_a_change_from_the_usual() {
    // Median 10, no deviation in the middle: the spread is a quarter. Of the newest eight, six are 10 and two 40.
    let world = paid(&[1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 4_000, 4_000]);
    let features = next(&world, 10, 3_000);
    check_kept(&features, Feature::AccountAmountRobustZ, ((3.0 - 1.0) / 0.25, 0.03));
    check(&features, Feature::AccountAmountRank, 0.8);
    check_kept(&features, Feature::AccountAmountMaxRatio, (libm::log(0.75), 0.002));
    check_kept(&features, Feature::AccountRecentShift, (libm::log((6.0 + 2.0 * 4.0) / 8.0), 0.002));
    check(&features, Feature::AccountRecentHigh, 2.0);
}

#[test]
fn only_the_newest_32_amounts_count() {
    let minors: Vec<i64> = (0..40).map(|index| if index < 8 { 90_000 } else { 1_000 }).collect();
    let features = next(&paid(&minors), 40, 2_000);
    check(&features, Feature::AccountAmountRank, 1.0);
    check_kept(&features, Feature::AccountAmountMaxRatio, (libm::log(2.0), 0.002));
}

#[test]
fn an_amount_like_all_before_it_is_neither_above_nor_below_them() {
    // Kept logarithms of 10.00 are rounded up, those of 25.00 down.
    for minor in [1_000, 2_500, 777, 123_456] {
        let features = next(&paid(&[minor; 6]), 6, minor);
        for feature in [
            Feature::AccountAmountRank,
            Feature::AccountAmountMedianRatio,
            Feature::AccountAmountMaxRatio,
            Feature::AccountAmountRobustZ,
        ] {
            assert_eq!(features.number(feature), Some(0.0), "{feature:?} of {minor}");
        }
    }
}

#[test]
fn windows_are_compared_with_the_lifetime() {
    // Ten days of 10.00, then 50.00 at noon of day 10; seen at 13:00 of it.
    let world = paid(&[1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 5_000]);
    let features = next(&world, 10, 2_000);
    let lifetime_mean = 150.0 / 11.0;
    check(&features, Feature::AccountShift24h, libm::log(50.0 / lifetime_mean));
    // Seven days reach back to 13:00 of day 3: 11/24 of it, six days of 10.00, and the day of 50.00.
    let mean_7d = (10.0 * 11.0 / 24.0 + 60.0 + 50.0) / (11.0 / 24.0 + 7.0);
    check(&features, Feature::AccountShift7d, libm::log(mean_7d / lifetime_mean));
    check(&features, Feature::AccountShift30d, 0.0);
    // 50 and this 20 within 24 hours, of 150 in 10.0417 days.
    check(&features, Feature::AccountSpendPace24h, libm::log((50.0 + 20.0) / (150.0 / (10.0 + 1.0 / 24.0))));
}

#[test]
fn below_five_amounts_there_is_no_habit() {
    let features = next(&paid(&[1_000; 4]), 4, 1_000);
    for feature in [
        Feature::AccountAmountZ,
        Feature::AccountAmountMedianRatio,
        Feature::AccountAmountRobustZ,
        Feature::AccountAmountRank,
        Feature::AccountAmountMaxRatio,
        Feature::AccountRecentShift,
        Feature::AccountRecentHigh,
        Feature::AccountShift24h,
        Feature::AccountShift7d,
        Feature::AccountShift30d,
        Feature::AccountSpendPace24h,
    ] {
        assert_eq!(features.get(feature), None, "{feature:?}");
    }
}

#[test]
fn sums_stay_in_the_accounts_first_currency() {
    let (mut world, next) = World::after_ten_days();
    let dollars = Sketch::at(MONDAY + 9 * DAY + 12 * HOUR).currency("USD").minor(99_900).build();
    let of_dollars = world.extract(&dollars);
    for feature in [
        Feature::AccountSum24h,
        Feature::AccountAmountZ,
        Feature::AccountSpendPace24h,
        Feature::AccountAmountMedianRatio,
    ] {
        assert_eq!(of_dollars.get(feature), None, "{feature:?}");
    }
    world.apply(&dollars);
    let features = world.extract(&next);
    check(&features, Feature::AccountSum24h, 2.397_895);
    check_kept(&features, Feature::AccountAmountMaxRatio, (libm::log(2.0), 0.002));
    check(&features, Feature::AccountSpendPace24h, libm::log((10.0 + 20.0) / (100.0 / (9.0 + 1.0 / 24.0))));
    // Counts cover all currencies, so there is no mean.
    assert_eq!(features.get(Feature::AccountMean24h), None);
    assert_eq!(features.get(Feature::AccountShift24h), None);
}
