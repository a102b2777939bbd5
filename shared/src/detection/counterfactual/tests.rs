//! Counterfactuals of synthetic lives, each scored again from what it says.

use super::*;
use crate::detection::attribution::Attribution;
use crate::detection::engine::EngineParts;
use crate::detection::fixtures::{self, Lived, MONDAY, Sketch};
use crate::detection::ml::MlModel;
use crate::detection::profile::{LabelDelta, Sign};
use crate::domain::assessment::Detail;
use crate::domain::configuration::Configuration;
use crate::domain::ids::ModelId;
use crate::domain::label::Verdict;
use crate::domain::money::Amount;
use crate::domain::score::Weights;
use crate::domain::severity::Thresholds;
use crate::domain::transaction::Coordinates;
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// The first midnight after the 300 transactions, three a day, of the life below.
const END: i64 = MONDAY + 100 * DAY;

struct World {
    lived: Lived,
    engine: DetectionEngine,
}

impl World {
    /// A world judged by these weights, with an alert from 0.50.
    fn weighing(statistical: f64, behavioral: f64, ml: f64) -> Self {
        Self::with_model(Weights::try_new(statistical, behavioral, ml).unwrap(), fixtures::model())
    }

    /// A world in which habit counts for most, so that one departure can alert.
    fn of_habit() -> Self {
        Self::weighing(0.1, 0.9, 0.0)
    }

    fn with_model(weights: Weights, model: MlModel) -> Self {
        let baseline = fixtures::baseline();
        let id = ModelId::mint(Timestamp::UNIX_EPOCH, [0; 10]);
        let thresholds = Thresholds::try_new(0.5, 0.8).unwrap();
        let engine = DetectionEngine::new(EngineParts {
            configuration_version: 1,
            configuration: Configuration { weights, thresholds, ..Configuration::default() },
            baseline: Some((id, Ok(Some(Arc::new(baseline.clone()))))),
            model: Some((id, Arc::new(model))),
        });
        Self { lived: Lived::through(&fixtures::ordinary_life(300), &baseline), engine }
    }

    fn counterparty(&self, transaction: &NewTransaction) -> CounterpartyProfile {
        self.lived.counterparties.get(transaction.counterparty.as_str()).cloned().unwrap_or_default()
    }

    fn risk(&self, transaction: &NewTransaction) -> f64 {
        self.score(transaction, &self.lived.account, &self.counterparty(transaction))
    }

    fn score(&self, transaction: &NewTransaction, account: &AccountProfile, to: &CounterpartyProfile) -> f64 {
        self.engine.assess(&self.engine.extract(transaction, account, to), Detail::ByPath).risk.value()
    }

    /// The counterfactual, once it has been scored again from what its changes say.
    fn counterfactual(&self, transaction: &NewTransaction) -> Option<Counterfactual> {
        let counterparty = self.counterparty(transaction);
        let situation = Situation {
            transaction,
            account: &self.lived.account,
            counterparty: &counterparty,
            engine: &self.engine,
        };
        let found = counterfactual(&situation)?;
        self.check(&situation, &found);
        Some(found)
    }

    fn check(&self, situation: &Situation<'_>, found: &Counterfactual) {
        let (mut transaction, mut account, mut counterparty) =
            (situation.transaction.clone(), situation.account.clone(), situation.counterparty.clone());
        for change in &found.changes {
            match change.input {
                "amount" => transaction.amount = amount_said(&change.to, transaction.amount),
                "hour" => transaction.occurred_at += hours_said(&change.to),
                "device" => account.know_device(transaction.device.as_ref().unwrap().as_str()),
                "place" => {
                    if let Some(point) = point_said(&change.to) {
                        transaction.place.coordinates = Some(point);
                    }
                    if change.to.contains("in a country that the account knows") {
                        account.know_country(transaction.place.country.unwrap().as_str());
                    }
                }
                "counterparty" => {
                    account.know_counterparty(transaction.counterparty.as_str(), transaction.occurred_at);
                    counterparty.forget_labels();
                }
                other => panic!("{other}"),
            }
        }
        let again = self.score(&transaction, &account, &counterparty);
        assert_eq!(again.to_bits(), found.risk.value().to_bits(), "{found:?}");
        assert!(again < self.engine.configuration().thresholds.medium(), "{found:?}");
        assert!((1..=2).contains(&found.changes.len()), "{found:?}");
    }

