//! Extraction worked by hand: what each group of features says of a small past, and what stays unsaid.
//!
//! Here: the transaction itself, pace, novelty and the population. Amounts and labels have a file each.

mod amounts;
mod labels;

use super::*;
use crate::detection::fixtures::{self, MONDAY, Sketch};
use crate::detection::population::PopulationBaseline;
use crate::detection::profile::{AccountProfile, CounterpartyProfile, LabelDelta};
use crate::domain::money::CurrencyCode;
use crate::domain::transaction::NewTransaction;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const MATURITY_DAYS: u16 = 7;

#[derive(Default)]
struct World {
    account: AccountProfile,
    counterparty: CounterpartyProfile,
}

impl World {
    fn apply(&mut self, transaction: &NewTransaction) {
        self.account.apply(transaction);
        self.counterparty.apply(transaction);
    }

    fn label(&mut self, delta: &LabelDelta) {
        self.account.apply_label(delta);
        self.counterparty.apply_label(delta);
    }

    fn extract(&self, transaction: &NewTransaction) -> FeatureVector {
        extract(transaction, &self.past(None))
    }

    fn past<'a>(&'a self, baseline: Option<&'a PopulationBaseline>) -> Past<'a> {
        let (account, counterparty) = (&self.account, &self.counterparty);
        Past { account, counterparty, baseline, label_maturity_days: MATURITY_DAYS }
    }

    /// Ten transactions of 10.00 at noon on ten days, then one of 20.00 an hour after the last.
    fn after_ten_days() -> (Self, NewTransaction) {
        let mut world = Self::default();
        for day in 0..10 {
            world.apply(&Sketch::at(MONDAY + day * DAY + 12 * HOUR).device("phone").build());
        }
        let next = Sketch::at(MONDAY + 9 * DAY + 13 * HOUR).minor(2_000).device("phone").build();
        (world, next)
    }
}

fn check(features: &FeatureVector, feature: Feature, expected: f64) {
    let value = features.number(feature);
    assert!(
        value.is_some_and(|value| (value - expected).abs() < 1e-4 * expected.abs().max(1.0)),
        "{feature:?} is {value:?}, not {expected}"
    );
}

#[test]
fn a_first_transaction_knows_itself_only() {
    let transaction = Sketch::at(MONDAY + 18 * HOUR + HOUR / 2).device("phone").point(50.0, 4.0).build();
    let features = World::default().extract(&transaction);
    check(&features, Feature::AmountLog, std::f64::consts::LN_10);
    check(&features, Feature::HourOfDay, 18.5);
    check(&features, Feature::IsWeekend, 0.0);
    check(&features, Feature::AccountTransactions, 0.0);
    check(&features, Feature::AccountCount30d, 0.0);
    let unknown = [
        Feature::AmountPopulationZ,
        Feature::AccountAgeDays,
        Feature::AccountAmountZ,
        Feature::AccountSum24h,
        Feature::SecondsSinceLast,
        Feature::NewCounterparty,
        Feature::NewDevice,
        Feature::HourHabit,
        Feature::SpeedKmh,
        Feature::AccountLastFraudDays,
        Feature::CounterpartyAmountZ,
        Feature::CounterpartyRecentFraudShare,
    ];
    for feature in unknown {
        assert_eq!(features.get(feature), None, "{feature:?}");
    }
}

#[test]
fn the_accounts_habit_is_measured_from_its_own_past() {
    let (world, next) = World::after_ten_days();
    let features = world.extract(&next);
    // No own spread: variance (10 * 0 + 5 * 0.25) / 15 = 0.08333, times 1.1 for the mean; ln 2 over its root.
    check(&features, Feature::AccountAmountZ, std::f64::consts::LN_2 / 0.302_765);
    check(&features, Feature::AccountAmountRatio, 2.0);
    check(&features, Feature::AccountTransactions, 2.397_895);
    check(&features, Feature::AccountAgeDays, 9.0 + 1.0 / 24.0);
    check(&features, Feature::SecondsSinceLast, 8.188_967);
    // (10 near + 3) / (10 + 24).
    check(&features, Feature::HourHabit, 13.0 / 34.0);
    check(&features, Feature::NewCounterparty, 0.0);
    check(&features, Feature::NewDevice, 0.0);
}

