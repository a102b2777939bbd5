//! Transactions and vectors for this module's tests: seeded, and sketched in a line.

use super::features::{Feature, FeatureVector, Past, extract};
use super::ml::{Lesson, MlModel};
use super::population::{PopulationBaseline, PopulationSample};
use super::profile::{AccountProfile, CounterpartyProfile};
use crate::domain::configuration::AlertBudget;
use crate::domain::money::{Amount, CurrencyCode};
use crate::domain::text::Text;
use crate::domain::transaction::{Coordinates, Country, NewTransaction, Place, TransactionKey};
use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// 2026-01-05T00:00:00Z, a Monday.
pub(crate) const MONDAY: i64 = 1_767_571_200;

/// A transaction to be: 10.00 EUR by card at the same shop unless told otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Sketch(NewTransaction);

impl Sketch {
    pub(crate) fn at(second: i64) -> Self {
        Self(NewTransaction {
            key: TransactionKey {
                source: Text::parse("cards").unwrap(),
                external_id: Text::parse("1").unwrap(),
            },
            account: Text::parse("account").unwrap(),
            counterparty: Text::parse("shop").unwrap(),
            amount: Amount::from_minor(1_000, CurrencyCode::parse("EUR").unwrap()).unwrap(),
            occurred_at: Timestamp::from_second(second).unwrap(),
            channel: Text::parse("card_present").unwrap(),
            entity_type: None,
            place: Place::default(),
            device: None,
            ip_address: None,
            category: None,
            attributes: BTreeMap::new(),
        })
    }

    pub(crate) fn minor(mut self, minor: i64) -> Self {
        self.0.amount = Amount::from_minor(minor, self.0.amount.currency()).unwrap();
        self
    }

    pub(crate) fn currency(mut self, currency: &str) -> Self {
        let currency = CurrencyCode::parse(currency).unwrap();
        self.0.amount = Amount::from_minor(self.0.amount.minor(), currency).unwrap();
        self
    }

    pub(crate) fn counterparty(mut self, name: &str) -> Self {
        self.0.counterparty = Text::parse(name).unwrap();
        self
    }

    pub(crate) fn channel(mut self, name: &str) -> Self {
        self.0.channel = Text::parse(name).unwrap();
        self
    }

    pub(crate) fn device(mut self, name: &str) -> Self {
        self.0.device = Some(Text::parse(name).unwrap());
        self
    }

    pub(crate) fn category(mut self, name: &str) -> Self {
        self.0.category = Some(Text::parse(name).unwrap());
        self
    }

    pub(crate) fn country(mut self, code: &str) -> Self {
        self.0.place.country = Some(Country::parse(code).unwrap());
        self
    }

    pub(crate) fn point(mut self, north: f64, east: f64) -> Self {
        self.0.place.coordinates = Some(Coordinates::try_new(north, east).unwrap());
        self
    }

    pub(crate) fn build(self) -> NewTransaction {
        self.0
    }
}

/// A draw from the standard normal: the sum of twelve uniforms less six.
pub(crate) fn normal(random: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}

/// An amount of 30.00 times a factor of 1.65 either way, two times in three.
pub(crate) fn ordinary_minor(random: &mut ChaCha8Rng) -> i64 {
    (libm::exp(libm::log(3_000.0) + 0.5 * normal(random)).round() as i64).max(1)
}

/// The life of one account: about three transactions a day between 8 and 20 h UTC, at eight shops.
pub(crate) fn ordinary_life(n: usize) -> Vec<NewTransaction> {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut seconds: Vec<i64> = (0..n as i64)
        .map(|index| MONDAY + index / 3 * 86_400 + 8 * 3_600 + random.random_range(0..12 * 3_600))
        .collect();
    seconds.sort_unstable();
    seconds
        .into_iter()
        .map(|second| {
            let shop = format!("shop {}", random.random_range(0..8_u32));
            let north = 50.85 + random.random_range(-0.1..0.1);
            Sketch::at(second)
                .minor(ordinary_minor(&mut random))
                .counterparty(&shop)
                .category("groceries")
                .device("phone")
                .country("BE")
                .point(north, 4.35)
                .build()
        })
        .collect()
}

/// A population of ordinary amounts in euro, by day.
pub(crate) fn baseline() -> PopulationBaseline {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let samples: Vec<_> = (0..5_000)
        .map(|index| PopulationSample {
            occurred_at: Timestamp::from_second(
                MONDAY + index / 500 * 86_400 + 8 * 3_600 + random.random_range(0..12 * 3_600),
            )
            .unwrap(),
            amount_minor: ordinary_minor(&mut random),
            currency: CurrencyCode::parse("EUR").unwrap(),
            category: Some("groceries".to_owned()),
            features: counted(random.random_range(0..6_u8)),
        })
        .collect();
    PopulationBaseline::measure(&samples).unwrap()
}

