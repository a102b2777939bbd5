//! Requests with sensible defaults.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A fixed moment well in the past: noon of Wednesday, 3 June 2026, UTC.
pub fn noon() -> Timestamp {
    Timestamp::from_second(1_780_488_000).expect("a moment")
}

/// Noon plus hours.
pub fn hours_later(hours: i64) -> Timestamp {
    noon() + SignedDuration::from_hours(hours)
}

/// A plausible card payment with this external id; change what the test is about.
pub fn transaction(external_id: &str) -> Value {
    json!({
        "source": "cards",
        "external_id": external_id,
        "account": "account-1",
        "counterparty": "shop-1",
        "amount": "25.00",
        "currency": "EUR",
        "occurred_at": noon().to_string(),
        "channel": "card_present",
    })
}

/// The same with some fields replaced.
pub fn transaction_with(external_id: &str, changes: &Value) -> Value {
    let mut body = transaction(external_id);
    for (name, value) in changes.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// `n` ordinary payments of an account, one every `every_hours`, ending before noon; amounts vary a little.
pub fn habit(account: &str, n: usize, every_hours: i64) -> Vec<Value> {
    (0..n)
        .map(|position| {
            let hours = -(i64::try_from(n - position).expect("a small number")) * every_hours;
            transaction_with(
                &format!("{account}-{position}"),
                &json!({
                    "account": account,
                    "counterparty": format!("shop-{}", position % 3),
                    "amount": format!("{}.{:02}", 20 + position % 7, (position * 37) % 100),
                    "occurred_at": hours_later(hours).to_string(),
                }),
            )
        })
        .collect()
}
