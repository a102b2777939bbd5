//! The accounts of the synthetic history and their habits.

use super::random::Random;
use super::world::{CITIES, Counterparty, Customers, N_HOMES};

/// Accounts in a history.
pub(super) const N_ACCOUNTS: usize = 120;
/// Every sixth account is a business.
const BUSINESS_EVERY: usize = 6;
/// Where accounts live, in turn: 16 of 20 hold euro, 2 pounds and 2 dollars.
const HOMES: [usize; 20] = [0, 1, 2, 3, 4, 0, 1, 5, 2, 3, 0, 7, 1, 4, 2, 6, 3, 0, 8, 1];

/// Days away from home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Journey {
    /// Days since the start of the history; nothing is bought in person on the way there or back.
    pub(super) first_day: i64,
    pub(super) last_day: i64,
    /// Position in [`CITIES`].
    pub(super) city: usize,
}

/// One account and what is usual for it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) is_business: bool,
    /// Position in [`CITIES`].
    pub(super) home: usize,
    /// Its amounts beside those of the kind of counterparty.
    pub(super) level: f64,
    /// Transactions on an average day.
    pub(super) daily_rate: f64,
    /// Hours that it is earlier or later than others.
    pub(super) hour_shift: f64,
    /// Positions of counterparties, and how often it goes there.
    pub(super) favourites: Vec<(usize, f64)>,
    /// The usual device, then perhaps another.
    pub(super) devices: Vec<String>,
    /// The address at home; from the block RFC 5737 keeps for examples.
    pub(super) ip_address: String,
    pub(super) journey: Option<Journey>,
}

/// All accounts of a seed, in the order of their ids.
pub(super) fn accounts(seed: u64, counterparties: &[Counterparty]) -> Vec<Account> {
    (0..N_ACCOUNTS).map(|number| account(number, seed, counterparties)).collect()
}

/// The id of account `number`, from 0.
pub(super) fn account_id(number: usize) -> String {
    format!("acct-{:04}", number + 1)
}

/// Each account's own stream is its number plus one; stream 0 is the frauds'.
pub(super) fn stream(number: usize) -> u64 {
    number as u64 + 1
}

fn account(number: usize, seed: u64, counterparties: &[Counterparty]) -> Account {
    let mut random = Random::new(seed, stream(number));
    let is_business = number % BUSINESS_EVERY == BUSINESS_EVERY - 1;
    let home = HOMES[number % HOMES.len()];
    let n_devices = if random.chance(0.3) { 2 } else { 1 };
    Account {
        id: account_id(number),
        is_business,
        home,
        level: random.log_normal(if is_business { 1.4 } else { 1.0 }, 0.35),
        daily_rate: random.log_normal(if is_business { 7.0 } else { 2.7 }, 0.35).clamp(1.0, 14.0),
        hour_shift: random.normal().clamp(-2.0, 2.0),
        favourites: everyday_if(
            number == NEWCOMERS,
            favourites(is_business, home, &mut random, counterparties),
            counterparties,
        ),
        devices: (0..n_devices).map(|_| random.device()).collect(),
        ip_address: format!("198.51.100.{}", number + 1),
        journey: if is_business || number == NEWCOMERS { None } else { journey(home, &mut random) },
    }
}

/// The account that a newcomer's first transaction is about. It lives quietly, so that nothing but that
/// transaction alerts: everyday payments, no journey.
const NEWCOMERS: usize = 0;
/// What counts as everyday, in units of the account's currency.
const EVERYDAY_MEDIAN: f64 = 60.0;

fn everyday_if(
    is_quiet: bool,
    favourites: Vec<(usize, f64)>,
    counterparties: &[Counterparty],
) -> Vec<(usize, f64)> {
    let is_everyday = |position: usize| counterparties[position].kind.median <= EVERYDAY_MEDIAN;
    favourites.into_iter().filter(|(position, _)| !is_quiet || is_everyday(*position)).collect()
}

/// Every fitting counterparty at home, and one in three of those that sell from afar.
fn favourites(
    is_business: bool,
    home: usize,
    random: &mut Random,
    counterparties: &[Counterparty],
) -> Vec<(usize, f64)> {
    let mut favourites = Vec::new();
    for (position, counterparty) in counterparties.iter().enumerate() {
        if !is_customer(counterparty.kind.customers, is_business) {
            continue;
        }
        let is_favourite = match counterparty.city {
            Some(city) => city == home,
            None => is_business || random.chance(0.35),
        };
        if is_favourite {
            favourites.push((position, counterparty.kind.weight * random.log_normal(1.0, 0.4)));
        }
    }
    favourites
}

/// Whether such an account buys at such a counterparty.
pub(super) fn is_customer(customers: Customers, is_business: bool) -> bool {
    match customers {
        Customers::People => !is_business,
        Customers::Businesses => is_business,
        Customers::Everybody => true,
    }
}

/// Half the people travel once: mostly to a city with their own currency, sometimes far.
fn journey(home: usize, random: &mut Random) -> Option<Journey> {
    if !random.chance(0.5) {
        return None;
    }
    let is_far = random.chance(0.2);
    let destinations: Vec<usize> = if is_far {
        (N_HOMES..CITIES.len()).collect()
    } else {
        (0..N_HOMES).filter(|&city| city != home && CITIES[city].currency == CITIES[home].currency).collect()
    };
    let city = *random.pick(&destinations)?;
    let first_day = random.whole(10, 34);
    let last_day = first_day + if is_far { 6 } else { random.whole(2, 4) };
    Some(Journey { first_day, last_day, city })
}
