//! A database's failure in the words of the API.

use crate::db::error::DbError;
use crate::error::{Error, ErrorKind};

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) => {
                Self::new(ErrorKind::DatabaseUnavailable, "Service temporarily unavailable").retry_after(1)
            }
            DbError::Unconfirmed(_) => Self::new(
                ErrorKind::OutcomeUnknown,
                "the reply of the commit was lost; sending the same request again is safe",
            )
            .retry_after(1),
            DbError::Busy(_) | DbError::Conflict(_) | DbError::UniqueViolation(_) => {
                Self::new(ErrorKind::Busy, "another request holds what this one needs; try again")
                    .retry_after(1)
            }
            DbError::Address(_)
            | DbError::Unusable(_)
            | DbError::Aborted(_)
            | DbError::Unreadable(_)
            | DbError::Unexpected(_) => {
                return Self::internal(error);
            }
        }
        .because(error)
    }
}
