//! A made-up feed: accounts with habits, merchants with prices, and four kinds of fraud. Seeded, so that
//! every run measures the same rows.

use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use shared::domain::money::{Amount, CurrencyCode};
use shared::domain::text::Text;
use shared::domain::transaction::{Coordinates, Country, NewTransaction, Place, TransactionKey};
use std::collections::BTreeMap;

pub(crate) const DAY: i64 = 86_400;
/// 2026-01-05T00:00:00Z, a Monday.
pub(crate) const START: i64 = 1_767_571_200;

const N_ACCOUNTS: usize = 400;
const N_MERCHANTS: usize = 250;
const CATEGORIES: [&str; 10] =
    ["groceries", "fuel", "travel", "clothes", "home", "games", "books", "food", "health", "other"];
const CURRENCIES: [&str; 6] = ["EUR", "EUR", "EUR", "EUR", "USD", "GBP"];
const COUNTRIES: [&str; 5] = ["BE", "FR", "DE", "NL", "LU"];
/// One merchant in this many goes bad for a while, and then this share of its payments is fraud.
const BAD_MERCHANTS: usize = 20;
const BAD_SHARE: f64 = 0.35;
const BAD_DAYS: i64 = 7;
/// Of an account's days, the share on which it is taken over.
const TAKEOVER_SHARE: f64 = 0.002;
/// Of payments, the share of high frauds, and of those that nothing tells from the rest.
const HIGH_SHARE: f64 = 0.004;
const PLAIN_SHARE: f64 = 0.001;

/// A transaction and what it truly is.
#[derive(Debug)]
pub(crate) struct Payment {
    pub(crate) transaction: NewTransaction,
    pub(crate) is_fraud: bool,
}

struct Account {
    name: String,
    currency: CurrencyCode,
    log_amount: f64,
    spread: f64,
    a_day: f64,
    hour: f64,
    country: &'static str,
    north: f64,
    east: f64,
    favourites: Vec<usize>,
}

struct Merchant {
    name: String,
    category: &'static str,
    log_price: f64,
    bad_from: Option<i64>,
}

/// What of a payment is not its account's habit.
struct Choice {
    second: i64,
    merchant: usize,
    factor: f64,
    device: String,
    country: &'static str,
    channel: &'static str,
    is_fraud: bool,
}

/// All payments of so many days, in time order.
pub(crate) fn payments(n_days: i64, random: &mut ChaCha8Rng) -> Vec<Payment> {
    let merchants: Vec<Merchant> = (0..N_MERCHANTS).map(|index| merchant(index, n_days, random)).collect();
    let accounts: Vec<Account> = (0..N_ACCOUNTS).map(|index| account(index, random)).collect();
    let mut payments = Vec::new();
    for day in 0..n_days {
        for account in &accounts {
            let choices = choices_of_day(account, &merchants, day, random);
            payments.extend(choices.iter().map(|it| payment(account, &merchants, it, random)));
        }
    }
    payments.sort_by_key(|payment| payment.transaction.occurred_at);
    for (index, payment) in payments.iter_mut().enumerate() {
        payment.transaction.key.external_id = Text::parse(&index.to_string()).unwrap();
    }
    payments
}

fn merchant(index: usize, n_days: i64, random: &mut ChaCha8Rng) -> Merchant {
    Merchant {
        name: format!("merchant {index}"),
        category: CATEGORIES[index % CATEGORIES.len()],
        log_price: 0.4 * normal(random),
        bad_from: index.is_multiple_of(BAD_MERCHANTS).then(|| random.random_range(0..n_days)),
    }
}

fn account(index: usize, random: &mut ChaCha8Rng) -> Account {
    let n_favourites = random.random_range(4..16);
    Account {
        name: format!("account {index}"),
        currency: CurrencyCode::parse(CURRENCIES[index % CURRENCIES.len()]).unwrap(),
        log_amount: libm::log(3_000.0) + 0.6 * normal(random),
        spread: random.random_range(0.2..0.7),
        a_day: random.random_range(0.5..6.5),
        hour: random.random_range(9.0..20.0),
        country: COUNTRIES[index % COUNTRIES.len()],
        north: random.random_range(48.0..52.0),
        east: random.random_range(2.0..8.0),
        favourites: (0..n_favourites).map(|_| random.random_range(0..N_MERCHANTS)).collect(),
    }
}

