//! A few frauds of each kind, laid over the ordinary history.
//!
//! What lives here: what each kind looks like. The extreme amount breaks no other habit, the bad merchant's
//! charges break none at all, so that each kind asks for another way of looking.

use super::accounts::{Account, N_ACCOUNTS};
use super::draft::{Draft, Fraud, Scenario};
use super::random::Random;
use super::world::{CITIES, Counterparty, N_HOMES};

const SECONDS_A_DAY: i64 = 86_400;
/// Frauds begin when accounts have some history.
const FIRST_DAY: i64 = 12;
/// Where stolen accounts buy what can be sold again.
const SHOPS_THAT_RESELL: [&str; 4] = ["marketplace-north", "marketplace-south", "camera-shop", "gadget-shop"];
/// Victims of each kind that has single victims.
const CASES: [(Scenario, usize); 4] = [
    (Scenario::ExtremeAmount, 5),
    (Scenario::AccountTakeover, 4),
    (Scenario::CardTesting, 3),
    (Scenario::ImpossibleTravel, 4),
];
/// Charges of the merchant gone bad, and the day it turns.
const N_BAD_CHARGES: i64 = 40;
const BAD_FROM_DAY: i64 = 20;
/// The merchant that goes bad.
const BAD_MERCHANT: &str = "fashion-house";

/// The frauds of one history.
struct Frauds<'a> {
    accounts: &'a [Account],
    counterparties: &'a [Counterparty],
    first_midnight: i64,
    n_days: i64,
    random: Random,
    victims: Vec<usize>,
    drafts: Vec<Draft>,
}

/// All frauds over `n_days` from `first_midnight`, an epoch second at 00:00 UTC.
pub(super) fn transactions(
    seed: u64,
    accounts: &[Account],
    counterparties: &[Counterparty],
    (first_midnight, n_days): (i64, i64),
) -> Vec<Draft> {
    let mut random = Random::new(seed, 0);
    let victims = victims(accounts, &mut random);
    let mut frauds =
        Frauds { accounts, counterparties, first_midnight, n_days, random, victims, drafts: Vec::new() };
    for (scenario, n_cases) in CASES {
        for case in 0..n_cases {
            frauds.add_case(scenario, case, n_cases);
        }
    }
    frauds.bad_merchant();
    frauds.drafts
}

/// People in a random order. The first account stays clean: the newcomer's example is about it.
fn victims(accounts: &[Account], random: &mut Random) -> Vec<usize> {
    let people =
        (1..N_ACCOUNTS).filter(|&number| !accounts[number].is_business && accounts[number].journey.is_none());
    let mut drawn: Vec<(f64, usize)> = people.map(|number| (random.unit(), number)).collect();
    drawn.sort_by(|a, b| a.0.total_cmp(&b.0));
    drawn.into_iter().map(|(_, number)| number).collect()
}