/// A baseline with scales, made of an ordinary life.
pub(crate) fn baseline_with_scales() -> PopulationBaseline {
    PopulationBaseline::build(&samples(600), AlertBudget::default()).unwrap()
}

/// An ordinary life as samples of a population, each with the vector it was scored with.
pub(crate) fn samples(n: usize) -> Vec<PopulationSample> {
    let life = ordinary_life(n);
    let vectors = Lived::through(&life, &baseline()).vectors;
    let sample = |(transaction, features): (&NewTransaction, FeatureVector)| PopulationSample {
        occurred_at: transaction.occurred_at,
        amount_minor: transaction.amount.minor(),
        currency: transaction.amount.currency(),
        category: transaction.category.as_ref().map(|category| category.as_str().to_owned()),
        features,
    };
    life.iter().zip(vectors).map(sample).collect()
}

/// The vector as it is without a baseline.
pub(crate) fn without_population(features: &FeatureVector) -> FeatureVector {
    let mut without = features.clone();
    for feature in [
        Feature::AmountPopulationZ,
        Feature::AmountPopulationTail,
        Feature::AmountPopulationQuantile,
        Feature::AmountCategoryZ,
        Feature::HourPopulationSurprise,
        Feature::CountPopulationZ,
    ] {
        without.set(feature, None);
    }
    without
}

/// A vector of which only the count of 24 hours is known.
fn counted(n: u8) -> FeatureVector {
    let mut features = FeatureVector::missing();
    features.set(Feature::AccountCount24h, Some(f64::from(n)));
    features
}

/// The profiles after a life, and the vector of each of its transactions.
pub(crate) struct Lived {
    pub(crate) account: AccountProfile,
    pub(crate) counterparties: BTreeMap<String, CounterpartyProfile>,
    pub(crate) vectors: Vec<FeatureVector>,
}

impl Lived {
    /// Extracts, then applies, one transaction after the other.
    pub(crate) fn through(transactions: &[NewTransaction], baseline: &PopulationBaseline) -> Self {
        let mut lived =
            Self { account: AccountProfile::default(), counterparties: BTreeMap::new(), vectors: Vec::new() };
        for transaction in transactions {
            let features = lived.vector_of(transaction, baseline);
            lived.vectors.push(features);
            lived.account.apply(transaction);
            let name = transaction.counterparty.as_str().to_owned();
            lived.counterparties.entry(name).or_default().apply(transaction);
        }
        lived
    }

    /// The vector of a transaction that comes next.
    pub(crate) fn vector_of(
        &self,
        transaction: &NewTransaction,
        baseline: &PopulationBaseline,
    ) -> FeatureVector {
        let unknown = CounterpartyProfile::default();
        let counterparty = self.counterparties.get(transaction.counterparty.as_str()).unwrap_or(&unknown);
        let (account, baseline) = (&self.account, Some(baseline));
        extract(transaction, &Past { account, counterparty, baseline, label_maturity_days: 7 })
    }
}

/// The vectors of an ordinary life.
pub(crate) fn ordinary_vectors(n: usize) -> Vec<FeatureVector> {
    Lived::through(&ordinary_life(n), &baseline()).vectors
}

/// A model trained on an ordinary life.
pub(crate) fn model() -> MlModel {
    MlModel::train_isolation_forest(&ordinary_vectors(400), AlertBudget::default(), 1).unwrap()
}

/// Lessons of 14 days: an ordinary life, of which every eighth amount is twenty times as high and fraud.
pub(crate) fn lessons() -> Vec<Lesson> {
    let mut life = ordinary_life(900);
    for transaction in life.iter_mut().step_by(8) {
        let amount = transaction.amount;
        transaction.amount = Amount::from_minor(amount.minor() * 20, amount.currency()).unwrap();
    }
    let vectors = Lived::through(&life, &baseline()).vectors;
    let lesson = |(index, (transaction, features)): (usize, (&NewTransaction, FeatureVector))| Lesson {
        occurred_at: transaction.occurred_at,
        features,
        is_fraud: index % 8 == 0,
    };
    life.iter().zip(vectors).enumerate().map(lesson).collect()
}

/// A model that learned from them.
pub(crate) fn supervised_model() -> MlModel {
    MlModel::learn(&lessons(), AlertBudget::default(), 1).unwrap().model
}
