//! The synthetic history through a deployment's API: behind a stage's path, at the key's limit, with the deployment's
//! own schedule. A part of the history stands for the whole, which `telltale run` sends in the same way.

use crate::deployment::Deployment;
use local::client::{Client, ClientOptions};
use local::console::Progress;
use local::delivery::{Delivery, deliver};
use local::seed::history::History;
use local::timeline::{ScheduledTask, Timeline};
use local::wire::Task;
use shared::domain::access::Role;
use std::process::Command;
use std::time::Duration;

const N_TRANSACTIONS: usize = 400;
const N_LABELS: usize = 3;

/// The first of a history, the labels of its first frauds, and a task.
fn beginning() -> Timeline {
    let history = History::generate(1, "2026-03-01T00:00:00Z".parse().unwrap()).unwrap();
    let mut transactions: Vec<_> = history
        .transactions
        .iter()
        .take(N_TRANSACTIONS - N_LABELS)
        .map(|one| one.transaction.clone())
        .collect();
    let labels: Vec<_> = history.labels.iter().take(N_LABELS).cloned().collect();
    let of_labels = |id: &str| labels.iter().any(|label| label.external_id == id);
    let known: Vec<String> = transactions.iter().map(|one| one.external_id.clone()).collect();
    let rest = history.transactions.iter().map(|one| &one.transaction);
    transactions
        .extend(rest.filter(|one| of_labels(&one.external_id) && !known.contains(&one.external_id)).cloned());
    let tasks = vec![ScheduledTask { as_of: history.as_of, task: Task::Snapshot }];
    Timeline::new(transactions, labels, tasks)
}

async fn send(client: &Client, timeline: &Timeline) -> Delivery {
    deliver(client, timeline, 100, &Progress::start("seed", 0)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_goes_through_a_stages_path_at_the_keys_limit_and_counts_once() {
    // Two requests a second: the history needs more, and waits as it is told.
    let limit = [("RATE_LIMIT_REQUESTS", "2"), ("RATE_LIMIT_WINDOW_SECONDS", "1")];
    let deployment = Deployment::start(&limit).await;
    assert!(deployment.url.ends_with("/live"));

    let key = deployment.app.with_role(Role::Ingest).await.key().to_owned();
    let client = Client::try_new(ClientOptions {
        patience: Duration::from_secs(60),
        ..ClientOptions::new(deployment.url.clone(), key)
    })
    .unwrap();
    let timeline = beginning();
    let n = timeline.transactions().len() as u64;
    let first = send(&client, &timeline).await;
    assert!(first.is_complete(), "{:?}", first.faults);
    assert_eq!((first.transactions.n_accepted, first.labels.n_accepted), (n, N_LABELS as u64));
    assert_eq!(first.tasks.n_not_served, 1, "a deployment has no route for tasks");

    let second = send(&client, &timeline).await;
    assert!(second.is_complete(), "{:?}", second.faults);
    assert_eq!((second.transactions.n_accepted, second.transactions.n_replayed), (0, n));
    let stored = deployment.app.database.number("select count(*) from transactions").await;
    assert_eq!(u64::try_from(stored).unwrap(), n);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_that_stops_says_how_to_go_on() {
    let deployment = Deployment::start(&[]).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_telltale"));
    command.args(["seed", "--url", &deployment.url, "--as-of", "2026-03-01T00:00:00Z"]);
    command.env("TELLTALE_ADMIN_KEY", "tt_wrong");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("add --seed 1 --as-of 2026-03-01T00:00:00Z") && said.contains("401"), "{said}");
}