    /// Labels five transactions of a shop fraud, a week before and known since yesterday.
    fn turn_bad(&mut self, shop: &str) {
        let shop = self.lived.counterparties.get_mut(shop).unwrap();
        for hour in 0..5 {
            shop.apply_label(&LabelDelta {
                occurred_at: Timestamp::from_second(END - 8 * DAY + hour * HOUR).unwrap(),
                observed_at: Timestamp::from_second(END - DAY).unwrap(),
                verdict: Verdict::Fraud,
                sign: Sign::Add,
                attributed: Attribution::Counterparty,
            });
        }
    }
}

fn amount_said(text: &str, actual: Amount) -> Amount {
    let (figure, currency) = text.split_once(' ').unwrap();
    assert_eq!(currency, actual.currency().as_str());
    Amount::parse(figure, actual.currency()).unwrap()
}

fn hours_said(text: &str) -> SignedDuration {
    let (_, later) = text.split_once(", ").unwrap();
    SignedDuration::from_hours(later.split(' ').next().unwrap().parse().unwrap())
}

fn point_said(text: &str) -> Option<Coordinates> {
    let (north, rest) = text.split_once(", ")?;
    let east = rest.split(' ').next()?;
    Some(Coordinates::try_new(north.parse().ok()?, east.parse().ok()?).unwrap())
}

/// The account's usual: 30.00 EUR in a shop it knows, with its phone, at home.
fn usual(second: i64) -> Sketch {
    Sketch::at(END + second)
        .minor(3_000)
        .counterparty("shop 1")
        .category("groceries")
        .device("phone")
        .country("BE")
        .point(50.85, 4.35)
}

fn inputs(found: &Counterfactual) -> Vec<&'static str> {
    found.changes.iter().map(|change| change.input).collect()
}

#[test]
fn an_amount_far_above_habit_is_answered_by_the_largest_plain_amount_that_passes() {
    let world = World::of_habit();
    let payment = usual(12 * HOUR).minor(150_050).build();
    let found = world.counterfactual(&payment).unwrap();
    assert_eq!(inputs(&found), ["amount"]);
    assert_eq!(found.changes[0].from, "1500.50 EUR");
    let said = amount_said(&found.changes[0].to, payment.amount);
    assert_eq!(said.minor() % 100, 0, "{found:?}");
    let begins = format!("With {} instead of 1500.50 EUR it would have scored 0.4", found.changes[0].to);
    assert!(found.text.starts_with(&begins), "{}", found.text);
    // One percent and one euro more would no longer pass.
    let more = said.minor() + said.minor() / 100 + 100;
    assert!(world.risk(&usual(12 * HOUR).minor(more).build()) >= 0.5, "{found:?}");
}

#[test]
fn an_amount_below_ten_units_keeps_its_decimals() {
    let mut world = World::of_habit();
    world.lived = Lived::through(
        &(0..40).map(|day| Sketch::at(MONDAY + day * DAY).minor(100).build()).collect::<Vec<_>>(),
        world.engine.baseline().unwrap(),
    );
    let found = world.counterfactual(&Sketch::at(END).minor(4_000).build()).unwrap();
    assert_eq!(inputs(&found), ["amount"]);
    assert!(found.changes[0].to.contains('.'), "{found:?}");
}

