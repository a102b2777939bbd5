//! The next alert of the queue, claimed in the same breath.

use super::{By, Move, apply};
use crate::db::{alert_next, alerts, audit};
use crate::domain::alert::Alert;
use crate::domain::severity::Severity;
use crate::domain::version::Seen;
use crate::error::{Error, ErrorKind};
use crate::workflow::access::Session;
use jiff::Timestamp;
use tokio_postgres::Client;

/// How often the queue is looked at: all that was compared may have been taken by others meanwhile.
const MAX_LOOKS: usize = 5;

/// Which alerts of the queue the caller would take.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// One of these severities; all when empty.
    pub severities: Vec<Severity>,
    /// Of one account.
    pub account: Option<String>,
}

/// Claims the most urgent alert that waits; none when none does. Of callers at once each gets another.
///
/// # Errors
/// 503 `Busy` when alerts wait but others hold all that were looked at.
pub async fn claim_next(
    session: &mut Session,
    wanted: &Wanted,
    request_id: &str,
) -> Result<Option<Alert>, Error> {
    let by = By::of(session, request_id);
    session.transact(async |client| claim_within(client, wanted, &by).await).await
}

async fn claim_within(client: &Client, wanted: &Wanted, by: &By) -> Result<Option<Alert>, Error> {
    let all = Severity::ALL.to_vec();
    let severities = if wanted.severities.is_empty() { &all } else { &wanted.severities };
    let words: Vec<&str> = severities.iter().map(|severity| severity.as_str()).collect();
    let account = wanted.account.as_deref();
    for _ in 0..MAX_LOOKS {
        if let Some(mut alert) = lock_next(client, (&words, account), by.at).await? {
            let event = apply(&mut alert, &Seen::Nothing, (&Move::Claim, by))?;
            alerts::store(client, &[&alert]).await?;
            audit::insert(client, event.as_slice()).await?;
            return Ok(Some(alert));
        }
        if !alert_next::is_waiting(client, &words, account).await? {
            return Ok(None);
        }
    }
    let message = "others are taking the alerts that wait; ask again";
    Err(Error::new(ErrorKind::Busy, message).retry_after(1))
}

async fn lock_next(
    client: &Client,
    (severities, account): (&[&str], Option<&str>),
    now: Timestamp,
) -> Result<Option<Alert>, Error> {
    Ok(match account {
        Some(account) => alert_next::lock_of_account(client, severities, account).await?,
        None => alert_next::lock_most_urgent(client, severities, now).await?,
    })
}
