//! Bringing a database to this version of the code: schema, logins, first configuration, first admin key.
//!
//! Every step can be repeated: a deployment that failed half-way goes on at the next. Runs as the owner, over a direct
//! connection.

use super::{configuration, keys};
use crate::db::migrations::{self, FUNCTION_ROLES, IAM_ROLE, MigrateError};
use crate::error::{Error, ErrorKind};
use crate::state::{AppState, owner};
use jiff::Timestamp;

/// What a deployment found or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deployed {
    /// The schema is this version's.
    UpToDate(Changes),
    /// A newer version of the code has brought the schema further. This one runs on it, so nothing was changed.
    Newer {
        /// The newest migration applied.
        schema: i32,
    },
}

/// What a deployment changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The migrations applied.
    pub applied: Vec<i32>,
    /// The newest migration applied, now or before.
    pub schema: i32,
    /// The functions' roles that can log in by IAM.
    pub logins: Vec<String>,
    /// The configuration version that the environment's values made, if they are new.
    pub configuration: Option<i64>,
    /// Whether the first admin key was stored.
    pub has_stored_admin_key: bool,
}

/// Applies what is missing. The state's database is the owner's.
///
/// # Errors
/// When the database does not answer, a migration fails (it was rolled back, those before it stay), or the admin key is
/// no key.
pub async fn deploy(state: &AppState, now: Timestamp) -> Result<Deployed, Error> {
    let applied = match migrations::migrate(&owner(&state.config)?).await {
        Ok(applied) => applied,
        Err(MigrateError::Newer { schema, ours }) => {
            tracing::warn!(schema, ours, "the schema is newer than the code, and was left as it is");
            return Ok(Deployed::Newer { schema });
        }
        Err(error) => {
            let message = "the schema was not brought up to date";
            return Err(Error::new(ErrorKind::InternalError, message).because(error));
        }
    };
    let connection = state.database.connect().await?;
    let logins = migrations::give_logins(connection.client()?, &FUNCTION_ROLES, IAM_ROLE).await?;
    drop(connection);
    let configuration = configuration::seed(state, now).await?;
    let has_stored_admin_key = match &state.config.admin_key {
        Some(key) => keys::store_first_admin(state, key, now).await?,
        None => false,
    };
    let schema = migrations::newest();
    tracing::info!(?applied, schema, ?configuration, has_stored_admin_key, "the database was deployed");
    Ok(Deployed::UpToDate(Changes { applied, schema, logins, configuration, has_stored_admin_key }))
}