#[test]
fn windows_count_the_past_and_not_the_transaction_itself() {
    let (world, next) = World::after_ten_days();
    let features = world.extract(&next);
    // The five-minute bucket of noon is just at the far end of the hour and counts whole.
    check(&features, Feature::AccountCount1h, 1.0);
    check(&features, Feature::AccountCount24h, 1.0);
    // Seven days reach back to 13:00 of day 2: days 3 to 9, and 11/24 of day 2.
    check(&features, Feature::AccountCount7d, 7.0 + 11.0 / 24.0);
    check(&features, Feature::AccountCount30d, 10.0);
    check(&features, Feature::AccountSum24h, 2.397_895);
    check(&features, Feature::AccountSum30d, 4.615_121);
    check(&features, Feature::AccountMean30d, 2.397_895);
    // Ten in 9.0417 days: (1 + 1) / (1.10599 + 1).
    check(&features, Feature::AccountPace24h, 2.0 / 2.105_991);
    check(&features, Feature::CounterpartyCount7d, 7.0 + 11.0 / 24.0);
}

#[test]
fn a_new_device_is_new_only_where_devices_are_known() {
    let (world, next) = World::after_ten_days();
    let mut other = next.clone();
    other.device = None;
    assert_eq!(world.extract(&other).get(Feature::NewDevice), None);
    let new = Sketch::at(MONDAY + 10 * DAY).device("tablet").country("BE").build();
    // Nothing new in nine: -ln(1 / 11). No country was ever given, so none is new.
    check(&world.extract(&new), Feature::NewDevice, 2.397_895);
    assert_eq!(world.extract(&new).get(Feature::NewCountry), None);
}

#[test]
fn a_late_transaction_sees_no_time_since_a_later_one() {
    let (world, _) = World::after_ten_days();
    let late = Sketch::at(MONDAY + 5 * DAY + 13 * HOUR).point(50.0, 4.0).build();
    let features = world.extract(&late);
    assert_eq!(features.get(Feature::SecondsSinceLast), None);
    // The hours of that day have left their ring; the days have not.
    assert_eq!(features.get(Feature::AccountCount24h), None);
    check(&features, Feature::AccountCount30d, 6.0);
}

#[test]
fn the_population_places_amount_hour_and_count() {
    let baseline = fixtures::baseline();
    let (world, next) = World::after_ten_days();
    let past = world.past(Some(&baseline));
    let features = extract(&next, &past);
    // ln 20 against a middle of ln 30 and a spread of 0.5, both estimated from 5,000 draws.
    let z = features.number(Feature::AmountPopulationZ);
    assert!(z.is_some_and(|z| (z + 0.811).abs() < 0.06), "{z:?}");
    check(&features, Feature::AmountPopulationTail, 0.0);
    // The normal distribution at -0.811.
    let share = features.number(Feature::AmountPopulationQuantile);
    assert!(share.is_some_and(|share| (share - 0.2087).abs() < 0.02), "{share:?}");
    let hour = features.number(Feature::HourPopulationSurprise);
    assert!(hour.is_some_and(|nats| (nats - 2.485).abs() < 0.2), "{hour:?}");
    assert!(features.get(Feature::CountPopulationZ).is_some());
    // Its category is unknown, and so is the population's in yen.
    assert_eq!(features.get(Feature::AmountCategoryZ), None);
    let yen = Sketch::at(MONDAY).currency("JPY").build();
    let of_yen = extract(&yen, &past);
    assert_eq!(of_yen.get(Feature::AmountPopulationZ), None);
    assert_eq!(of_yen.get(Feature::AmountPopulationQuantile), None);
}

#[test]
fn nothing_of_an_older_baseline_stays_where_the_new_one_is_silent() {
    let baseline = fixtures::baseline();
    let (_, yen) = World::after_ten_days();
    let mut features = FeatureVector::missing();
    let of_amount = [
        Feature::AmountPopulationZ,
        Feature::AmountPopulationTail,
        Feature::AmountPopulationQuantile,
        Feature::AmountCategoryZ,
    ];
    of_amount.into_iter().for_each(|feature| features.set(feature, Some(1.0)));
    let measured = Measured {
        occurred_at: yen.occurred_at,
        amount_minor: 1_000,
        currency: CurrencyCode::parse("JPY").unwrap(),
        category: None,
        account_count_24h: None,
    };
    set_population(&mut features, &measured, &baseline);
    for feature in of_amount {
        assert_eq!(features.get(feature), None, "{feature:?}");
    }
}

#[test]
fn extraction_gives_the_same_bits_through_storage() {
    let (world, next) = World::after_ten_days();
    let stored = World {
        account: AccountProfile::decode(&world.account.encode()).unwrap(),
        counterparty: CounterpartyProfile::decode(&world.counterparty.encode()).unwrap(),
    };
    assert_eq!(world.extract(&next), stored.extract(&next));
}
