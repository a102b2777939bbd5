//! Pooled connections, and a guard that never returns a half-used one to the pool.

use super::error::DbError;
use super::waits::{PoolStatus, Waits};
use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio_postgres::{Client, NoTls};

/// Waiting for a free connection, and making one: the TCP connect and the handshake. What checks an idle one
/// is [`CHECK`].
const TIMEOUTS: Timeouts = Timeouts {
    wait: Some(Duration::from_secs(1)),
    create: Some(Duration::from_secs(2)),
    recycle: Some(Duration::from_millis(500)),
};
/// How long asking an idle connection for a sign of life may take.
const CHECK: Duration = Duration::from_millis(500);
/// A connection that was used within this time is taken as it is: asking would be a round trip more for every
/// request. One that rested longer may sit on a socket that died while the process was frozen, and would hang.
const RESTED: Duration = Duration::from_secs(1);

/// The pool of one process.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    rest: Arc<Rest>,
    waits: Arc<Waits>,
}

/// Sees how long the process rested. The monotonic clock may stand still while a process is frozen, so the
/// wall clock is asked too.
#[derive(Debug)]
struct Rest {
    last_taken: Mutex<SystemTime>,
}

impl Rest {
    /// The time since a connection was last taken, by the wall clock; a clock set back counts as a long rest.
    fn until_now(&self) -> Duration {
        let now = SystemTime::now();
        let mut last_taken = self.last_taken.lock().unwrap_or_else(PoisonError::into_inner);
        let rested = now.duration_since(*last_taken).unwrap_or(Duration::MAX);
        *last_taken = now;
        rested
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("pool", &self.pool.status()).finish()
    }
}

impl Database {
    /// A pool of at most `size` connections; none is made yet.
    ///
    /// # Errors
    /// When the connection string cannot be parsed.
    pub fn new(url: &str, size: usize) -> Result<Self, DbError> {
        let target: tokio_postgres::Config =
            url.parse().map_err(|error: tokio_postgres::Error| DbError::Address(error.into()))?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let rest = Arc::new(Rest { last_taken: Mutex::new(SystemTime::now()) });
        let seen = Arc::clone(&rest);
        let pool = Pool::builder(Manager::from_config(target, NoTls, recycling))
            .max_size(size)
            .runtime(Runtime::Tokio1)
            .timeouts(TIMEOUTS)
            .pre_recycle(Hook::async_fn(move |client: &mut ClientWrapper, metrics| {
                let rested = seen.until_now().max(metrics.last_used());
                Box::pin(check(client, rested))
            }))
            .build()
            .map_err(|error| DbError::Unavailable(error.into()))?;
        Ok(Self { pool, rest, waits: Arc::default() })
    }

    /// Takes a connection out of the pool.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when none is free or can be made in time.
    pub async fn connect(&self) -> Result<Connection, DbError> {
        let asked = Instant::now();
        let object = self.pool.get().await;
        self.waits.note(asked.elapsed());
        let object = object.map_err(|error| DbError::Unavailable(error.into()))?;
        self.rest.until_now();
        Ok(Connection { object: Some(object), is_settled: true })
    }

    /// How long callers waited for a connection, failures included.
    pub fn waits(&self) -> &Waits {
        &self.waits
    }

    /// The pool right now.
    pub fn pool_status(&self) -> PoolStatus {
        let status = self.pool.status();
        PoolStatus { n_connections: status.size, n_idle: status.available, n_waiting: status.waiting }
    }
}

/// Asks a connection that rested for a sign of life; one that gives none is closed and another is made.
async fn check(client: &mut ClientWrapper, rested: Duration) -> Result<(), HookError> {
    if rested <= RESTED {
        return Ok(());
    }
    match tokio::time::timeout(CHECK, client.query_typed("select", &[])).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(HookError::Backend(error)),
        Err(_) => Err(HookError::message("the connection gave no sign of life")),
    }
}

/// A connection out of the pool. While a SQL transaction is not known to have ended it counts as unsettled;
/// dropped then, by an error or a deadline, it is closed instead of given back.
#[derive(Debug)]
pub struct Connection {
    object: Option<Object>,
    is_settled: bool,
}

impl Connection {
    /// The client, for statements.
    ///
    /// # Errors
    /// Never in practice: the client is there until the connection is dropped.
    pub fn client(&self) -> Result<&Client, DbError> {
        self.object
            .as_ref()
            .map(|object| &***object)
            .ok_or_else(|| DbError::Unreadable("the connection was given back".into()))
    }

    /// Says that a SQL transaction is about to begin.
    pub fn unsettle(&mut self) {
        self.is_settled = false;
    }

    /// Says that the SQL transaction has ended: its commit or rollback was confirmed.
    pub fn settle(&mut self) {
        self.is_settled = true;
    }

    /// Closes it, so that the pool may make another in its place: it was lost and nothing more can be asked of it.
    pub fn discard(&mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }

    /// Begins a SQL transaction.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&mut self) -> Result<&Client, DbError> {
        self.unsettle();
        let client = self.client()?;
        client.batch_execute("begin").await?;
        Ok(client)
    }

    /// Begins a SQL transaction that refuses every write. It is never committed: the connection is closed after.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_read_only(&mut self) -> Result<(), DbError> {
        self.unsettle();
        self.client()?.batch_execute("begin read only").await?;
        Ok(())
    }

    /// Commits. Only called when every statement since `begin` succeeded: a commit after an error answers
    /// ROLLBACK without an error of its own.
    ///
    /// # Errors
    /// When the database does not confirm; the outcome is then unknown.
    pub async fn commit(&mut self) -> Result<(), DbError> {
        match self.client()?.batch_execute("commit").await.map_err(DbError::from) {
            Ok(()) => {
                self.settle();
                Ok(())
            }
            Err(DbError::Unavailable(cause)) => Err(DbError::Unconfirmed(cause)),
            Err(other) => Err(other),
        }
    }

    /// Rolls back; a connection that cannot even do that is closed when dropped.
    pub async fn rollback(&mut self) {
        if let Ok(client) = self.client()
            && client.batch_execute("rollback").await.is_ok()
        {
            self.settle();
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(object) = self.object.take()
            && !self.is_settled
        {
            drop(Object::take(object));
        }
    }
}
