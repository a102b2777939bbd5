//! Removing what has ended: sessions that were ended and would have ended by themselves by now, and counts of requests
//! of windows long past; idempotency keys after a day, deliveries after a month. Nothing that is correct depends on it;
//! keys, lists and snoozes stay as history.

use super::Moment;
use crate::db::{deliveries, idempotency, rate_counters, sessions};
use crate::error::Error;
use crate::state::AppState;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Rows that one statement removes: far fewer than its time allows.
const AT_ONCE: i64 = 5_000;
/// How long what has ended is kept: another instance's clock may be behind.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How long counts of a window are kept: windows are shorter than a day.
const WINDOWS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long a client may send a request again under its `Idempotency-Key`.
const KEYS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long what was delivered or given up is kept, to be looked at and ordered again.
const DELIVERIES_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Sends a statement until it removes less than it may at once; how many rows it removed.
macro_rules! all_of {
    ($remove:path, $client:expr, $before:expr) => {{
        let mut n_removed = 0;
        loop {
            let n = $remove($client, $before, AT_ONCE).await?;
            n_removed += n;
            if n < AT_ONCE.unsigned_abs() {
                break n_removed;
            }
        }
    }};
}

/// Removes what has ended, part by part. Each part is committed by itself, so that a task that is cut short has done
/// something.
pub(super) async fn run(state: &AppState, moment: Moment) -> Result<Value, Error> {
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    let n_sessions = all_of!(sessions::remove_ended, client, moment.now - KEPT);
    let n_counters = all_of!(rate_counters::remove_past, client, moment.now - WINDOWS_KEPT);
    let n_keys = all_of!(idempotency::remove_old, client, moment.now - KEYS_KEPT);
    let n_deliveries = all_of!(deliveries::remove_ended, client, moment.now - DELIVERIES_KEPT);
    Ok(
        json!({"deliveries": n_deliveries, "sessions": n_sessions, "rate_counters": n_counters, "idempotency_keys": n_keys}),
    )
}
