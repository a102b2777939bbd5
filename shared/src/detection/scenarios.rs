//! What the constants of the layers were calibrated for: ordinary life stays quiet, and each kind of fraud
//! stands out. Every scenario goes through profiles, features and layers, as in production.

use super::attribution::Attribution;
use super::behavioral::BehavioralLayer;
use super::engine::{DetectionEngine, EngineParts};
use super::features::{Feature, FeatureVector};
use super::fixtures::{self, Lived, MONDAY, Sketch};
use super::layer::DetectionLayer;
use super::population::PopulationBaseline;
use super::profile::{LabelDelta, Sign};
use super::statistical::StatisticalLayer;
use crate::domain::assessment::{Detail, LayerOutcome};
use crate::domain::configuration::Configuration;
use crate::domain::ids::ModelId;
use crate::domain::label::Verdict;
use crate::domain::severity::Severity;
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;
use std::sync::Arc;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// The first midnight after the 300 transactions, three a day, of the life below.
const END: i64 = MONDAY + 100 * DAY;

struct World {
    baseline: PopulationBaseline,
    lived: Lived,
}

impl World {
    fn new() -> Self {
        let baseline = fixtures::baseline();
        let lived = Lived::through(&fixtures::ordinary_life(300), &baseline);
        Self { baseline, lived }
    }

    fn vector(&self, transaction: &NewTransaction) -> FeatureVector {
        self.lived.vector_of(transaction, &self.baseline)
    }

    fn statistical(&self, transaction: &NewTransaction) -> f64 {
        score(&StatisticalLayer::default(), &self.vector(transaction))
    }

    fn behavioral(&self, transaction: &NewTransaction) -> f64 {
        score(&BehavioralLayer::default(), &self.vector(transaction))
    }

    fn engine(&self) -> DetectionEngine {
        let id = ModelId::mint(Timestamp::UNIX_EPOCH, [0; 10]);
        DetectionEngine::new(EngineParts {
            configuration_version: 1,
            configuration: Configuration::default(),
            baseline: Some((id, Ok(Some(Arc::new(self.baseline.clone()))))),
            model: Some((id, Arc::new(fixtures::model()))),
        })
    }
}

fn score(layer: &dyn DetectionLayer, features: &FeatureVector) -> f64 {
    match layer.assess(features, Detail::ByPath) {
        LayerOutcome::Scored(score, _) => score.value(),
        other => panic!("{other:?}"),
    }
}

/// The account's usual: 30.00 EUR at noon in a shop it knows, with its phone, at home.
fn usual(second: i64) -> Sketch {
    Sketch::at(END + second)
        .minor(3_000)
        .counterparty("shop 1")
        .category("groceries")
        .device("phone")
        .country("BE")
        .point(50.85, 4.35)
}

/// Of ordinary scores before there is a scale: one high amount among the newest eight, and one small departure.
const QUIET: f64 = 0.3;

#[test]
fn ordinary_life_stays_quiet() {
    let world = World::new();
    for layer in [&StatisticalLayer::default() as &dyn DetectionLayer, &BehavioralLayer::default()] {
        let scores: Vec<f64> =
            world.lived.vectors[30..].iter().map(|features| score(layer, features)).collect();
        let n_quiet = scores.iter().filter(|score| **score < QUIET).count();
        assert!(n_quiet * 100 >= scores.len() * 98, "{:?}: {scores:?}", layer.layer());
        assert!(scores.iter().all(|score| *score < 0.5), "{:?}: {scores:?}", layer.layer());
    }
}

#[test]
fn a_plainly_extreme_amount_is_above_nine_tenths_in_both_layers() {
    let world = World::new();
    let extreme = usual(12 * HOUR).minor(50 * 3_000).build();
    assert!(world.statistical(&extreme) > 0.9, "{}", world.statistical(&extreme));
    assert!(world.behavioral(&extreme) > 0.9, "{}", world.behavioral(&extreme));
    assert!(world.engine().assess(&world.vector(&extreme), Detail::ByPath).severity >= Severity::High);
}

#[test]
fn a_new_counterparty_alone_is_no_alert() {
    let world = World::new();
    let new = usual(12 * HOUR).counterparty("somewhere else").build();
    let found = world.vector(&new).get(Feature::NewCounterparty);
    assert!(found.is_some_and(|surprise| surprise > 3.0), "{found:?}");
    assert!(world.behavioral(&new) < 0.5);
    assert_eq!(world.engine().assess(&world.vector(&new), Detail::ByPath).severity, Severity::Low);
}

#[test]
fn an_account_taken_over_is_told_by_many_small_departures() {
    let world = World::new();
    let takeover = usual(3 * HOUR)
        .minor(9_000)
        .counterparty("somewhere else")
        .channel("online")
        .device("unknown")
        .country("US")
        .build();
    assert!(world.behavioral(&takeover) > 0.8, "{}", world.behavioral(&takeover));
}

#[test]
fn a_burst_of_small_payments_is_told_within_the_hour() {
    let mut world = World::new();
    for minute in 0..9 {
        world.lived.account.apply(&usual(12 * HOUR + minute * 60).minor(200).build());
    }
    let tenth = usual(12 * HOUR + 9 * 60).minor(200).build();
    assert!(world.behavioral(&tenth) > 0.9, "{}", world.behavioral(&tenth));
}

#[test]
fn a_journey_that_no_airliner_makes_is_told() {
    let mut world = World::new();
    world.lived.account.apply(&usual(12 * HOUR).build());
    let overseas = usual(13 * HOUR).country("US").point(40.71, -74.01).build();
    let speed = world.vector(&overseas).get(Feature::SpeedKmh);
    assert!(speed.is_some_and(|speed| (5_870.0..5_910.0).contains(&speed)), "{speed:?}");
    assert!(world.behavioral(&overseas) > 0.85, "{}", world.behavioral(&overseas));
    let next_day = usual(12 * HOUR + DAY).country("US").point(40.71, -74.01).build();
    assert!(world.behavioral(&next_day) < 0.5, "{}", world.behavioral(&next_day));
}

#[test]
fn a_merchant_gone_bad_is_told_once_its_frauds_are_known() {
    let mut world = World::new();
    let payment = usual(12 * HOUR).build();
    assert!(world.behavioral(&payment) < 0.2);
    let shop = world.lived.counterparties.get_mut("shop 1").unwrap();
    for hour in 0..5 {
        shop.apply_label(&LabelDelta {
            occurred_at: Timestamp::from_second(END - 8 * DAY + hour * HOUR).unwrap(),
            observed_at: Timestamp::from_second(END - DAY).unwrap(),
            verdict: Verdict::Fraud,
            sign: Sign::Add,
            attributed: Attribution::Counterparty,
        });
    }
    assert!(world.behavioral(&payment) > 0.9, "{}", world.behavioral(&payment));
}
