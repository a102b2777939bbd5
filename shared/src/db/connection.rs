//! Pooled connections, and a guard that never returns a half-used one to the pool.

use super::endpoint::{Endpoint, Opened};
use super::error::DbError;
use super::waits::{PoolStatus, Waits};
use deadpool_postgres::{
    ClientWrapper, Connect, Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError,
    RecyclingMethod, Runtime, Timeouts,
};
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config};

/// How long a request waits for a free connection.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long making a connection may take: the TCP connect, TLS and the login. The driver's own limit is for the
/// first of these only.
pub const CREATE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long asking an idle connection for a sign of life may take.
pub const RECYCLE_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a statement may run. It stands on the database role, since a pooler passes no session settings on; a
/// test asks the server for it. Below a request's time, so that the server gives up first: dropping a statement
/// here does not end it there.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a statement may wait for a lock; on the role too.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(1);
/// A connection that was used within this time is taken as it is: asking would be a round trip more for every
/// request. One that rested longer may sit on a socket that died while the process was frozen, and would hang.
const RESTED: Duration = Duration::from_secs(1);

/// The pool of one process.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    endpoint: Endpoint,
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
    /// Never in practice: the pool has the runtime that its timeouts need.
    pub fn new(endpoint: Endpoint, size: usize) -> Result<Self, DbError> {
        let rest = Arc::new(Rest { last_taken: Mutex::new(SystemTime::now()) });
        let timeouts = Timeouts {
            wait: Some(WAIT_TIMEOUT),
            create: Some(CREATE_TIMEOUT),
            recycle: Some(RECYCLE_TIMEOUT),
        };
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(endpoint.target().clone(), endpoint.clone(), recycling);
        let seen = Arc::clone(&rest);
        let pool = Pool::builder(manager)
            .max_size(size)
            .runtime(Runtime::Tokio1)
            .timeouts(timeouts)
            .pre_recycle(Hook::async_fn(move |client: &mut ClientWrapper, metrics| {
                let rested = seen.until_now().max(metrics.last_used());
                Box::pin(check(client, rested))
            }))
            .build()
            .map_err(|error| DbError::Unavailable(error.into()))?;
        Ok(Self { pool, endpoint, rest, waits: Arc::default() })
    }

    /// Takes a connection out of the pool.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when none is free or can be made in time.
    pub async fn connect(&self) -> Result<Connection, DbError> {
        let asked = Instant::now();
        let object = self.take().await;
        self.waits.note(asked.elapsed());
        let object = object?;
        self.rest.until_now();
        Ok(Connection { object: Some(object), is_settled: true })
    }

    /// Only what the driver has an error for may fail within the pool; so what a login needs is seen to before. A
    /// connection that is at hand needs nothing.
    async fn take(&self) -> Result<Object, DbError> {
        if self.pool.status().available == 0 {
            self.endpoint.make_ready().await?;
        }
        self.pool.get().await.map_err(unavailable)
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

/// Whatever kept a connection from being had, the caller can only try again.
fn unavailable(error: PoolError) -> DbError {
    let error = match error {
        PoolError::Backend(error) => DbError::from(error),
        error => return DbError::Unavailable(error.into()),
    };
    if error.is_lost_connection() { error } else { DbError::Unavailable(error.into()) }
}

/// Makes connections for the pool; the endpoint knows itself where.
impl Connect for Endpoint {
    fn connect(&self, _: &Config) -> BoxFuture<'_, Result<Opened, tokio_postgres::Error>> {
        self.log_in()
    }
}

/// Asks a connection that rested for a sign of life; one that gives none is closed and another is made.
async fn check(client: &mut ClientWrapper, rested: Duration) -> Result<(), HookError> {
    if rested <= RESTED {
        return Ok(());
    }
    // The pool's own limit is for what comes after its hooks.
    match tokio::time::timeout(RECYCLE_TIMEOUT, client.query_typed("select", &[])).await {
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

/// For the rest of the SQL transaction.
const LIMIT_STATEMENTS: &str = "select set_config('statement_timeout', $1, true)";

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

    /// Begins a SQL transaction of which the server gives up every statement that takes longer than `limit`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_within(&mut self, limit: Duration) -> Result<(), DbError> {
        let client = self.begin().await?;
        let limit = format!("{}ms", limit.as_millis());
        client.query_typed(LIMIT_STATEMENTS, &[(&limit, Type::TEXT)]).await?;
        Ok(())
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
