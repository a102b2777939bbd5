//! The schedule's dispatcher: an event names a task and, for a replay of history, the moment it is done as of.
//!
//! `{"task": "retrain", "as_of": "2026-01-31T00:00:00Z"}`; without `as_of` it is now.

use jiff::Timestamp;
use serde_json::Value;
use shared::error::Error;
use shared::http::fields::{Fields, read_time};
use shared::state::AppState;
use shared::workflow::retrain::{Moment, Task, run};

/// Does the task that an event asks for; answers what it made.
///
/// # Errors
/// 422 when the event is malformed; otherwise when the database does not answer. The schedule tries again.
pub async fn handler(state: &AppState, event: &Value, now: Timestamp) -> Result<Value, Error> {
    let mut fields = Fields::new(event, "");
    let task = fields.required("task", Task::parse);
    let as_of = fields.optional("as_of", read_time);
    match (task, fields.finish()) {
        (Some(task), problems) if problems.is_empty() => {
            run(state, task, Moment { as_of: as_of.unwrap_or(now), now }).await
        }
        (_, problems) => Err(Error::validation(problems)),
    }
}
