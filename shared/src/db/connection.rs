//! Pooled connections, and a guard that never returns a half-used one to the pool.

use super::error::DbError;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts};
use std::time::Duration;
use tokio_postgres::{Client, NoTls};

/// A socket that died while the process was frozen hangs without these: waiting for a free connection,
/// making one (the TCP connect and the handshake), and checking an idle one.
const TIMEOUTS: Timeouts = Timeouts {
    wait: Some(Duration::from_secs(1)),
    create: Some(Duration::from_secs(2)),
    recycle: Some(Duration::from_millis(500)),
};

/// The pool of one process.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
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
        let target: tokio_postgres::Config = url.parse().map_err(DbError::Address)?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Verified };
        let pool = Pool::builder(Manager::from_config(target, NoTls, recycling))
            .max_size(size)
            .runtime(Runtime::Tokio1)
            .timeouts(TIMEOUTS)
            .build()
            .map_err(|error| DbError::Unavailable(error.into()))?;
        Ok(Self { pool })
    }

    /// Takes a connection out of the pool.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when none is free or can be made in time.
    pub async fn connect(&self) -> Result<Connection, DbError> {
        let object = self.pool.get().await.map_err(|error| DbError::Unavailable(error.into()))?;
        Ok(Connection { object: Some(object), is_settled: true })
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

    /// Commits. Only called when every statement since `begin` succeeded: a commit after an error answers
    /// ROLLBACK without an error of its own.
    ///
    /// # Errors
    /// When the database does not confirm; the outcome is then unknown.
    pub async fn commit(&mut self) -> Result<(), DbError> {
        self.client()?.batch_execute("commit").await?;
        self.settle();
        Ok(())
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
