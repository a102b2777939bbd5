//! The transaction that a newcomer sends first.

use super::accounts::account_id;
use super::draft::SOURCE;
use super::world::CITIES;
use crate::wire::{PlaceIn, TransactionIn};
use jiff::Timestamp;
use shared::domain::transaction::EntityType;
use std::collections::BTreeMap;

/// Singapore, where the first account, at home in Brussels, has never been.
const FAR_AWAY: usize = 9;

/// The body of one `POST /api/v1/transactions` that raises an alert after seeding: the first account pays some
/// hundred times its usual amount, on a new device, to somebody new, at the other end of the world.
///
/// `external_id` must be fresh for every transaction; `as_of` is when it happens.
pub fn extreme_example(as_of: Timestamp, external_id: &str) -> serde_json::Value {
    let city = CITIES[FAR_AWAY];
    let transaction = TransactionIn {
        source: SOURCE.to_owned(),
        external_id: external_id.to_owned(),
        account: account_id(0),
        counterparty: "gold-and-watches-singapore".to_owned(),
        amount: "9750.00".to_owned(),
        currency: "EUR".to_owned(),
        occurred_at: as_of,
        channel: "card_present".to_owned(),
        entity_type: Some(EntityType::Individual.as_str().to_owned()),
        place: Some(PlaceIn {
            country: Some(city.country.to_owned()),
            city: Some(city.name.to_owned()),
            latitude: Some(city.latitude),
            longitude: Some(city.longitude),
        }),
        device: Some("c0ffee5eed01".to_owned()),
        ip_address: Some("192.0.2.7".to_owned()),
        category: Some("jewellery".to_owned()),
        attributes: BTreeMap::new(),
    };
    serde_json::json!(transaction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::history::History;

    #[test]
    fn the_example_is_far_from_everything_its_account_ever_did() {
        let as_of: Timestamp = "2026-03-04T15:20:00Z".parse().unwrap();
        let example = extreme_example(as_of, "try-1");
        let history = History::generate(1, as_of).unwrap();
        let past: Vec<_> = history
            .transactions
            .iter()
            .map(|one| &one.transaction)
            .filter(|one| one.account == "acct-0001")
            .collect();
        assert!(past.len() > 30, "{} transactions", past.len());
        assert_eq!(example["account"], "acct-0001");
        let amount = |text: &str| text.parse::<f64>().unwrap();
        let largest = past.iter().map(|one| amount(&one.amount)).fold(0.0, f64::max);
        assert!(amount(example["amount"].as_str().unwrap()) > 5.0 * largest, "the largest was {largest}");
        assert!(past.iter().all(|one| one.currency == "EUR" && example["currency"] == "EUR"));
        assert!(past.iter().all(|one| example["counterparty"] != one.counterparty.as_str()));
        let countries = past.iter().filter_map(|one| one.place.as_ref()?.country.as_deref());
        assert!(countries.into_iter().all(|country| example["place"]["country"] != country));
    }
}
