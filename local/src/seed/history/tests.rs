use super::*;
use jiff::SignedDuration;
use shared::domain::money::{Amount, CurrencyCode};
use shared::domain::text::{
    AccountId, Category, Channel, City, CounterpartyId, DeviceId, ExternalId, Source,
};
use shared::domain::transaction::{Coordinates, Country, EntityType};
use std::collections::{BTreeMap, BTreeSet};

fn as_of() -> Timestamp {
    "2026-03-04T15:20:00Z".parse().unwrap()
}

fn history(seed: u64) -> History {
    History::generate(seed, as_of()).unwrap()
}

#[test]
fn equal_seeds_give_equal_histories_and_different_seeds_different_ones() {
    let first = history(1);
    assert_eq!(first, history(1));
    let other = history(2);
    let spent = |history: &History| -> Vec<String> {
        history.transactions.iter().take(100).map(|one| one.transaction.amount.clone()).collect()
    };
    assert_ne!(spent(&first), spent(&other));
}

#[test]
fn the_history_has_the_size_that_a_newcomer_can_wait_for() {
    let history = history(1);
    let n = history.transactions.len();
    assert!((15_000..=25_000).contains(&n), "{n} transactions");
    let distinct = |of: fn(&TransactionIn) -> &str| {
        history.transactions.iter().map(|one| of(&one.transaction).to_owned()).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(distinct(|one| &one.account), 120);
    let n_counterparties = distinct(|one| &one.counterparty);
    assert!((70..=90).contains(&n_counterparties), "{n_counterparties} counterparties");
    assert_eq!(distinct(|one| &one.currency), 3);
    assert_eq!(distinct(|one| &one.external_id), n);
}

#[test]
fn every_transaction_lies_in_the_window_in_order() {
    let history = history(1);
    let times: Vec<_> = history.transactions.iter().map(|one| one.transaction.occurred_at).collect();
    assert!(times.is_sorted());
    assert!(times.first().unwrap() >= &history.start && times.last().unwrap() < &as_of());
    assert_eq!(as_of().duration_since(history.start), SignedDuration::from_hours(24 * 42));
    let order: Vec<_> = history.transactions.iter().map(|one| one.transaction.clone()).collect();
    assert_eq!(history.timeline().transactions(), order);
}

#[test]
fn every_field_is_one_the_domain_takes() {
    for SeededTransaction { transaction: one, .. } in history(3).transactions {
        let currency = CurrencyCode::parse(&one.currency).unwrap();
        assert!(Amount::parse(&one.amount, currency).is_ok(), "{}", one.amount);
        assert!(Source::parse(&one.source).is_ok() && ExternalId::parse(&one.external_id).is_ok());
        assert!(AccountId::parse(&one.account).is_ok() && CounterpartyId::parse(&one.counterparty).is_ok());
        assert!(Channel::parse(&one.channel).is_ok() && Category::parse(&one.category.unwrap()).is_ok());
        assert!(EntityType::parse(&one.entity_type.unwrap()).is_ok());
        assert!(one.device.is_none_or(|device| DeviceId::parse(&device).is_ok()));
        assert!(one.ip_address.is_none_or(|address| address.parse::<std::net::IpAddr>().is_ok()));
        let place = one.place.unwrap();
        assert!(Country::parse(&place.country.unwrap()).is_ok());
        assert!(place.city.is_none_or(|city| City::parse(&city).is_ok()));
        if let (Some(latitude), Some(longitude)) = (place.latitude, place.longitude) {
            assert!(Coordinates::try_new(latitude, longitude).is_ok());
        }
    }
}

#[test]
fn every_kind_of_fraud_is_there_and_fraud_is_rare() {
    for seed in 1..=5 {
        let history = history(seed);
        let mut cases: BTreeMap<Scenario, BTreeSet<String>> = BTreeMap::new();
        for one in &history.transactions {
            if let Some(scenario) = one.scenario {
                cases.entry(scenario).or_default().insert(one.transaction.account.clone());
            }
        }
        for scenario in Scenario::ALL {
            assert!(cases[&scenario].len() >= 3, "seed {seed}: {scenario:?} has {:?}", cases.get(&scenario));
            assert!(!cases[&scenario].contains("acct-0001"));
        }
        let n_fraud = history.transactions.iter().filter(|one| one.scenario.is_some()).count();
        assert!((n_fraud as f64) < 0.015 * history.transactions.len() as f64, "{n_fraud} frauds");
    }
}

#[test]
fn labels_are_of_frauds_days_late_and_known_by_the_end() {
    let history = history(1);
    let by_id: BTreeMap<_, _> =
        history.transactions.iter().map(|one| (one.transaction.external_id.as_str(), one)).collect();
    assert!(history.labels.len() > 60 && history.labels.is_sorted_by_key(|label| label.observed_at));
    for label in &history.labels {
        let labelled = by_id[label.external_id.as_str()];
        let delay = label.observed_at.duration_since(labelled.transaction.occurred_at).as_hours();
        assert!(label.observed_at <= history.as_of);
        match labelled.scenario.expect("a label is of a fraud") {
            Scenario::BadMerchant => assert!((72..=240).contains(&delay), "{delay} h"),
            Scenario::ExtremeAmount
            | Scenario::AccountTakeover
            | Scenario::CardTesting
            | Scenario::ImpossibleTravel => assert!((24..=216).contains(&delay), "{delay} h"),
        }
    }
}

#[test]
fn nothing_that_is_sent_names_the_fraud() {
    let history = history(1);
    let (fraud, genuine): (Vec<_>, Vec<_>) =
        history.transactions.iter().partition(|one| one.scenario == Some(Scenario::BadMerchant));
    let members = |one: &SeededTransaction| -> BTreeSet<String> {
        let value = serde_json::to_value(&one.transaction).unwrap();
        value.as_object().unwrap().keys().cloned().collect()
    };
    let usual: BTreeSet<_> = genuine.iter().map(|one| members(one)).collect();
    assert!(fraud.iter().all(|one| usual.contains(&members(one))));
    assert!(history.transactions.iter().all(|one| one.transaction.attributes.is_empty()));
}

#[test]
fn baselines_follow_the_first_week_and_models_the_third_and_the_last() {
    let timeline = history(1).timeline();
    let mut due = Vec::new();
    for step in timeline.plan(1_000) {
        if let crate::timeline::Step::Task(task) = step {
            due.push(format!("{:?} {}", task.task, task.as_of));
        }
    }
    // The window starts on 21 January at 15:20.
    assert_eq!(due[0], "Snapshot 2026-01-29T00:00:00Z");
    assert_eq!(due.iter().position(|word| word == "Retrain 2026-02-12T00:00:00Z"), Some(15));
    assert_eq!(due[due.len() - 2..], ["Snapshot 2026-03-04T15:20:00Z", "Retrain 2026-03-04T15:20:00Z"]);
    assert_eq!(due.len(), 35 + 1 + 2);
}

#[test]
fn an_end_off_the_calendar_is_refused() {
    for end in ["1990-01-01T00:00:00Z", "2200-01-01T00:00:00Z"] {
        assert!(History::generate(1, end.parse().unwrap()).is_err());
    }
}