impl Frauds<'_> {
    fn add_case(&mut self, scenario: Scenario, case: usize, n_cases: usize) {
        let midnight = self.midnight_of_case(case, n_cases);
        let Some(victim) = self.victims.pop() else { return };
        match scenario {
            Scenario::ExtremeAmount => self.extreme_amount(victim, midnight),
            Scenario::AccountTakeover => self.account_takeover(victim, midnight),
            Scenario::CardTesting => self.card_testing(victim, midnight),
            Scenario::ImpossibleTravel => self.impossible_travel(victim, midnight),
            // Its victims are its customers, many at once: see [`Frauds::bad_merchant`].
            Scenario::BadMerchant => {}
        }
    }

    /// Cases of one kind are spread evenly from [`FIRST_DAY`] to the last day but one.
    fn midnight_of_case(&mut self, case: usize, n_cases: usize) -> i64 {
        let span = (self.n_days - 2 - FIRST_DAY) as f64;
        let day = FIRST_DAY + ((case as f64 + self.random.unit()) * span / n_cases as f64) as i64;
        self.first_midnight + day * SECONDS_A_DAY
    }

    /// The epoch second of an hour by the victim's clock at home.
    fn at_home(&self, victim: usize, midnight: i64, hour: f64) -> i64 {
        let offset = CITIES[self.accounts[victim].home].utc_offset_hours;
        midnight + (hour * 3_600.0) as i64 - offset * 3_600
    }

    /// The position of the counterparty with this id; the first where it is not in the world.
    fn counterparty(&self, id: &str) -> usize {
        self.counterparties.iter().position(|one| one.id == id).unwrap_or(0)
    }

    fn fraud(&mut self, scenario: Scenario, (least_days, most_days): (f64, f64)) -> Option<Fraud> {
        let label_delay_seconds = (self.random.between(least_days, most_days) * SECONDS_A_DAY as f64) as i64;
        Some(Fraud { scenario, label_delay_seconds })
    }

    /// A payment from the victim's own device and home, which the caller then bends.
    fn usual(&self, victim: usize, counterparty: usize, second: i64) -> Draft {
        let account = &self.accounts[victim];
        Draft {
            account: victim,
            counterparty,
            second,
            minor: 0,
            place: self.counterparties[counterparty].place(account.home),
            device: account.devices.first().cloned(),
            ip_address: Some(account.ip_address.clone()),
            fraud: None,
        }
    }

    fn extreme_amount(&mut self, victim: usize, midnight: i64) {
        let hour = self.random.between(12.0, 19.0);
        let second = self.at_home(victim, midnight, hour);
        let counterparty = self.counterparty("gadget-shop");
        let minor = self.random.whole(420_000, 980_000);
        let fraud = self.fraud(Scenario::ExtremeAmount, (2.0, 8.0));
        self.drafts.push(Draft { minor, fraud, ..self.usual(victim, counterparty, second) });
    }

    fn account_takeover(&mut self, victim: usize, midnight: i64) {
        let hour = self.random.between(2.0, 3.5);
        let mut second = self.at_home(victim, midnight, hour);
        let device = self.random.device();
        let ip_address = format!("192.0.2.{}", self.random.whole(1, 254));
        let city = self.far_city();
        for _ in 0..self.random.whole(5, 8) {
            let shop = self.random.pick(&SHOPS_THAT_RESELL).copied().unwrap_or(SHOPS_THAT_RESELL[0]);
            let counterparty = self.counterparty(shop);
            let minor = self.random.whole(14_000, 72_000);
            let fraud = self.fraud(Scenario::AccountTakeover, (1.0, 6.0));
            self.drafts.push(Draft {
                minor,
                fraud,
                place: self.counterparties[counterparty].place(city),
                device: Some(device.clone()),
                ip_address: Some(ip_address.clone()),
                ..self.usual(victim, counterparty, second)
            });
            second += self.random.whole(150, 700);
        }
    }

    fn card_testing(&mut self, victim: usize, midnight: i64) {
        let hour = self.random.between(9.0, 21.0);
        let mut second = self.at_home(victim, midnight, hour);
        let device = self.random.device();
        let ip_address = format!("192.0.2.{}", self.random.whole(1, 254));
        let n_tests = self.random.whole(25, 40);
        for number in 0..=n_tests {
            let is_test = number < n_tests;
            let shop = match (is_test, number % 3) {
                (true, 0) => "charity",
                (true, _) => "games-arcade",
                (false, _) => "camera-shop",
            };
            let counterparty = self.counterparty(shop);
            let minor = if is_test { self.random.whole(50, 299) } else { self.random.whole(45_000, 90_000) };
            let fraud = self.fraud(Scenario::CardTesting, (1.0, 5.0));
            self.drafts.push(Draft {
                minor,
                fraud,
                device: Some(device.clone()),
                ip_address: Some(ip_address.clone()),
                ..self.usual(victim, counterparty, second)
            });
            second += self.random.whole(8, 35);
        }
    }

    /// A genuine payment at home, and within the hour one in person at the other end of the world.
    fn impossible_travel(&mut self, victim: usize, midnight: i64) {
        let hour = self.random.between(11.0, 18.0);
        let second = self.at_home(victim, midnight, hour);
        let home = self.accounts[victim].home;
        let grocer = self.in_city(home, "grocer");
        let minor = self.random.whole(1_800, 6_000);
        let in_person = Draft { device: None, ip_address: None, ..self.usual(victim, grocer, second) };
        self.drafts.push(Draft { minor, ..in_person.clone() });
        let city = self.far_city();
        let store = self.in_city(city, "electronics-store");
        let fraud = self.fraud(Scenario::ImpossibleTravel, (2.0, 7.0));
        self.drafts.push(Draft {
            counterparty: store,
            second: second + self.random.whole(1_200, 3_300),
            minor: self.random.whole(16_000, 48_000),
            place: self.counterparties[store].place(city),
            fraud,
            ..in_person
        });
    }

    /// Former customers are charged again; each complaint takes 3 to 9 days, and a morning more to arrive.
    fn bad_merchant(&mut self) {
        let merchant = self.counterparty(BAD_MERCHANT);
        let customers: Vec<usize> = (1..N_ACCOUNTS)
            .filter(|&number| {
                self.accounts[number].favourites.iter().any(|(position, _)| *position == merchant)
            })
            .collect();
        let kind = self.counterparties[merchant].kind;
        for number in 0..N_BAD_CHARGES {
            let Some(&victim) = self.random.pick(&customers) else {
                return;
            };
            let day = BAD_FROM_DAY + number * (self.n_days - 2 - BAD_FROM_DAY) / N_BAD_CHARGES;
            let hour = self.random.between(8.0, 22.0);
            let second = self.at_home(victim, self.first_midnight + day * SECONDS_A_DAY, hour);
            let amount = self.random.log_normal(kind.median * self.accounts[victim].level * 1.2, kind.sigma);
            let fraud = self.fraud(Scenario::BadMerchant, (3.0, 9.0));
            let minor = (amount * 100.0) as i64;
            self.drafts.push(Draft { minor: minor.max(100), fraud, ..self.usual(victim, merchant, second) });
        }
    }

    fn far_city(&mut self) -> usize {
        N_HOMES + self.random.whole(0, (CITIES.len() - N_HOMES) as i64 - 1) as usize
    }

    fn in_city(&self, city: usize, kind: &str) -> usize {
        let is_it = |one: &Counterparty| one.city == Some(city) && one.kind.name == kind;
        self.counterparties.iter().position(is_it).unwrap_or(0)
    }
}