#[test]
fn an_amount_that_would_have_to_shrink_to_less_than_a_tenth_comes_after_all_other_single_changes() {
    let mut world = World::of_habit();
    world.turn_bad("shop 1");
    let payment = usual(12 * HOUR).minor(3_000).build();
    assert_eq!(inputs(&world.counterfactual(&payment).unwrap()), ["counterparty"]);
    let dear = Sketch::at(END + 12 * HOUR).minor(1_000_000).category("groceries").build();
    let found = world.counterfactual(&dear).unwrap();
    assert_eq!(inputs(&found), ["amount"]);
    assert!(amount_said(&found.changes[0].to, dear.amount).minor() < 100_000, "{found:?}");
}

#[test]
fn a_bad_merchant_is_answered_by_one_without_known_fraud() {
    let mut world = World::of_habit();
    world.turn_bad("shop 1");
    let found = world.counterfactual(&usual(12 * HOUR).build()).unwrap();
    assert_eq!(inputs(&found), ["counterparty"]);
    assert_eq!(found.changes[0].from, "a counterparty that the account knows and of which fraud is known");
    let text = format!(
        "At a counterparty that the account knows and of which no fraud is known it would have scored \
         {:.2}, below 0.50.",
        found.risk.value()
    );
    assert_eq!(found.text, text);
}

#[test]
fn a_journey_that_no_airliner_makes_is_answered_by_a_later_hour_or_the_last_place() {
    let mut world = World::of_habit();
    world.lived.account.apply(&usual(12 * HOUR).build());
    // Sydney is 16,700 km from home, at an airliner's pace 18.6 hours: a known place is the smaller change.
    let overseas = usual(13 * HOUR).country("AU").point(-33.87, 151.21).build();
    let found = world.counterfactual(&overseas).unwrap();
    assert_eq!(inputs(&found), ["place"], "{found:?}");
    assert_eq!(found.changes[0].from, "-33.87, 151.21 in AU, new to the account");
    assert_eq!(found.changes[0].to, "50.85, 4.35 in a country that the account knows");
    // Madrid is 1,320 km from home: in 20 minutes 3,950 km/h, in 80 about an airliner's pace.
    let near = usual(12 * HOUR + 1_200).point(40.42, -3.70).build();
    let found = world.counterfactual(&near).unwrap();
    assert_eq!(inputs(&found), ["hour"], "{found:?}");
    assert_eq!(found.changes[0].to, "13:20 UTC, 1 hour later");
    let text =
        format!("1 hour later at 13:20 UTC it would have scored {:.2}, below 0.50.", found.risk.value());
    assert_eq!(found.text, text);
}

#[test]
fn what_needs_two_changes_gets_two_and_each_alone_would_not_do() {
    let mut world = World::of_habit();
    world.turn_bad("shop 1");
    let payment = usual(12 * HOUR).minor(60_000).build();
    let found = world.counterfactual(&payment).unwrap();
    assert_eq!(inputs(&found), ["amount", "counterparty"]);
    assert!(found.text.contains(", and at a counterparty that the account knows"), "{}", found.text);
    let smaller = amount_said(&found.changes[0].to, payment.amount).minor();
    assert!(world.risk(&usual(12 * HOUR).minor(smaller).build()) >= 0.5);
    let honest = World::of_habit();
    assert!(honest.risk(&payment) >= 0.5);
}

#[test]
fn an_unknown_device_is_answered_by_a_known_one() {
    let world = World::of_habit();
    let payment = usual(12 * HOUR).device("other").channel("online").build();
    let found = world.counterfactual(&payment).unwrap();
    let text = format!(
        "From a device that the account knows it would have scored {:.2}, below 0.50.",
        found.risk.value()
    );
    assert_eq!((inputs(&found), found.text), (vec!["device"], text));
}

