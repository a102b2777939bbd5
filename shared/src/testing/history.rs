//! A past in the database, for tests of functions that do not ingest.

use super::builders::{hours_later, noon};
use crate::domain::access::Credentials;
use crate::domain::ids::AlertId;
use crate::domain::money::{Amount, CurrencyCode};
use crate::domain::text::Text;
use crate::domain::transaction::{NewTransaction, Place, TransactionKey};
use crate::state::AppState;
use crate::workflow::ingest::{IngestContext, ItemOutcome, Sender, ingest};
use crate::workflow::keys::ApiKey;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Ingests `n` payments of 20 EUR, one an hour until noon: an account's habit. `key` may send transactions.
pub async fn ingest_habit(state: &AppState, key: &str, (account, n): (&str, i64)) {
    let hours = (0..n).map(|hour| payment(account, hours_later(hour - n), "20.00"));
    ingest_all(state, key, hours.collect()).await;
}

/// Ingests ten payments of 20 EUR, one a day, and then one of 5,000 EUR: an account's habit and what breaks
/// it. Answers the alert that it raises. `key` may send transactions.
pub async fn raise_alert(state: &AppState, key: &str, account: &str) -> AlertId {
    let days = (0..10).map(|day| payment(account, hours_later(-24 * (10 - day)), "20.00"));
    let transactions = days.chain([payment(account, noon(), "5000.00")]).collect();
    match ingest_all(state, key, transactions).await.into_iter().next_back() {
        Some(ItemOutcome::Accepted(_, record)) => record.alert.expect("an alert").0,
        other => unreachable!("the last payment was not accepted: {other:?}"),
    }
}

async fn ingest_all(state: &AppState, key: &str, transactions: Vec<NewTransaction>) -> Vec<ItemOutcome> {
    let key = ApiKey::parse(key).expect("a key");
    let hash = key.secret_hash();
    let credentials = Credentials::of_key(key.id, hash, "192.0.2.1");
    let context = IngestContext {
        sender: Sender::Key(credentials),
        request_id: "req-history".into(),
        now: Timestamp::now(),
    };
    ingest(state, &context, transactions).await.expect("the history is stored")
}

fn payment(account: &str, occurred_at: Timestamp, amount: &str) -> NewTransaction {
    let currency = CurrencyCode::parse("EUR").expect("a currency");
    NewTransaction {
        key: TransactionKey {
            source: text("cards"),
            external_id: text(&format!("{account}-{}", occurred_at.as_second())),
        },
        account: text(account),
        counterparty: text("shop-1"),
        amount: Amount::parse(amount, currency).expect("an amount"),
        occurred_at,
        channel: text("online"),
        entity_type: None,
        place: Place::default(),
        device: None,
        ip_address: None,
        category: None,
        attributes: BTreeMap::new(),
    }
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).expect("a name")
}
