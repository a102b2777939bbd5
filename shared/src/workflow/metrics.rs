//! What the database says of the service: for `GET /metrics`, and for the schedule's metric line.

use super::access::admit;
use crate::db::connection::Connection;
use crate::db::figures;
use crate::db::snapshots::{self, SnapshotKind};
use crate::domain::access::{Credentials, Permission};
use crate::domain::figures::{DriftFigures, Figures};
use crate::error::Error;
use crate::state::AppState;
use futures_util::try_join;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Drift is measured once a day; what is older than this is of another time.
const DRIFT_KEPT: SignedDuration = SignedDuration::from_hours(72);

/// The audit trail is verified every hour; what is older than this says nothing of now.
const VERIFICATION_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Who asks: an admin by a key, or a monitor by the token of the settings.
#[derive(Debug)]
pub struct Reader {
    /// What the caller showed, read as a key.
    pub credentials: Credentials,
    /// The same as it is.
    pub token: Option<String>,
}

/// Admits the reader, then reads the figures.
///
/// # Errors
/// 401, 403 or 429 where the reader is refused; 503 when the database cannot be reached.
pub async fn read(state: &AppState, reader: &Reader, now: Timestamp) -> Result<Figures, Error> {
    let connection = if is_the_token(state.config.metrics_token.as_deref(), reader.token.as_deref()) {
        state.database.connect().await?
    } else {
        admit(state, &reader.credentials, Permission::Administer, now).await?.connection
    };
    on(&connection, now).await
}

/// Hashes are compared, in constant time: neither the token nor its length can be measured.
fn is_the_token(expected: Option<&str>, shown: Option<&str>) -> bool {
    let (Some(expected), Some(shown)) = (expected, shown) else {
        return false;
    };
    bool::from(Sha256::digest(expected).as_slice().ct_eq(Sha256::digest(shown).as_slice()))
}

/// Reads the figures as of `now`.
///
/// # Errors
/// When the database does not answer.
pub async fn figures(state: &AppState, now: Timestamp) -> Result<Figures, Error> {
    let connection = state.database.connect().await?;
    on(&connection, now).await
}

async fn on(connection: &Connection, now: Timestamp) -> Result<Figures, Error> {
    let client = connection.client()?;
    let (open, decisions, made_at, drift, n_stray, audit) = try_join!(
        figures::open_alerts(client, now),
        figures::decisions(client, now),
        figures::champion_made_at(client),
        snapshots::newest(client, SnapshotKind::Drift, now - DRIFT_KEPT),
        figures::n_stray(client),
        snapshots::newest(client, SnapshotKind::AuditVerification, now - VERIFICATION_KEPT),
    )?;
    Ok(Figures {
        n_active: open.n_active,
        n_late: open.n_late,
        false_positive_percent: percent(decisions.n_false_positive, decisions.n_conclusive),
        resolution_seconds: decisions.resolution_seconds,
        model_age_seconds: made_at.map(|made_at| now.duration_since(made_at).as_secs_f64().max(0.0)),
        drift: drift.as_ref().and_then(drift_figures),
        n_stray,
        n_audit_faults: audit.and_then(|stored| stored["n_broken"].as_i64()),
    })
}

fn percent(n: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| 100.0 * n as f64 / of as f64)
}

/// What [`super::retrain`] stored; figures of another shape are of another version, and say nothing here.
fn drift_figures(stored: &Value) -> Option<DriftFigures> {
    Some(DriftFigures { score: stored["score"].as_f64()?, feature: stored["feature"].as_f64()? })
}
