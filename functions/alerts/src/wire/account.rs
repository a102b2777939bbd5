//! Accounts as they look on the wire.

use crate::wire::QueuedOut;
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::money::Amount;
use shared::http::listing::Paged;
use shared::workflow::accounts::{AccountRecord, AccountSummary, UsualAmounts};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountPage)]
pub(crate) struct AccountsOut {
    accounts: Vec<AccountOut>,
    /// The next page's `cursor`; null on the last.
    next_cursor: Option<String>,
}

/// An account and what it usually does.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
struct AccountOut {
    id: String,
    n_transactions: u32,
    /// Event time of the newest transaction.
    last_occurred_at: Option<Timestamp>,
    profile: ProfileOut,
}

/// A profile as people read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountProfile)]
pub(super) struct ProfileOut {
    /// Days from the first transaction to the newest.
    age_days: Option<f64>,
    /// By currency, the first three that were met.
    amounts: Vec<UsualOut>,
    /// Hours of the day, in UTC; empty where there are none yet.
    usual_hours: String,
    n_counterparties: usize,
    n_devices: usize,
    n_countries: usize,
    n_channels: usize,
    n_categories: usize,
    /// Transactions in the 24 hours up to the newest.
    n_last_24_hours: Option<f64>,
    /// Transactions in the 30 days up to the newest.
    n_last_30_days: Option<f64>,
}

/// What is usual in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsualAmounts)]
struct UsualOut {
    currency: &'static str,
    n_transactions: u32,
    mean: Option<String>,
    /// Nine in ten lie between these two.
    usual_low: Option<String>,
    usual_high: Option<String>,
}

/// One account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountRecord)]
pub(crate) struct AccountRecordOut {
    account: AccountOut,
    /// Its newest, at most 20.
    alerts: Vec<QueuedOut>,
    /// How its newest 1,000 alerts ended, or where those stand that did not.
    outcomes: BTreeMap<String, i64>,
}

impl From<Paged<AccountSummary>> for AccountsOut {
    fn from(paged: Paged<AccountSummary>) -> Self {
        Self { accounts: paged.rows.iter().map(account_out).collect(), next_cursor: paged.next_cursor }
    }
}

impl AccountRecordOut {
    pub(crate) fn new(record: &AccountRecord, now: Timestamp) -> Self {
        Self {
            account: account_out(&record.summary),
            alerts: record.alerts.iter().map(|queued| QueuedOut::new(queued, now)).collect(),
            outcomes: record.outcomes.iter().map(|outcome| (outcome.word.clone(), outcome.n)).collect(),
        }
    }
}

fn account_out(summary: &AccountSummary) -> AccountOut {
    AccountOut {
        id: summary.listed.id.clone(),
        n_transactions: summary.portrait.n_transactions,
        last_occurred_at: summary.portrait.last_occurred_at,
        profile: ProfileOut::from(&summary.portrait),
    }
}

impl From<&shared::workflow::accounts::Portrait> for ProfileOut {
    fn from(portrait: &shared::workflow::accounts::Portrait) -> Self {
        let [n_last_24_hours, n_last_30_days] = portrait.n_recent;
        Self {
            age_days: portrait.age_days,
            amounts: portrait.amounts.iter().map(usual_out).collect(),
            usual_hours: portrait.hours.clone(),
            n_counterparties: portrait.n_counterparties,
            n_devices: portrait.n_devices,
            n_countries: portrait.n_countries,
            n_channels: portrait.n_channels,
            n_categories: portrait.n_categories,
            n_last_24_hours,
            n_last_30_days,
        }
    }
}

fn usual_out(usual: &UsualAmounts) -> UsualOut {
    let text = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
    let [low, high] = usual.central;
    UsualOut {
        currency: usual.currency.as_str(),
        n_transactions: usual.n,
        mean: text(usual.mean),
        usual_low: text(low),
        usual_high: text(high),
    }
}
