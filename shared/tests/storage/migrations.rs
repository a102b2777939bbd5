//! Migrating an empty database: two at once, and again.

use shared::config::Config;
use shared::db::migrations::{FUNCTION_ROLES, give_logins, migrate};
use shared::testing::database::{FUNCTIONS, TestDatabase, connect, endpoint, with_database};

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

#[tokio::test]
async fn a_schema_of_other_migrations_is_left_as_it_is_and_the_way_out_is_said() {
    for changed in ["set checksum = '1' where version = 3", "set name = 'another_branch' where version = 3"] {
        let url = empty_database().await;
        migrate(&endpoint(&url)).await.unwrap();
        let client = connect(&url).await;
        client.batch_execute(&format!("update refinery_schema_history {changed}")).await.unwrap();
        let error = migrate(&endpoint(&url)).await.unwrap_err();
        assert!(matches!(error, shared::db::migrations::MigrateError::Foreign(_)), "{error:?}");
        assert!(error.to_string().contains("make clean-local"), "{error}");
    }
}

/// RDS has a role by whose members IAM tokens are taken; roles of this test's own stand in for it and for a function's.
#[tokio::test]
async fn roles_get_login_and_membership_where_tokens_are_taken_and_nothing_elsewhere() {
    let database = TestDatabase::fresh().await;
    let owner = database.owner().await;
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let (function, iam) = (format!("{name}_function"), format!("{name}_iam"));
    owner.batch_execute(&format!("create role {function} nologin")).await.unwrap();
    let is_ready = format!(
        "select count(*) from pg_roles r where r.rolname = '{function}' and r.rolcanlogin
          and exists (select from pg_auth_members m where m.member = r.oid)"
    );
    let roles = [function.as_str()];
    assert_eq!(give_logins(&owner, &roles, &iam).await.unwrap(), Vec::<String>::new());
    assert_eq!(database.number(&is_ready).await, 0);
    owner.batch_execute(&format!("create role {iam} nologin")).await.unwrap();
    for _ in 0..2 {
        assert_eq!(give_logins(&owner, &roles, &iam).await.unwrap(), roles);
        assert_eq!(database.number(&is_ready).await, 1);
    }
    let application = connect(&database.url).await;
    assert!(give_logins(&application, &roles, &iam).await.is_err(), "only the owner may");
    let known: std::collections::BTreeSet<String> =
        FUNCTIONS.iter().map(|function| format!("telltale_{function}")).collect();
    assert_eq!(known, FUNCTION_ROLES.iter().map(ToString::to_string).collect());
}
