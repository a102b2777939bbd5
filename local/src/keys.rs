//! The keys of a local run, kept beside its database so that they stay the same from run to run.

use crate::commands::BoxedError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::domain::access::Role;
use shared::state::AppState;
use shared::workflow::keys::{ApiKey, KeyPurpose, store};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Where the keys are kept; readable by this user alone.
const FILE: &str = ".local/keys.json";

/// The keys that the page shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LocalKeys {
    /// May do everything, without a rate limit.
    pub admin: String,
    /// Works on alerts.
    pub analyst: String,
}

/// The keys of this machine, made at the first run, and stored in the database.
///
/// # Errors
/// When the file cannot be used, the admin key given is no key, or the database does not answer.
pub async fn prepare(state: &AppState, now: Timestamp) -> Result<LocalKeys, BoxedError> {
    let mut keys = read_or_make()?;
    if let Some(given) = &state.config.admin_key {
        keys.admin.clone_from(given);
    }
    let roles = [(&keys.admin, Role::Admin), (&keys.analyst, Role::Analyst)];
    for (text, role) in roles {
        let key = ApiKey::parse(text).ok_or(
            "TELLTALE_ADMIN_KEY must read tt_<id>_<secret>, such as tt_local_ and 32 random characters",
        )?;
        let purpose = KeyPurpose::of_role("local", role);
        store(state, &key, &purpose, now).await?;
    }
    Ok(keys)
}

fn read_or_make() -> Result<LocalKeys, BoxedError> {
    match fs::read_to_string(FILE) {
        Ok(text) => Ok(serde_json::from_str(&text)
            .map_err(|error| format!("{FILE} cannot be read: {error}; remove it"))?),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let keys =
                LocalKeys { admin: ApiKey::generate()?.reveal(), analyst: ApiKey::generate()?.reveal() };
            write(&keys)?;
            Ok(keys)
        }
        Err(error) => Err(format!("{FILE} cannot be read: {error}").into()),
    }
}

fn write(keys: &LocalKeys) -> Result<(), BoxedError> {
    if let Some(folder) = Path::new(FILE).parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(FILE)?;
    file.write_all(serde_json::to_string_pretty(keys)?.as_bytes())?;
    Ok(())
}
