//! Brings the database to this version of the code: as a custom resource of CloudFormation, or called by hand.
//!
//! A custom resource that never answers holds a deployment up for an hour. So there is always an answer: of a failure,
//! of a panic, and of work that would not end before Lambda ends the function.

mod custom_resource;

use custom_resource::{Request, RequestType};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::config::Config;
use shared::error::{Error, ErrorKind};
use shared::state::AppState;
use shared::workflow::deployment::{Deployed, deploy};
use std::time::Duration;

/// Kept of the function's time for the answer, which itself may take a few attempts.
const FOR_THE_ANSWER: Duration = Duration::from_secs(10);

/// The configuration with the owner's database as the database.
#[must_use]
pub fn as_owner(mut config: Config) -> Config {
    config.database_url.clone_from(&config.migrate_database_url);
    config
}

/// Does what an event asks for: a custom resource's event is answered at its address, any other (`{}`) to the caller.
///
/// # Errors
/// When a custom resource's answer cannot be delivered, or, called by hand, when the deployment failed. Trying again is
/// safe.
pub async fn handler(state: &AppState, event: &Value, time_left: Duration) -> Result<Value, Error> {
    let within = time_left.saturating_sub(FOR_THE_ANSWER);
    let Some(request) = Request::read(event)? else {
        return deploy_within(state, within).await.map(|deployed| describe(&deployed));
    };
    let outcome = match request.kind {
        // The data outlives the stack's resource.
        RequestType::Delete => Ok(json!({})),
        RequestType::Create | RequestType::Update => {
            deploy_within(state, within).await.map(|deployed| describe(&deployed))
        }
    };
    request.answer(&outcome).await?;
    Ok(json!({"answered": if outcome.is_ok() { "SUCCESS" } else { "FAILED" }}))
}

/// In a task of its own, so that a panic and the deadline become errors. Given up, it closes its connections, and the
/// server rolls back what was not finished.
async fn deploy_within(state: &AppState, within: Duration) -> Result<Deployed, Error> {
    let state = state.clone();
    let mut work = tokio::spawn(async move { deploy(&state, Timestamp::now()).await });
    let Ok(ended) = tokio::time::timeout(within, &mut work).await else {
        work.abort();
        // Waits until it has let go of its connections; that it was ended is what it answers.
        let _ended = work.await;
        let message = format!(
            "the deployment of the database did not end within {} s and was given up; what it had finished stays, and \
             the next one goes on from there",
            within.as_secs()
        );
        return Err(Error::new(ErrorKind::DeadlineExceeded, message));
    };
    ended.map_err(Error::internal)?
}

fn describe(deployed: &Deployed) -> Value {
    match deployed {
        Deployed::Newer { schema } => json!({"schema_version": schema, "applied": [], "is_newer": true}),
        Deployed::UpToDate(changes) => json!({
            "schema_version": changes.schema,
            "applied": changes.applied,
            "logins": changes.logins,
            "configuration_version": changes.configuration,
            "admin_key_stored": changes.has_stored_admin_key,
        }),
    }
}
