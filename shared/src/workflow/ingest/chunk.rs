//! The hot path of one chunk: claim, score, write, commit; one retry where that is safe.

use super::round::{Ending, FirstRound, Known, Writes, first, second};
use super::scoring::Scoring;
use super::{IngestContext, ItemOutcome, Sender};
use crate::db::assessments;
use crate::db::connection::Connection;
use crate::db::error::DbError;
use crate::db::ingest_keys::{self, ClaimGate, Claims};
use crate::domain::access::{Actor, Permission};
use crate::domain::ids::{TransactionId, in_order};
use crate::domain::transaction::{NewTransaction, Transaction};
use crate::error::{Error, ErrorKind};
use crate::state::AppState;
use crate::workflow::access::{judge, note_count, window};
use crate::workflow::{configuration, engine, entropy};
use std::collections::HashMap;
use std::time::Instant;

/// Whether the caller was admitted by an earlier chunk of the same request.
#[derive(Debug, Clone)]
pub(super) enum Admission {
    /// Not yet: the first round checks the key and counts the request.
    Unchecked,
    /// Yes.
    Granted(Actor),
}

/// A chunk's answer.
#[derive(Debug)]
pub(super) struct Done {
    /// Who was admitted.
    pub actor: Actor,
    /// One a transaction, in the order given.
    pub outcomes: Vec<ItemOutcome>,
}

/// A chunk that failed as a whole, and whether its caller was admitted before it did.
#[derive(Debug)]
pub(super) struct Failed {
    /// Why.
    pub error: Error,
    /// What is known of the caller.
    pub admission: Admission,
}

/// Ingests transactions in the order given, all in one SQL transaction; `first_position` is the chunk's place
/// among the request's.
///
/// # Errors
/// When the caller is refused or the chunk fails as a whole; nothing is stored then, unless the kind is
/// [`ErrorKind::OutcomeUnknown`].
pub(super) async fn ingest_chunk(
    state: &AppState,
    context: &IngestContext,
    mut admission: Admission,
    (first_position, contents): (usize, Vec<NewTransaction>),
) -> Result<Done, Failed> {
    // A second attempt has ids of its own: should the first have been committed after all, its transactions
    // are then found under their keys and answered from storage.
    let mut is_last = false;
    loop {
        let transactions = match mint(context, first_position, &contents) {
            Ok(transactions) => transactions,
            Err(error) => return Err(Failed { error, admission }),
        };
        let claims = Claims::new(&transactions);
        let mut attempt = Attempt { state, context, transactions: &transactions, claims: &claims, admission };
        match attempt.run().await {
            Ok(done) => return Ok(done),
            Err(Refusal::TryAgain(error)) if !is_last => {
                tracing::warn!(error = %crate::error::causes(&error), "a chunk was tried again");
                is_last = true;
                admission = attempt.admission;
            }
            Err(refusal) => return Err(Failed { error: refusal.into_error(), admission: attempt.admission }),
        }
    }
}

fn mint(
    context: &IngestContext,
    first_position: usize,
    contents: &[NewTransaction],
) -> Result<Vec<Transaction>, Error> {
    let transaction = |(offset, content): (usize, &NewTransaction)| {
        let position = u16::try_from(first_position + offset).unwrap_or(u16::MAX);
        let id = TransactionId::mint(context.now, in_order(position, entropy::for_id()?));
        Ok(Transaction { id, received_at: context.now, content: content.clone() })
    };
    contents.iter().enumerate().map(transaction).collect()
}

/// Why an attempt ended.
enum Refusal {
    /// Nothing was committed, and a second attempt may do better.
    TryAgain(Error),
    /// Nothing was committed, or nobody can say.
    Final(Error),
}

impl Refusal {
    fn into_error(self) -> Error {
        match self {
            Self::TryAgain(error) | Self::Final(error) => error,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// Before the commit was sent, a lost connection and a deadlock are worth a second attempt; a lock that was
/// not to be had is not.
impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) | DbError::Conflict(_) | DbError::UniqueViolation(_) => {
                Self::TryAgain(error.into())
            }
            other => Self::Final(other.into()),
        }
    }
}

