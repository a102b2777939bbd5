//! Where the synthetic history takes place: cities and counterparties.
//!
//! Cities are real, with rounded coordinates and their winter time; counterparties are invented, a few kinds in
//! each city and some that sell from afar. Nothing here is random.

use crate::wire::PlaceIn;

/// A city.
#[derive(Debug, Clone, Copy)]
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) country: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    /// Hours ahead of UTC in winter; summer time would change nothing that matters here.
    pub(super) utc_offset_hours: i64,
    /// What accounts at home here hold.
    pub(super) currency: &'static str,
}

/// Cities that accounts live in.
pub(super) const N_HOMES: usize = 9;

/// The homes, then the far places of a few journeys.
pub(super) const CITIES: [City; 13] = [
    city("Brussels", "BE", (50.85, 4.35), (1, "EUR")),
    city("Antwerp", "BE", (51.22, 4.40), (1, "EUR")),
    city("Lille", "FR", (50.63, 3.06), (1, "EUR")),
    city("Amsterdam", "NL", (52.37, 4.90), (1, "EUR")),
    city("Cologne", "DE", (50.94, 6.96), (1, "EUR")),
    city("London", "GB", (51.51, -0.13), (0, "GBP")),
    city("Manchester", "GB", (53.48, -2.24), (0, "GBP")),
    city("New York", "US", (40.71, -74.01), (-5, "USD")),
    city("Boston", "US", (42.36, -71.06), (-5, "USD")),
    city("Singapore", "SG", (1.35, 103.82), (8, "SGD")),
    city("Sydney", "AU", (-33.87, 151.21), (10, "AUD")),
    city("Toronto", "CA", (43.65, -79.38), (-5, "CAD")),
    city("Tokyo", "JP", (35.68, 139.69), (9, "JPY")),
];

const fn city(
    name: &'static str,
    country: &'static str,
    (latitude, longitude): (f64, f64),
    (utc_offset_hours, currency): (i64, &'static str),
) -> City {
    City { name, country, latitude, longitude, utc_offset_hours, currency }
}

/// Who buys at a kind of counterparty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Customers {
    People,
    Businesses,
    Everybody,
}

/// A kind of counterparty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) channel: &'static str,
    /// The usual amount, in units of the account's currency.
    pub(super) median: f64,
    /// Standard deviation of the logarithm of amounts.
    pub(super) sigma: f64,
    /// How often its customers come, beside the other kinds.
    pub(super) weight: f64,
    pub(super) customers: Customers,
}

