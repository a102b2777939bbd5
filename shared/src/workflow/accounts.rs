//! Reading accounts: a page of them, and one as people read it.

use super::ingest::decode_profile;
use crate::db::account_pages;
pub use crate::db::account_pages::{AfterActivity, ListedAccount, Outcome};
use crate::db::alert_queue::{self, AlertFilter, Page, QueueOrder, QueuedAlert};
pub use crate::detection::portrait::{Portrait, UsualAmounts};
use crate::detection::profile::AccountProfile;
use crate::error::Error;
use crate::workflow::access::Session;

/// Alerts shown with an account.
const MAX_ALERTS: i64 = 20;

/// An account as a listing shows it.
#[derive(Debug)]
pub struct AccountSummary {
    /// As it is stored.
    pub listed: ListedAccount,
    /// What it usually does.
    pub portrait: Portrait,
}

/// Where a page of accounts begins, by its order.
#[derive(Debug)]
pub enum AccountOrder {
    /// By id, of those that begin with a text; after this id.
    Id(Option<String>, Option<String>),
    /// By newest activity.
    Activity(Option<AfterActivity>),
}

/// A page of accounts.
///
/// # Errors
/// When the database does not answer or a profile cannot be read.
pub async fn list(session: &Session, order: AccountOrder, limit: i64) -> Result<Vec<AccountSummary>, Error> {
    let client = session.connection.client()?;
    let listed = match order {
        AccountOrder::Id(beginning, after) => {
            account_pages::by_id(client, beginning.as_deref(), after.as_deref(), limit).await?
        }
        AccountOrder::Activity(after) => account_pages::by_activity(client, after, limit).await?,
    };
    listed.into_iter().map(summary).collect()
}

fn summary(listed: ListedAccount) -> Result<AccountSummary, Error> {
    let profile = decode_profile(&listed.profile, AccountProfile::decode, &listed.id)?;
    Ok(AccountSummary { portrait: Portrait::of(&profile), listed })
}

/// One account with its alerts and how they ended.
#[derive(Debug)]
pub struct AccountRecord {
    /// The account.
    pub summary: AccountSummary,
    /// Its newest alerts, at most 20.
    pub alerts: Vec<QueuedAlert>,
    /// How its newest 1,000 alerts ended, or where they stand.
    pub outcomes: Vec<Outcome>,
}

/// Reads one account.
///
/// # Errors
/// 404 when there is no such account.
pub async fn read(session: &Session, id: &str) -> Result<AccountRecord, Error> {
    let client = session.connection.client()?;
    let filter = AlertFilter { account: Some(id.to_owned()), ..AlertFilter::default() };
    let newest = Page { as_of: session.now, after: None, limit: MAX_ALERTS };
    let (found, alerts, outcomes) = futures_util::join!(
        account_pages::find(client, id),
        alert_queue::page(client, &filter, QueueOrder::Newest, newest),
        account_pages::outcomes(client, id),
    );
    let listed = found?.ok_or_else(|| Error::not_found("account"))?;
    Ok(AccountRecord { summary: summary(listed)?, alerts: alerts?, outcomes: outcomes? })
}
