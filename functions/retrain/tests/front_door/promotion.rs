//! What a trained model is stored with, which locks are taken for it, and how its lessons are read.

use crate::supervised::{N_LESSONS, ingest_matured, teach};
use crate::{app, app_with, run};
use jiff::{SignedDuration, Timestamp};
use shared::db::lessons::{self, LessonPage, Wanted};
use shared::domain::ids::TransactionId;
use shared::testing::app::TestApp;
use shared::testing::builders::{hours_later, noon};

/// Event times that a stored model was made from.
async fn span_of(app: &TestApp, kind: &str) -> (Timestamp, Timestamp) {
    let statement = "select data_from, data_to from models where kind = $1";
    let row = app.database.owner().await.query_one(statement, &[&kind]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn a_model_is_stored_with_the_days_that_it_was_made_from() {
    let app = app().await;
    teach(&app).await;
    let days = |n: i64| SignedDuration::from_hours(24 * n);
    assert_eq!(run(&app, "snapshot").await["kind"], "population_baseline");
    assert_eq!(span_of(&app, "population_baseline").await, (noon() - days(30), noon()));
    assert_eq!(run(&app, "retrain").await["kind"], "supervised_forest");
    // Its lessons have matured: they end seven days earlier.
    assert_eq!(span_of(&app, "supervised_forest").await, (noon() - days(37), noon() - days(7)));
}

#[tokio::test]
async fn adopting_weights_while_a_start_seeds_the_configuration_waits_for_it_and_locks_nothing_it_needs() {
    let app = app_with(&[("ADAPT_MODE", "apply")]).await;
    teach(&app).await;
    let mut owner = app.database.owner().await;
    let seeding = owner.transaction().await.unwrap();
    // As seeding does it: the chain's head, then the row of the active versions.
    seeding.execute("select 1 from chain_heads where chain = 'configuration' for update", &[]).await.unwrap();
    let seeded = async {
        let watcher = app.database.owner().await;
        let waiting = "select count(*) > 0 from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        while !watcher.query_one(waiting, &[]).await.unwrap().get::<_, bool>(0) {
            tokio::task::yield_now().await;
        }
        seeding.batch_execute("set local lock_timeout = '300ms'").await.unwrap();
        let activate = "update active_versions set configuration_version = configuration_version";
        assert_eq!(seeding.execute(activate, &[]).await.unwrap(), 1);
        seeding.commit().await.unwrap();
    };
    let (made, ()) = tokio::join!(run(&app, "retrain"), seeded);
    assert_eq!(made["kind"], "supervised_forest");
    let origin = "select count(*) from configurations where origin = 'adaptation'";
    assert_eq!(app.database.number(origin).await, 1, "{made}");
}

/// Pages of 100 from the newest received to the oldest: how many were read, and the ids found.
async fn pages(app: &TestApp, wanted: Wanted) -> (usize, Vec<TransactionId>) {
    let client = app.database.owner().await;
    let newest = TransactionId::parse("txn_ffffffff-ffff-ffff-ffff-ffffffffffff").unwrap();
    let (mut before, mut n_pages, mut found) = (newest.0, 0, Vec::new());
    loop {
        let LessonPage { rows, last } = lessons::page(&client, before, wanted, 100).await.unwrap();
        let Some(last) = last else { return (n_pages, found) };
        (before, n_pages) = (last, n_pages + 1);
        found.extend(rows.iter().map(|row| TransactionId(row.id)));
    }
}

#[tokio::test]
async fn a_page_of_lessons_ends_after_so_many_rows_whether_or_not_they_are_wanted() {
    let app = app().await;
    ingest_matured(&app).await;
    let n_pages = N_LESSONS.div_ceil(100);
    let span = (hours_later(-40 * 24), noon());
    let (read, all) = pages(&app, Wanted { span, share: 256 }).await;
    assert_eq!((read, all.len()), (n_pages, N_LESSONS));
    assert!(all.is_sorted_by(|newer, older| newer > older));
    let half: Vec<TransactionId> = all.iter().copied().filter(|id| id.0.as_bytes()[15] < 128).collect();
    assert_eq!(pages(&app, Wanted { span, share: 128 }).await, (n_pages, half));
    // Of a time in which nothing occurred nothing is found, and still every page ends.
    let earlier = Wanted { span: (hours_later(-41 * 24), hours_later(-40 * 24)), share: 256 };
    assert_eq!(pages(&app, earlier).await, (n_pages, Vec::new()));
}

#[tokio::test]
async fn what_was_received_long_before_the_lessons_is_not_read() {
    let app = app().await;
    ingest_matured(&app).await;
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    let wanted = Wanted { span: (later, later + SignedDuration::from_hours(1)), share: 256 };
    assert_eq!(pages(&app, wanted).await, (0, Vec::new()));
}