fn choices_of_day(
    account: &Account,
    merchants: &[Merchant],
    day: i64,
    random: &mut ChaCha8Rng,
) -> Vec<Choice> {
    let n = (account.a_day + libm::sqrt(account.a_day) * normal(random)).round().max(0.0) as usize;
    let mut choices: Vec<Choice> = (0..n).map(|_| usual(account, day, random)).collect();
    for choice in &mut choices {
        let bad_from = merchants[choice.merchant].bad_from;
        let is_bad = bad_from.is_some_and(|from| (from..from + BAD_DAYS).contains(&day));
        if random.random_bool(HIGH_SHARE) {
            (choice.factor, choice.is_fraud) = (random.random_range(3.0..12.0), true);
        } else {
            choice.is_fraud = random.random_bool(if is_bad { BAD_SHARE } else { PLAIN_SHARE });
        }
    }
    if random.random_bool(TAKEOVER_SHARE) {
        choices.extend(takeover(day, random));
    }
    choices
}

fn usual(account: &Account, day: i64, random: &mut ChaCha8Rng) -> Choice {
    let hour = (account.hour + 3.0 * normal(random)).clamp(0.0, 23.9);
    let is_favourite = random.random_bool(0.85);
    let favourite = account.favourites[random.random_range(0..account.favourites.len())];
    let is_abroad = random.random_bool(0.02);
    Choice {
        second: START + day * DAY + (hour * 3_600.0) as i64,
        merchant: if is_favourite { favourite } else { random.random_range(0..N_MERCHANTS) },
        factor: 1.0,
        device: format!("{} {}", account.name, u8::from(random.random_bool(0.1))),
        country: if is_abroad { "US" } else { account.country },
        channel: if random.random_bool(0.3) { "online" } else { "card_present" },
        is_fraud: false,
    }
}

/// Half an hour of payments at night, from a strange device and country.
fn takeover(day: i64, random: &mut ChaCha8Rng) -> Vec<Choice> {
    let first = START + day * DAY + random.random_range(0..6 * 3_600);
    let device = format!("stranger {}", random.random_range(0..1_000_000_u32));
    let n: i64 = random.random_range(4..9);
    let choice = |index| Choice {
        second: first + index * 200,
        merchant: random.random_range(0..N_MERCHANTS),
        factor: 2.0,
        device: device.clone(),
        country: "BR",
        channel: "online",
        is_fraud: true,
    };
    (0..n).map(choice).collect()
}

fn payment(account: &Account, merchants: &[Merchant], choice: &Choice, random: &mut ChaCha8Rng) -> Payment {
    let merchant = &merchants[choice.merchant];
    let log_amount = account.log_amount + merchant.log_price + account.spread * normal(random);
    let minor = (libm::exp(log_amount) * choice.factor).round().max(1.0) as i64;
    let is_at_home = choice.country == account.country;
    let (north, east) = if is_at_home { (account.north, account.east) } else { (-23.5, -46.6) };
    let coordinates =
        Coordinates::try_new(north + 0.02 * normal(random), east + 0.02 * normal(random)).unwrap();
    let transaction = NewTransaction {
        key: TransactionKey {
            source: Text::parse("cards").unwrap(),
            external_id: Text::parse("unnumbered").unwrap(),
        },
        account: Text::parse(&account.name).unwrap(),
        counterparty: Text::parse(&merchant.name).unwrap(),
        amount: Amount::from_minor(minor, account.currency).unwrap(),
        occurred_at: Timestamp::from_second(choice.second).unwrap(),
        channel: Text::parse(choice.channel).unwrap(),
        entity_type: None,
        place: Place {
            country: Some(Country::parse(choice.country).unwrap()),
            city: None,
            coordinates: random.random_bool(0.8).then_some(coordinates),
        },
        device: Some(Text::parse(&choice.device).unwrap()),
        ip_address: None,
        category: Some(Text::parse(merchant.category).unwrap()),
        attributes: BTreeMap::new(),
    };
    Payment { transaction, is_fraud: choice.is_fraud }
}

/// A draw from the standard normal: the sum of twelve uniforms less six.
fn normal(random: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}
