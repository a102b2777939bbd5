//! What became known afterwards, worked by hand: windows up to the maturity, streaks, days since.

use super::*;
use crate::detection::attribution::Attribution;
use crate::detection::profile::Sign;
use crate::domain::label::Verdict;
use jiff::Timestamp;

/// Every feature that is read from labels.
const OF_LABELS: [Feature; 30] = [
    Feature::AccountFrauds30d,
    Feature::AccountFraudRateMatured,
    Feature::AccountStreakFrauds,
    Feature::AccountAnyFraudDays,
    Feature::AccountGenuineSince,
    Feature::AccountAttributedFrauds,
    Feature::AccountFirstFraudDays,
    Feature::AccountLastFraudDays,
    Feature::CounterpartyFrauds7d,
    Feature::CounterpartyFraudRate7d,
    Feature::CounterpartyFrauds30d,
    Feature::CounterpartyFraudRate30d,
    Feature::CounterpartyMatured1d,
    Feature::CounterpartyMatured7d,
    Feature::CounterpartyMatured30d,
    Feature::CounterpartyMaturedFrauds1d,
    Feature::CounterpartyMaturedFrauds7d,
    Feature::CounterpartyMaturedFrauds30d,
    Feature::CounterpartyMaturedRate1d,
    Feature::CounterpartyMaturedRate7d,
    Feature::CounterpartyMaturedRate30d,
    Feature::CounterpartyStreakFrauds,
    Feature::CounterpartyStreakDays,
    Feature::CounterpartyAnyFraudDays,
    Feature::CounterpartyGenuineSince,
    Feature::CounterpartyRecentFraudShare,
    Feature::CounterpartyFraudRun,
    Feature::CounterpartyAttributedFrauds,
    Feature::CounterpartyFirstFraudDays,
    Feature::CounterpartyLastFraudDays,
];

fn noon(day: i64) -> i64 {
    MONDAY + day * DAY + 12 * HOUR
}

/// A fraud at noon of a day, known since midnight of day 19.
fn fraud(day: i64, attributed: Attribution) -> LabelDelta {
    LabelDelta {
        occurred_at: Timestamp::from_second(noon(day)).unwrap(),
        observed_at: Timestamp::from_second(MONDAY + 19 * DAY).unwrap(),
        verdict: Verdict::Fraud,
        sign: Sign::Add,
        attributed,
    }
}

/// Two payments at noon of each of the days 0 to 19, and frauds on some days, known by day 19.
fn world(days_of_fraud: &[i64]) -> World {
    let mut world = World::default();
    for day in 0..20 {
        (0..2).for_each(|_| world.apply(&Sketch::at(noon(day)).build()));
    }
    days_of_fraud.iter().for_each(|day| world.label(&fraud(*day, Attribution::Account)));
    world
}

/// Seen at noon of day 20: with a maturity of 7 days, windows end at noon of day 13.
fn seen(world: &World) -> FeatureVector {
    world.extract(&Sketch::at(noon(20)).build())
}

#[test]
fn matured_windows_compare_frauds_with_what_had_time_to_become_known() {
    let features = seen(&world(&[5, 10, 10, 11, 11]));
    // Half of day 12 and half of day 13, at two a day.
    check(&features, Feature::CounterpartyMatured1d, 2.0);
    check(&features, Feature::CounterpartyMaturedFrauds1d, 0.0);
    check(&features, Feature::CounterpartyMaturedRate1d, 0.05 / 7.0);
    // Half of day 6, the days 7 to 12, half of day 13.
    check(&features, Feature::CounterpartyMatured7d, 14.0);
    check(&features, Feature::CounterpartyMaturedFrauds7d, 4.0);
    check(&features, Feature::CounterpartyMaturedRate7d, 4.05 / 19.0);
    check(&features, Feature::CounterpartyMatured30d, 27.0);
    check(&features, Feature::CounterpartyMaturedFrauds30d, 5.0);
    check(&features, Feature::CounterpartyMaturedRate30d, 5.05 / 32.0);
    check(&features, Feature::AccountFraudRateMatured, 5.05 / 32.0);
}

#[test]
fn genuine_days_after_the_last_fraud_end_its_streak() {
    let features = seen(&world(&[5, 10, 10, 11, 11]));
    for (frauds, days, since) in [
        (Feature::AccountStreakFrauds, Feature::AccountAnyFraudDays, Feature::AccountGenuineSince),
        (
            Feature::CounterpartyStreakFrauds,
            Feature::CounterpartyAnyFraudDays,
            Feature::CounterpartyGenuineSince,
        ),
    ] {
        check(&features, frauds, 0.0);
        check(&features, days, 9.0);
        // Two on day 12; of day 13, on which the maturity falls, only frauds would be known.
        check(&features, since, 2.0);
    }
    assert_eq!(features.get(Feature::CounterpartyStreakDays), None);
}

