//! The two changes of direction of the hot path.
//!
//! Statements are sent together and answered together: `join!` polls in the order written, so they reach the
//! server in that order, each with a snapshot of its own. `join!` and never `try_join!`: every answer is
//! awaited, so that none is left on the connection.

use crate::db::access::{Counted, Window, count_request};
use crate::db::accounts;
use crate::db::alerts;
use crate::db::assessments::{self, NewAssessment};
use crate::db::audit;
use crate::db::configurations::{self, ActiveVersions};
use crate::db::connection::Connection;
use crate::db::counterparties::{self, Shard};
use crate::db::error::DbError;
use crate::db::ingest_keys::{self, ClaimGate, Claims, Taken};
use crate::db::lists;
use crate::db::raised_alerts;
use crate::db::snoozes;
use crate::db::transactions;
use crate::domain::alert::Alert;
use crate::domain::audit::AuditEvent;
use crate::domain::gate::{AccountAlerts, Failures};
use crate::domain::lists::ListEntry;
use crate::domain::snooze::Snooze;
use crate::domain::transaction::Transaction;
use futures_util::join;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What the first change of direction brings.
#[derive(Debug)]
pub(super) struct Known {
    /// Ids whose key is theirs now.
    pub won: HashSet<Uuid>,
    /// Keys that somebody else has.
    pub taken: HashMap<(String, String), Taken>,
    /// The locked accounts' profiles.
    pub accounts: Vec<(String, Vec<u8>)>,
    /// One locked shard a counterparty, where one was free.
    pub own_shards: Vec<Shard>,
    /// All shards, as committed.
    pub all_shards: Vec<Shard>,
    /// The locked open alerts.
    pub open_alerts: Vec<Alert>,
    /// What the gates know beside them.
    pub history: HashMap<String, AccountAlerts>,
    /// Entries of lists that name a party of the chunk, with what they name.
    pub listed: Vec<(String, ListEntry)>,
    /// Snoozes of the accounts of the claims that were won, by account.
    pub snoozes: Vec<(String, Snooze)>,
    /// What failing layers have raised.
    pub failures: Failures,
    /// What to score with.
    pub active: ActiveVersions,
}

/// The answers of the first change of direction: the count stands outside the SQL transaction.
pub(super) struct FirstRound {
    /// The request's count, when it was asked for.
    pub counted: Option<Result<Counted, DbError>>,
    /// The claim alone, whose lock timeout means "in progress".
    pub won: Result<HashSet<Uuid>, DbError>,
    /// Everything, when every statement succeeded.
    pub known: Result<Known, DbError>,
}

/// Sends the first half: the count (unless the caller was admitted before), `begin`, the claim, the locks and the
/// reads. `window` holds the server's clock.
///
/// # Errors
/// When the connection is gone; statements' errors are in the answer.
pub(super) async fn first(
    connection: &mut Connection,
    claims: &Claims<'_>,
    gate: &ClaimGate<'_>,
    window: Window,
) -> Result<FirstRound, DbError> {
    connection.unsettle();
    let client = connection.client()?;
    let count = async {
        match gate {
            ClaimGate::Presented { credentials, .. } => {
                Some(count_request(client, credentials, window).await)
            }
            ClaimGate::Admitted { .. } => None,
        }
    };
    let begin = async { client.batch_execute("begin").await.map_err(DbError::from) };
    let (
        counted,
        begun,
        won,
        ensured,
        accounts,
        taken,
        own_shards,
        all_shards,
        open,
        history,
        listed,
        snoozes,
        failures,
        active,
    ) = join!(
        count,
        begin,
        ingest_keys::claim(client, claims, gate),
        accounts::ensure(client, claims),
        accounts::lock(client, claims),
        ingest_keys::taken(client, claims),
        counterparties::lock_free(client, claims),
        counterparties::read_all(client, claims),
        alerts::lock_open(client, claims),
        alerts::history(client, claims),
        lists::of_parties(client, claims, window.now),
        snoozes::of_accounts(client, claims, window.now),
        alerts::failures(client, window.now),
        configurations::active(client),
    );
    let ids = won.as_ref().cloned().unwrap_or_default();
    // The first failure in the order of sending is the cause; those after it only say "aborted".
    let gather = || -> Result<Known, DbError> {
        begun?;
        ensured?;
        Ok(Known {
            won: ids,
            accounts: accounts?,
            taken: taken?.into_iter().collect(),
            own_shards: own_shards?,
            all_shards: all_shards?,
            open_alerts: open?,
            history: history?,
            listed: listed?,
            snoozes: snoozes?,
            failures: failures?,
            active: active?,
        })
    };
    let known = gather();
    Ok(FirstRound { counted, won, known })
}

/// What the second change of direction writes.
#[derive(Debug)]
pub(super) struct Writes<'a> {
    /// The transactions whose key was won.
    pub transactions: &'a [Transaction],
    /// Their assessments.
    pub assessments: &'a [NewAssessment],
    /// The accounts' profiles after them.
    pub accounts: Vec<(&'a str, Vec<u8>)>,
    /// The counterparties' shards after them.
    pub shards: Vec<Shard>,
    /// Alerts raised or folded into.
    pub alerts: Vec<&'a Alert>,
    /// What the audit trail says of them.
    pub events: &'a [AuditEvent],
}

/// How the second half ended.
pub(super) enum Ending {
    /// Every write succeeded and the commit was confirmed.
    Committed,
    /// A write failed, and with it the SQL transaction.
    RolledBack(DbError),
    /// The commit was sent and its answer never came.
    Unknown(DbError),
}

/// Sends the writes and the commit together. The commit counts only when every write succeeded: after an
/// error the server answers it with a rollback.
///
/// # Errors
/// When the connection is gone before anything was sent.
pub(super) async fn second(connection: &mut Connection, writes: &Writes<'_>) -> Result<Ending, DbError> {
    let client = connection.client()?;
    let alerting = async {
        if writes.alerts.is_empty() { Ok(()) } else { raised_alerts::store(client, &writes.alerts).await }
    };
    let auditing =
        async { if writes.events.is_empty() { Ok(()) } else { audit::insert(client, writes.events).await } };
    let commit = async { client.batch_execute("commit").await.map_err(DbError::from) };
    let (transactions, assessments, accounts, shards, alerts, events, committed) = join!(
        transactions::insert(client, writes.transactions),
        assessments::insert(client, writes.assessments),
        accounts::store(client, &writes.accounts),
        counterparties::store(client, &writes.shards),
        alerting,
        auditing,
        commit,
    );
    let written =
        [transactions, assessments, accounts, shards, alerts, events].into_iter().find_map(Result::err);
    Ok(match (written, committed) {
        (None, Ok(())) => {
            connection.settle();
            Ending::Committed
        }
        (Some(error), Ok(())) => {
            connection.settle();
            Ending::RolledBack(error)
        }
        (Some(error), Err(_)) if !error.is_lost_connection() => Ending::RolledBack(error),
        (_, Err(error)) => Ending::Unknown(error),
    })
}
