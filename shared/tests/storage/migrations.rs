//! Migrating an empty database: two at once, and again.

use shared::config::Config;
use shared::db::migrations::migrate;
use shared::testing::database::{connect, endpoint, with_database};

/// The owner's URL of a new, empty database.
async fn empty_database() -> String {
    let config = Config::from_environment().unwrap();
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let owner = connect(&config.migrate_database_url).await;
    owner.batch_execute(&format!("create database {name}")).await.unwrap();
    with_database(&config.migrate_database_url, &name)
}

/// The numbers of the files.
fn numbered() -> Vec<i32> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let n = std::fs::read_dir(folder).unwrap().count();
    (1..=i32::try_from(n).unwrap()).collect()
}

#[tokio::test]
async fn an_empty_database_gets_every_migration_and_the_second_time_none() {
    let url = empty_database().await;
    assert_eq!(migrate(&endpoint(&url)).await.unwrap(), numbered());
    assert_eq!(migrate(&endpoint(&url)).await.unwrap(), Vec::<i32>::new());
    let client = connect(&url).await;
    let n: i64 = client.query_one("select count(*) from active_versions", &[]).await.unwrap().get(0);
    assert_eq!(n, 1);
}

#[tokio::test]
async fn of_migrations_at_once_one_applies_everything_and_the_others_nothing() {
    let url = empty_database().await;
    let runs: Vec<_> = (0..3)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { migrate(&endpoint(&url)).await })
        })
        .collect();
    let mut applied = Vec::new();
    for run in runs {
        applied.push(run.await.unwrap().unwrap());
    }
    applied.sort();
    assert_eq!(applied, [vec![], vec![], numbered()]);
}

/// What a failed migration did is rolled back, and the next start goes on from there.
#[tokio::test]
async fn a_half_done_migration_resumes() {
    let url = empty_database().await;
    let client = connect(&url).await;
    // In the way of the tenth migration.
    client.batch_execute("create table alerts (id int)").await.unwrap();
    let error = migrate(&endpoint(&url)).await.unwrap_err();
    assert!(matches!(error, shared::db::migrations::MigrateError::Migration(_)), "{error:?}");
    let n: i64 = client.query_one("select count(*) from refinery_schema_history", &[]).await.unwrap().get(0);
    assert_eq!(n, 9);
    client.batch_execute("drop table alerts").await.unwrap();
    let resumed: Vec<i32> = numbered().into_iter().filter(|number| *number > 9).collect();
    assert_eq!(migrate(&endpoint(&url)).await.unwrap(), resumed);
}