/// One counterparty.
#[derive(Debug, Clone)]
pub(super) struct Counterparty {
    pub(super) id: String,
    pub(super) kind: Kind,
    /// Its city's position in [`CITIES`]; none for one that sells from afar.
    pub(super) city: Option<usize>,
    /// Its point.
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

use Customers::{Businesses, Everybody, People};

/// In every home city; the first two of these in the far ones too.
const LOCAL: [Kind; 6] = [
    kind("restaurant", ("food", "card_present"), (34.0, 0.45), (2.0, Everybody)),
    kind("electronics-store", ("electronics", "card_present"), (95.0, 0.6), (0.3, People)),
    kind("grocer", ("groceries", "card_present"), (38.0, 0.5), (5.0, People)),
    kind("bakery", ("food", "card_present"), (7.0, 0.4), (3.0, People)),
    kind("fuel", ("transport", "card_present"), (55.0, 0.3), (1.5, Everybody)),
    kind("cash-machine", ("cash", "cash_withdrawal"), (60.0, 0.5), (0.7, People)),
];

/// How many of [`LOCAL`] a far city has.
const N_FAR_KINDS: usize = 2;

/// Everywhere, over the network.
const AFAR: [Kind; 22] = [
    kind("marketplace-north", ("retail", "online"), (32.0, 0.6), (1.4, People)),
    kind("marketplace-south", ("retail", "online"), (28.0, 0.6), (1.2, People)),
    kind("gadget-shop", ("electronics", "online"), (110.0, 0.6), (0.5, People)),
    kind("camera-shop", ("electronics", "online"), (140.0, 0.6), (0.3, People)),
    kind("fashion-house", ("clothing", "online"), (62.0, 0.5), (0.9, People)),
    kind("shoe-shop", ("clothing", "online"), (75.0, 0.4), (0.5, People)),
    kind("book-shop", ("books", "online"), (22.0, 0.5), (0.7, People)),
    kind("games-arcade", ("games", "online"), (13.0, 0.5), (0.7, People)),
    kind("film-club", ("subscriptions", "online"), (12.0, 0.05), (0.4, People)),
    kind("music-club", ("subscriptions", "online"), (10.0, 0.05), (0.4, People)),
    kind("charity", ("donations", "online"), (20.0, 0.6), (0.3, People)),
    kind("airline", ("travel", "online"), (180.0, 0.5), (0.2, Everybody)),
    kind("hotel-agency", ("travel", "online"), (140.0, 0.5), (0.2, Everybody)),
    kind("telephone", ("utilities", "online"), (29.0, 0.15), (0.3, Everybody)),
    kind("energy", ("utilities", "transfer"), (85.0, 0.2), (0.2, Everybody)),
    kind("landlord", ("housing", "transfer"), (780.0, 0.1), (0.12, People)),
    kind("courier", ("logistics", "online"), (26.0, 0.5), (2.0, Businesses)),
    kind("stationer", ("office", "online"), (85.0, 0.6), (1.0, Businesses)),
    kind("hosting", ("software", "online"), (190.0, 0.3), (0.6, Businesses)),
    kind("wholesaler-east", ("supplies", "transfer"), (740.0, 0.6), (2.5, Businesses)),
    kind("wholesaler-west", ("supplies", "transfer"), (620.0, 0.6), (2.5, Businesses)),
    kind("workshop", ("maintenance", "transfer"), (310.0, 0.6), (1.0, Businesses)),
];

const fn kind(
    name: &'static str,
    (category, channel): (&'static str, &'static str),
    (median, sigma): (f64, f64),
    (weight, customers): (f64, Customers),
) -> Kind {
    Kind { name, category, channel, median, sigma, weight, customers }
}

/// All counterparties, in a fixed order.
pub(super) fn counterparties() -> Vec<Counterparty> {
    let mut all = Vec::new();
    for (position, city) in CITIES.iter().enumerate() {
        let n_kinds = if position < N_HOMES { LOCAL.len() } else { N_FAR_KINDS };
        for (street, kind) in LOCAL[..n_kinds].iter().enumerate() {
            let town = city.name.to_lowercase().replace(' ', "-");
            // A street is about 500 m from the next.
            let north = (street as f64 - 2.5) * 0.005;
            all.push(Counterparty {
                id: format!("{}-{town}", kind.name),
                kind: *kind,
                city: Some(position),
                latitude: city.latitude + north,
                longitude: city.longitude,
            });
        }
    }
    all.extend(AFAR.iter().map(|kind| Counterparty {
        id: kind.name.to_owned(),
        kind: *kind,
        city: None,
        latitude: 0.0,
        longitude: 0.0,
    }));
    all
}

impl Counterparty {
    /// Where a payment there is made: at its point, or in the country the payer is in.
    pub(super) fn place(&self, payer_is_in: usize) -> PlaceIn {
        match self.city {
            Some(city) => PlaceIn {
                country: Some(CITIES[city].country.to_owned()),
                city: Some(CITIES[city].name.to_owned()),
                latitude: Some(rounded(self.latitude)),
                longitude: Some(rounded(self.longitude)),
            },
            None => PlaceIn { country: Some(CITIES[payer_is_in].country.to_owned()), ..PlaceIn::default() },
        }
    }
}

/// To about ten metres.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e4).round() / 1e4
}
