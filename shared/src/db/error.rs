//! A driver's error, sorted by what the caller can do about it.

use std::error::Error as StdError;
use tokio_postgres::error::SqlState;

/// What the server or the driver said, for the log. Without the server's DETAIL, which may quote a whole row:
/// no log line holds an account beside an amount.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Said(String);

impl From<tokio_postgres::Error> for Said {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(server) = error.as_db_error() else {
            let cause = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
            return Self(format!("{error}{cause}"));
        };
        let place =
            [server.table(), server.constraint()].into_iter().flatten().collect::<Vec<_>>().join(", ");
        Self(format!("{} {} [{place}]", server.code().code(), server.message()))
    }
}

/// Why a statement or a connection failed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection, or it broke: try again on another.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// The connection broke while a commit was under way: it may have happened.
    #[error("the reply to a commit was lost")]
    Unconfirmed(#[source] Box<dyn StdError + Send + Sync>),
    /// A lock or the statement's own time ran out: try again shortly.
    #[error("the statement waited too long")]
    Busy(#[source] Said),
    /// A deadlock or serialisation failure: the whole SQL transaction can be tried again.
    #[error("the SQL transaction was rolled back and can be tried again")]
    Conflict(#[source] Said),
    /// A unique key is taken.
    #[error("the key is taken")]
    UniqueViolation(#[source] Said),
    /// An earlier statement of the same SQL transaction failed; its error says why.
    #[error("the SQL transaction had failed before this statement")]
    Aborted(#[source] Said),
    /// The connection string cannot be parsed.
    #[error("the connection string cannot be parsed; it reads postgres://user:password@host:port/database")]
    Address(#[source] Said),
    /// The connection string, or a file it needs, asks for what cannot be or must not be: mend the settings.
    #[error("the database cannot be connected to as configured: {0}")]
    Unusable(String),
    /// A stored value does not have the shape its column promises.
    #[error("a stored value cannot be read: {0}")]
    Unreadable(String),
    /// Anything else: a fault of ours.
    #[error("the database refused a statement")]
    Unexpected(#[source] Said),
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        let state = error.code().cloned();
        let error = Said::from(error);
        let Some(state) = state else {
            return Self::Unavailable(error.into());
        };
        match state {
            SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED => Self::Busy(error),
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Self::Conflict(error),
            SqlState::UNIQUE_VIOLATION => Self::UniqueViolation(error),
            SqlState::IN_FAILED_SQL_TRANSACTION => Self::Aborted(error),
            SqlState::READ_ONLY_SQL_TRANSACTION => Self::Unavailable(error.into()),
            // 08 connection, 28 login, 53 resources, 57 operator's intervention: the server, not the statement.
            _ if ["08", "28", "53", "57"].iter().any(|class| state.code().starts_with(class)) => {
                Self::Unavailable(error.into())
            }
            _ => Self::Unexpected(error),
        }
    }
}

impl DbError {
    /// Whether the connection itself is lost, so that a new one may do better.
    pub fn is_lost_connection(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