#[test]
fn a_streak_goes_on_while_most_of_what_is_known_is_fraud() {
    let features = seen(&world(&[10, 10, 11, 11, 12, 12, 13, 13]));
    check(&features, Feature::AccountStreakFrauds, 8.0);
    check(&features, Feature::CounterpartyStreakFrauds, 8.0);
    check(&features, Feature::CounterpartyStreakDays, 10.0);
    check(&features, Feature::CounterpartyAnyFraudDays, 7.0);
    check(&features, Feature::CounterpartyGenuineSince, 0.0);
    // Both of day 13, though half of it is matured, and half of day 12: no fewer transactions than frauds.
    check(&features, Feature::CounterpartyMaturedFrauds1d, 3.0);
    check(&features, Feature::CounterpartyMatured1d, 3.0);
    check(&features, Feature::CounterpartyMaturedRate1d, 3.05 / 8.0);
}

#[test]
fn without_a_fraud_there_is_no_streak_and_no_day_of_one() {
    let features = seen(&world(&[]));
    check(&features, Feature::AccountStreakFrauds, 0.0);
    check(&features, Feature::CounterpartyStreakFrauds, 0.0);
    check(&features, Feature::CounterpartyMatured30d, 27.0);
    check(&features, Feature::CounterpartyMaturedRate30d, 0.05 / 32.0);
    for feature in [
        Feature::AccountAnyFraudDays,
        Feature::AccountGenuineSince,
        Feature::CounterpartyStreakDays,
        Feature::CounterpartyAnyFraudDays,
        Feature::CounterpartyGenuineSince,
    ] {
        assert_eq!(features.get(feature), None, "{feature:?}");
    }
}

#[test]
fn days_since_a_fraud_are_told_with_and_without_attribution() {
    let mut world = world(&[]);
    world.label(&fraud(16, Attribution::Counterparty));
    let features = seen(&world);
    check(&features, Feature::AccountAnyFraudDays, 4.0);
    check(&features, Feature::AccountAttributedFrauds, 0.0);
    assert_eq!(features.get(Feature::AccountLastFraudDays), None);
    check(&features, Feature::CounterpartyAttributedFrauds, 1.0);
    check(&features, Feature::CounterpartyFirstFraudDays, 4.0);
    check(&features, Feature::CounterpartyLastFraudDays, 4.0);
}

#[test]
fn a_fraud_taken_back_leaves_nothing_but_the_time_of_its_label() {
    let mut world = world(&[13]);
    world.label(&LabelDelta { sign: Sign::Remove, ..fraud(13, Attribution::Account) });
    assert_eq!(seen(&world), seen(&self::world(&[])));
}

#[test]
fn no_label_is_read_before_the_newest_one_was_observed() {
    let world = world(&[10, 10, 11, 11, 12, 12, 13, 13]);
    let early = world.extract(&Sketch::at(MONDAY + 19 * DAY - 1).build());
    for feature in OF_LABELS {
        assert_eq!(early.get(feature), None, "{feature:?}");
    }
    let features = world.extract(&Sketch::at(MONDAY + 19 * DAY).build());
    let of_blame = [
        // All are attributed to the account.
        Feature::CounterpartyFirstFraudDays,
        Feature::CounterpartyLastFraudDays,
    ];
    for feature in OF_LABELS.into_iter().filter(|feature| !of_blame.contains(feature)) {
        assert!(features.get(feature).is_some(), "{feature:?}");
    }
    check(&features, Feature::AccountFirstFraudDays, 9.0);
    check(&features, Feature::AccountLastFraudDays, 6.0);
}

#[test]
fn one_partys_late_label_leaves_the_others_features_alone() {
    let mut world = world(&[10]);
    let late = Timestamp::from_second(noon(21)).unwrap();
    world.account.apply_label(&LabelDelta { observed_at: late, ..fraud(11, Attribution::Account) });
    let features = seen(&world);
    assert_eq!(features.get(Feature::AccountFrauds30d), None);
    check(&features, Feature::CounterpartyFrauds30d, 1.0);
}

#[test]
fn recent_frauds_count_whether_matured_or_not() {
    let (mut world, next) = World::after_ten_days();
    world.label(&LabelDelta {
        observed_at: Timestamp::from_second(MONDAY + 9 * DAY).unwrap(),
        ..fraud(4, Attribution::Counterparty)
    });
    let features = world.extract(&next);
    check(&features, Feature::AccountFrauds30d, 1.0);
    check(&features, Feature::CounterpartyFrauds7d, 1.0);
    // (1 + 0.05) / (10 + 5).
    check(&features, Feature::CounterpartyFraudRate30d, 0.07);
    check(&features, Feature::CounterpartyFraudRate7d, 1.05 / (7.0 + 11.0 / 24.0 + 5.0));
    check(&features, Feature::CounterpartyRecentFraudShare, 1.0);
    check(&features, Feature::CounterpartyFraudRun, 1.0);
    check(&features, Feature::CounterpartyLastFraudDays, 5.0);
}
