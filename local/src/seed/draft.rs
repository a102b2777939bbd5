//! A transaction of the synthetic history before it has an id and a place in the order.

use super::accounts::Account;
use super::world::{CITIES, Counterparty};
use crate::wire::{PlaceIn, TransactionIn};
use jiff::Timestamp;
use shared::domain::transaction::EntityType;
use std::collections::BTreeMap;

/// The feed that all seeded transactions belong to.
pub(super) const SOURCE: &str = "seed";

/// The kinds of fraud in the history. Known to the generator and to tests, never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    /// One amount far beyond anything the account pays.
    ExtremeAmount,
    /// A new device in a new country, at night, several payments.
    AccountTakeover,
    /// A burst of small payments to see whether a card works, then a large one.
    CardTesting,
    /// A counterparty that charges its former customers again, in unremarkable amounts.
    BadMerchant,
    /// A payment in person, too far from the last to have been reached.
    ImpossibleTravel,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::ExtremeAmount,
        Self::AccountTakeover,
        Self::CardTesting,
        Self::BadMerchant,
        Self::ImpossibleTravel,
    ];
}

/// A fraud's kind, and how long until somebody complains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fraud {
    pub(super) scenario: Scenario,
    pub(super) label_delay_seconds: i64,
}

/// A transaction in positions and numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    /// Position among the accounts.
    pub(super) account: usize,
    /// Position among the counterparties.
    pub(super) counterparty: usize,
    /// Epoch second.
    pub(super) second: i64,
    /// Minor units; every currency here has two decimals.
    pub(super) minor: i64,
    pub(super) place: PlaceIn,
    pub(super) device: Option<String>,
    pub(super) ip_address: Option<String>,
    pub(super) fraud: Option<Fraud>,
}

impl Draft {
    /// As it is sent.
    pub(super) fn transaction(
        &self,
        external_id: String,
        account: &Account,
        counterparty: &Counterparty,
    ) -> Result<TransactionIn, jiff::Error> {
        let entity_type = if account.is_business { EntityType::Business } else { EntityType::Individual };
        Ok(TransactionIn {
            source: SOURCE.to_owned(),
            external_id,
            account: account.id.clone(),
            counterparty: counterparty.id.clone(),
            amount: format!("{}.{:02}", self.minor / 100, self.minor % 100),
            currency: CITIES[account.home].currency.to_owned(),
            occurred_at: Timestamp::from_second(self.second)?,
            channel: counterparty.kind.channel.to_owned(),
            entity_type: Some(entity_type.as_str().to_owned()),
            place: Some(self.place.clone()),
            device: self.device.clone(),
            ip_address: self.ip_address.clone(),
            category: Some(counterparty.kind.category.to_owned()),
            attributes: BTreeMap::new(),
        })
    }
}
