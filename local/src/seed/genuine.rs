//! An account's ordinary life: what it pays, when, where and how.

use super::accounts::{Account, stream};
use super::draft::Draft;
use super::random::Random;
use super::world::{CITIES, Counterparty};

/// Rhythm of a week, Monday first: people spend more towards the weekend, businesses hardly then.
const WEEK_OF_PEOPLE: [f64; 7] = [0.9, 0.9, 0.95, 1.0, 1.2, 1.3, 0.9];
const WEEK_OF_BUSINESSES: [f64; 7] = [1.2, 1.2, 1.2, 1.2, 1.1, 0.15, 0.05];
/// 1970-01-01 was a Thursday, day 3 of a week that starts on Monday.
const WEEKDAY_OF_EPOCH: i64 = 3;
const SECONDS_A_DAY: i64 = 86_400;
/// Streams of the genuine history lie behind those that drew the habits.
const STREAMS_BEFORE: u64 = 1_000;

/// One account's ordinary transactions over `n_days` from `first_midnight`, an epoch second at 00:00 UTC.
pub(super) fn transactions(
    (number, account): (usize, &Account),
    seed: u64,
    counterparties: &[Counterparty],
    (first_midnight, n_days): (i64, i64),
) -> Vec<Draft> {
    let mut random = Random::new(seed, STREAMS_BEFORE + stream(number));
    let mut drafts = Vec::new();
    for day in 0..n_days {
        let midnight = first_midnight + day * SECONDS_A_DAY;
        let weekday = (midnight.div_euclid(SECONDS_A_DAY) + WEEKDAY_OF_EPOCH).rem_euclid(7) as usize;
        let rhythm = if account.is_business { WEEK_OF_BUSINESSES } else { WEEK_OF_PEOPLE };
        for _ in 0..random.count(account.daily_rate * rhythm[weekday]) {
            let second = midnight + second_of_day(account, &mut random);
            drafts.extend(transaction((number, account), (day, second), counterparties, &mut random));
        }
    }
    drafts
}

/// `None` for a payment in person on a day of travel.
fn transaction(
    (number, account): (usize, &Account),
    (day, second): (i64, i64),
    counterparties: &[Counterparty],
    random: &mut Random,
) -> Option<Draft> {
    let away = account.journey.filter(|journey| (journey.first_day..=journey.last_day).contains(&day));
    let is_travelling = away.is_some_and(|journey| day == journey.first_day || day == journey.last_day);
    let usual = choose(account, counterparties, random);
    let (chosen, city) = match (counterparties[usual].city, away) {
        (Some(_), Some(_)) if is_travelling => return None,
        (Some(_), Some(journey)) => (choose_in(journey.city, counterparties, random)?, journey.city),
        (None, Some(journey)) if !is_travelling => (usual, journey.city),
        (_, Some(_) | None) => (usual, account.home),
    };
    let counterparty = &counterparties[chosen];
    let is_online = counterparty.kind.channel == "online";
    let amount = random.log_normal(counterparty.kind.median * account.level, counterparty.kind.sigma);
    let device = if random.chance(0.8) { account.devices.first() } else { account.devices.last() };
    let has_device = counterparty.city.is_none();
    Some(Draft {
        account: number,
        counterparty: chosen,
        second,
        minor: minor(amount, counterparty.kind.name),
        place: counterparty.place(city),
        device: device.filter(|_| has_device).cloned(),
        ip_address: is_online.then(|| address(account, city, random)),
        fraud: None,
    })
}

/// A favourite, or one time in forty any counterparty from afar.
fn choose(account: &Account, counterparties: &[Counterparty], random: &mut Random) -> usize {
    if random.chance(0.025) {
        let is_new = |&position: &usize| {
            let one = &counterparties[position];
            one.city.is_none() && super::accounts::is_customer(one.kind.customers, account.is_business)
        };
        let afar: Vec<usize> = (0..counterparties.len()).filter(is_new).collect();
        if let Some(&position) = random.pick(&afar) {
            return position;
        }
    }
    let weights = account.favourites.iter().map(|(_, weight)| *weight);
    let position = random.weighted(weights);
    account.favourites.get(position).map_or(0, |(counterparty, _)| *counterparty)
}

fn choose_in(city: usize, counterparties: &[Counterparty], random: &mut Random) -> Option<usize> {
    let here: Vec<usize> =
        (0..counterparties.len()).filter(|&n| counterparties[n].city == Some(city)).collect();
    random.pick(&here).copied()
}

/// Seconds since midnight UTC, by the hours of the account's home.
fn second_of_day(account: &Account, random: &mut Random) -> i64 {
    let (mean, spread, earliest, latest) = if account.is_business {
        (12.5, 2.5, 7.5, 19.0)
    } else if random.chance(0.4) {
        (12.5, 1.3, 7.0, 23.0)
    } else {
        (18.0, 2.2, 7.0, 23.0)
    };
    let hour = (mean + account.hour_shift + spread * random.normal()).clamp(earliest, latest);
    let local = (hour * 3_600.0) as i64 + random.whole(0, 899);
    local - CITIES[account.home].utc_offset_hours * 3_600
}

/// At home the own address; a telephone or a hotel elsewhere has one of a shared block.
fn address(account: &Account, city: usize, random: &mut Random) -> String {
    if city == account.home && random.chance(0.85) {
        account.ip_address.clone()
    } else {
        format!("203.0.113.{}", random.whole(1, 254))
    }
}

/// Minor units; cash comes in notes of ten.
fn minor(amount: f64, kind: &str) -> i64 {
    let minor = (amount * 100.0).round().clamp(50.0, 2_000_000.0) as i64;
    if kind == "cash-machine" { ((minor + 500) / 1_000).max(1) * 1_000 } else { minor }
}
