//! The commands that work on the database itself: `migrate`, `retrain`, `rebuild-profiles`, `serve` and `run`.

use super::BoxedError;
use crate::client::{Client, ClientOptions};
use crate::console;
use crate::page::page;
use crate::seed::{SeedOptions, seed};
use crate::{keys, serve};
use clap::Args;
use jiff::Timestamp;
use shared::config::Config;
use shared::db::migrations;
use shared::state::{self, AppState};
use shared::telemetry;
use shared::workflow::retrain::{Moment, Task};
use shared::workflow::{configuration, health, profiles};

/// How to run.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Leave an empty database empty, for data of your own.
    #[arg(long)]
    no_seed: bool,
}

/// As of when to learn.
#[derive(Debug, Args)]
pub(super) struct RetrainArguments {
    /// The end of what is learned from, such as 2026-03-04T15:20:00Z; now, if not given.
    #[arg(long)]
    as_of: Option<Timestamp>,
}

/// Applies what is missing of the schema.
pub(super) async fn migrate() -> Result<(), BoxedError> {
    let config = Config::from_environment()?;
    let applied = apply_migrations(&config).await?;
    console::result(&match applied {
        0 => "The schema was up to date.".to_owned(),
        n => format!("Applied {n} migrations."),
    });
    Ok(())
}

async fn apply_migrations(config: &Config) -> Result<usize, BoxedError> {
    let owner = state::owner(config)?;
    let applied = migrations::migrate(&owner).await?;
    migrations::grant_rights(&owner, &state::application(config)?).await?;
    Ok(applied.len())
}

/// Makes a population baseline and trains the ml layer's model, as the schedule does.
pub(super) async fn retrain(arguments: RetrainArguments) -> Result<(), BoxedError> {
    let now = Timestamp::now();
    let state = AppState::new(Config::from_environment()?, now)?;
    let moment = Moment { as_of: arguments.as_of.unwrap_or(now), now };
    for task in [Task::Snapshot, Task::Retrain] {
        let made = shared::workflow::retrain::run(&state, task, moment).await?;
        console::result(&format!("{}: {made}", task.as_str()));
    }
    Ok(())
}

/// Rebuilds every profile from the stored transactions and labels.
pub(super) async fn rebuild_profiles() -> Result<(), BoxedError> {
    let state = AppState::new(Config::from_environment()?, Timestamp::now())?;
    let rebuilt = profiles::rebuild(&state).await?;
    console::result(&format!(
        "Rebuilt {} accounts and {} counterparties from {} transactions.",
        rebuilt.accounts, rebuilt.counterparties, rebuilt.transactions
    ));
    Ok(())
}

/// Serves over a migrated database.
pub(super) async fn serve(config: Config) -> Result<(), BoxedError> {
    telemetry::start(config.log);
    let listener = serve::listen(config.port).await?;
    let state = AppState::new(config, Timestamp::now())?;
    serve::serve(listener, state).await
}

/// Migrates, seeds an empty database, serves, and says what to do next.
pub(super) async fn run(arguments: RunArguments, config: Config) -> Result<(), BoxedError> {
    let now = Timestamp::now();
    let listener = serve::listen(config.port).await?;
    let port = listener.local_addr()?.port();
    let n_applied = apply_migrations(&config).await?;
    if n_applied > 0 {
        console::remark(&format!("Applied {n_applied} migrations."));
    }
    let state = AppState::new(config, now)?;
    configuration::seed(&state, now).await?;
    let keys = keys::prepare(&state, now).await?;
    let is_empty = !health::has_transactions(&state).await?;
    let mut server = tokio::spawn(serve::serve(listener, state.clone()));
    if is_empty && !arguments.no_seed {
        console::remark("The database is empty: seeding it with a synthetic history.");
        let client =
            Client::try_new(ClientOptions::new(format!("http://127.0.0.1:{port}"), keys.admin.clone()))?;
        let summary = tokio::select! {
            summary = seed(&client, SeedOptions::new(now)) => summary?,
            // Asked to end meanwhile: there is nobody left to seed.
            ended = &mut server => return ended?,
        };
        console::remark(&summary.to_string());
    }
    // Only now: a line for each of the seed's requests would bury the page.
    telemetry::start(state.config.log);
    console::result(&page(port, &keys, Timestamp::now()));
    server.await?
}
