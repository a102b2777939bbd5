//! Timeouts nest, so that the inner one answers first; those of the server stand on the role.

use super::{TestClock, means, pool};
use shared::db::connection::{
    CREATE_TIMEOUT, LOCK_TIMEOUT, RECYCLE_TIMEOUT, STATEMENT_TIMEOUT, WAIT_TIMEOUT,
};
use shared::db::error::DbError;
use shared::http::layers::REQUEST_TIMEOUT;
use shared::testing::database::TestDatabase;
use std::time::Duration;

#[test]
fn each_timeout_is_below_the_one_around_it() {
    assert!(LOCK_TIMEOUT < STATEMENT_TIMEOUT);
    assert!(STATEMENT_TIMEOUT < REQUEST_TIMEOUT);
    // A connection that has to be waited for, found dead and made anew still leaves a statement its time.
    assert!(WAIT_TIMEOUT + RECYCLE_TIMEOUT + CREATE_TIMEOUT < REQUEST_TIMEOUT);
}

#[tokio::test]
async fn the_role_has_the_timeouts_of_the_ladder() {
    let database = TestDatabase::fresh().await;
    let service = pool(&database.url, &means(None, &TestClock::new()));
    let connection = service.connect().await.unwrap();
    let asked = "select name, setting from pg_settings where name in ('lock_timeout', 'statement_timeout')
        order by name";
    let rows = connection.client().unwrap().query_typed(asked, &[]).await.unwrap();
    let found: Vec<(String, Duration)> = rows
        .iter()
        .map(|row| (row.get("name"), Duration::from_millis(row.get::<_, &str>("setting").parse().unwrap())))
        .collect();
    let ladder =
        [("lock_timeout".to_owned(), LOCK_TIMEOUT), ("statement_timeout".to_owned(), STATEMENT_TIMEOUT)];
    assert_eq!(found, ladder);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_server() {
    let database = TestDatabase::fresh().await;
    let service = pool(&database.url, &means(None, &TestClock::new()));
    let connection = service.connect().await.unwrap();
    let endless = connection.client().unwrap().query_typed("select pg_sleep(3600)", &[]).await;
    assert!(matches!(DbError::from(endless.unwrap_err()), DbError::Busy(_)));
}

/// Dropping a query does not end it: its connection is closed, and the server ends what it was doing by its own
/// time, so that the locks it held are free again.
#[tokio::test]
async fn what_a_dropped_request_had_locked_is_free_again() {
    let database = TestDatabase::fresh().await;
    let service = pool(&database.url, &means(None, &TestClock::new()));
    let mut connection = service.connect().await.unwrap();
    let client = connection.begin().await.unwrap();
    let locking = client.query_typed("select pg_advisory_xact_lock(7), pg_sleep(3600)", &[]);
    // Sent, and waited for no longer than it takes the server to hold the lock.
    let owner = database.owner().await;
    let is_locked = async {
        while owner.query_one("select pg_try_advisory_xact_lock(7)", &[]).await.unwrap().get::<_, bool>(0) {}
    };
    tokio::select! {
        _ = locking => panic!("the statement ended"),
        () = is_locked => {}
    }
    drop(connection);
    owner.query_one("select pg_advisory_lock(7)", &[]).await.unwrap();
    let next = service.connect().await.unwrap();
    next.client().unwrap().query_typed("select", &[]).await.unwrap();
}