struct Attempt<'a> {
    state: &'a AppState,
    context: &'a IngestContext,
    transactions: &'a [Transaction],
    claims: &'a Claims<'a>,
    admission: Admission,
}

impl Attempt<'_> {
    async fn run(&mut self) -> Result<Done, Refusal> {
        // No connection within its time is final: the next attempt would only take that long again.
        let mut connection =
            self.state.database.connect().await.map_err(|error| Refusal::Final(error.into()))?;
        let result = self.run_on(&mut connection).await;
        if result.is_err() {
            connection.rollback().await;
        }
        result
    }

    async fn run_on(&mut self, connection: &mut Connection) -> Result<Done, Refusal> {
        let (actor, mut known) = self.first_round(connection).await?;
        if self.was_passed_over(&actor, &known) {
            // The counter moved past the limit between the count and the claim; the count admitted us.
            connection.rollback().await;
            known = self.first_round(connection).await?.1;
        }
        if known.active.configuration.is_none() {
            // A database that no start has configured yet: the environment's values become version 1.
            connection.rollback().await;
            configuration::seed_on(connection, &self.state.config, self.context.now).await?;
            known = self.first_round(connection).await?.1;
        }
        if known.won.is_empty() {
            connection.rollback().await;
        } else {
            return self.score_and_write(connection, actor, known).await;
        }
        let outcomes = self.outcomes(connection, &actor, &known, HashMap::new()).await?;
        Ok(Done { actor, outcomes })
    }

    /// Claims, locks and reads; admits the caller unless an earlier round did.
    async fn first_round(&mut self, connection: &mut Connection) -> Result<(Actor, Known), Refusal> {
        let limit = self.state.config.rate_limit;
        let window = window(limit, self.context.now);
        let admitted = match &self.admission {
            Admission::Granted(actor) => Some(actor.clone()),
            Admission::Unchecked => None,
        };
        let gate = match (&admitted, &self.context.sender) {
            (Some(actor), _) | (None, Sender::Function(actor)) => {
                ClaimGate::Admitted { bound_sources: actor.sources.as_deref() }
            }
            (None, Sender::Key(credentials)) => {
                ClaimGate::Presented { credentials, default_requests: limit.requests, now: self.context.now }
            }
        };
        let FirstRound { counted, won, known } = first(connection, self.claims, &gate, window).await?;
        if let (Some(counted), Sender::Key(credentials)) = (counted, &self.context.sender) {
            let counted = counted?;
            note_count(&counted, credentials, (limit, window));
            let actor = judge(&counted, credentials, Permission::Ingest)?;
            self.admission = Admission::Granted(actor);
        }
        won.map_err(in_progress)?;
        match &self.admission {
            Admission::Granted(actor) => Ok((actor.clone(), known?)),
            Admission::Unchecked => Err(Error::internal("a caller was neither counted nor admitted").into()),
        }
    }

    fn was_passed_over(&self, actor: &Actor, known: &Known) -> bool {
        self.transactions.iter().any(|transaction| {
            actor.is_bound_to(transaction.content.key.source.as_str())
                && !known.won.contains(&transaction.id.0)
                && !known.taken.contains_key(&key_of(transaction))
        })
    }

    async fn score_and_write(
        &self,
        connection: &mut Connection,
        actor: Actor,
        mut known: Known,
    ) -> Result<Done, Refusal> {
        let engine = engine::for_versions(self.state, connection.client()?, known.active).await?;
        let mine: Vec<Transaction> = self
            .transactions
            .iter()
            .filter(|transaction| known.won.contains(&transaction.id.0))
            .cloned()
            .collect();
        // A stopwatch, not a clock: nothing that is stored depends on it.
        let started = Instant::now();
        let mut scoring = Scoring::new(&engine, &mut known, self.context, &actor)?;
        for transaction in &mine {
            scoring.assess(transaction)?;
        }
        let scored = scoring.finish();
        let took = started.elapsed();
        let writes = Writes {
            transactions: &mine,
            assessments: &scored.assessments,
            accounts: scored.accounts(),
            shards: scored.shards(),
            alerts: scored.changed_alerts(),
            events: &scored.events,
        };
        match second(connection, &writes).await? {
            Ending::Committed => {}
            Ending::RolledBack(error) => return Err(error.into()),
            Ending::Unknown(error) => self.look_up(connection, (error, mine.len())).await?,
        }
        self.state.meter.note_assessed(scored.assessments.iter().map(|row| &row.record), took);
        let accepted = scored.assessments.into_iter().map(|row| (row.record.id.0, row.record)).collect();
        let outcomes = self.outcomes(connection, &actor, &known, accepted).await?;
        Ok(Done { actor, outcomes })
    }

    /// After a lost reply: asks a new connection, once, whether the commit happened. It takes the place of the
    /// lost one, which a pool of one would otherwise wait for.
    async fn look_up(
        &self,
        connection: &mut Connection,
        (lost, n_expected): (DbError, usize),
    ) -> Result<(), Refusal> {
        let unknown = |cause: DbError| {
            Refusal::Final(
                Error::new(
                    ErrorKind::OutcomeUnknown,
                    "the reply of the commit was lost; sending the same request again is safe",
                )
                .because(cause)
                .retry_after(1),
            )
        };
        connection.discard();
        *connection = self.state.database.connect().await.map_err(unknown)?;
        let found = ingest_keys::n_committed(connection.client()?, self.claims).await.map_err(unknown)?;
        if usize::try_from(found) == Ok(n_expected) {
            tracing::warn!(error = %crate::error::causes(&lost), "a commit's reply was lost, and it had happened");
            Ok(())
        } else {
            Err(Refusal::TryAgain(lost.into()))
        }
    }

    /// One outcome a transaction, in the order given; a taken key's first answer is read here.
    async fn outcomes(
        &self,
        connection: &Connection,
        actor: &Actor,
        known: &Known,
        mut accepted: HashMap<uuid::Uuid, crate::domain::assessment::AssessmentRecord>,
    ) -> Result<Vec<ItemOutcome>, Refusal> {
        let same: Vec<uuid::Uuid> = self
            .transactions
            .iter()
            .filter_map(|transaction| {
                let taken = known.taken.get(&key_of(transaction))?;
                (taken.content_hash == transaction.content.content_hash()).then_some(taken.transaction_id)
            })
            .collect();
        let mut first_answers = HashMap::new();
        if !same.is_empty() {
            let stored = assessments::find(connection.client()?, &same).await?;
            first_answers.extend(stored.into_iter().map(|stored| (stored.record.id.0, stored.record)));
        }
        let outcome = |transaction: &Transaction| {
            if !actor.is_bound_to(transaction.content.key.source.as_str()) {
                return Ok(ItemOutcome::Unbound);
            }
            if let Some(record) = accepted.remove(&transaction.id.0) {
                return Ok(ItemOutcome::Accepted(transaction.id, record));
            }
            let taken = known.taken.get(&key_of(transaction));
            let taken = taken.ok_or_else(|| Error::internal("a claim was neither won nor taken"))?;
            Ok(match first_answers.get(&taken.transaction_id) {
                Some(record) => ItemOutcome::Replayed(TransactionId(taken.transaction_id), record.clone()),
                None => ItemOutcome::Conflict,
            })
        };
        self.transactions.iter().map(outcome).collect::<Result<_, Error>>().map_err(Refusal::Final)
    }
}

fn key_of(transaction: &Transaction) -> (String, String) {
    let key = &transaction.content.key;
    (key.source.to_string(), key.external_id.to_string())
}

/// A lock that times out on the natural key means that somebody is ingesting it right now.
fn in_progress(error: DbError) -> Refusal {
    match error {
        DbError::Busy(_) => Refusal::Final(
            Error::new(
                ErrorKind::InProgress,
                "a transaction with this source and external_id is being ingested",
            )
            .because(error)
            .retry_after(1),
        ),
        other => other.into(),
    }
}