#[test]
fn what_is_below_the_threshold_and_what_a_failed_layer_raised_has_no_counterfactual() {
    let world = World::of_habit();
    assert_eq!(world.counterfactual(&usual(12 * HOUR).build()), None);
    let failing = World::with_model(Weights::default(), MlModel::unusable("the model's bytes are corrupt"));
    assert_eq!(failing.counterfactual(&usual(12 * HOUR).minor(500_000).build()), None);
}

#[test]
fn what_departs_in_every_way_has_no_counterfactual_and_is_given_up_within_the_bound() {
    let mut world = World::of_habit();
    world.turn_bad("shop 1");
    world.lived.account.apply(&usual(12 * HOUR).build());
    let payment = usual(12 * HOUR + 600)
        .minor(900_000)
        .channel("online")
        .device("other")
        .country("AU")
        .point(-33.87, 151.21)
        .build();
    inputs::N_ASSESSED.set(0);
    assert_eq!(world.counterfactual(&payment), None);
    let n_assessed = inputs::N_ASSESSED.get();
    assert!((MAX_ASSESSMENTS / 2..=MAX_ASSESSMENTS).contains(&n_assessed), "{n_assessed}");
}

#[test]
fn fraud_is_known_from_its_observation_on_until_its_labels_are_dropped() {
    let mut world = World::of_habit();
    world.turn_bad("shop 1");
    let mut shop = world.lived.counterparties["shop 1"].clone();
    let at = |second| Timestamp::from_second(second).unwrap();
    assert!(!shop.has_known_fraud(at(END - DAY - 1)) && shop.has_known_fraud(at(END - DAY)));
    shop.forget_labels();
    assert!(!shop.has_known_fraud(at(END)));
    assert_eq!(shop.n_transactions(), world.lived.counterparties["shop 1"].n_transactions());
}

#[test]
fn an_hour_before_the_accounts_newest_transaction_is_never_proposed() {
    let mut world = World::of_habit();
    let late = usual(3 * HOUR).build();
    world.lived.account.apply(&usual(9 * HOUR + 60).build());
    let (engine, counterparty) = (&world.engine, world.counterparty(&late));
    let account = &world.lived.account;
    let actual = Inputs::of(&Situation { transaction: &late, account, counterparty: &counterparty, engine });
    assert!(actual.with(edit::Edit::HoursLater(6)).is_none());
    assert!(actual.with(edit::Edit::HoursLater(7)).is_some());
}

#[test]
fn every_counterfactual_is_below_the_threshold_when_scored_again_from_what_it_says() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let (mut n_found, mut n_pairs) = (0, 0);
    for weights in [(0.1, 0.9, 0.0), (0.25, 0.35, 0.4), (0.4, 0.3, 0.3)] {
        let mut world = World::weighing(weights.0, weights.1, weights.2);
        world.turn_bad("shop 2");
        world.lived.account.apply(&usual(8 * HOUR).build());
        for _ in 0..30 {
            inputs::N_ASSESSED.set(0);
            let found = world.counterfactual(&odd(&mut random));
            assert!(inputs::N_ASSESSED.get() <= MAX_ASSESSMENTS);
            n_found += usize::from(found.is_some());
            n_pairs += usize::from(found.is_some_and(|found| found.changes.len() == 2));
        }
    }
    assert!(n_found >= 60 && n_pairs >= 5, "{n_found} found, {n_pairs} of them pairs");
}

/// A transaction that departs from the usual in some ways, drawn.
fn odd(random: &mut ChaCha8Rng) -> NewTransaction {
    let mut sketch = usual(8 * HOUR + random.random_range(60..15 * HOUR))
        .minor(random.random_range(1_000..100_000))
        .counterparty(["shop 1", "shop 2", "elsewhere"][random.random_range(0..3)]);
    if random.random_bool(0.5) {
        sketch = sketch.device("other");
    }
    if random.random_bool(0.3) {
        sketch = sketch.country("US").point(40.71, -74.01);
    }
    if random.random_bool(0.3) {
        sketch = sketch.channel("online").category("games");
    }
    sketch.build()
}
